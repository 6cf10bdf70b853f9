/// A refusal in words for the caller: what was wrong, by name and limit, never how the inside failed (RFC 9457; wire contract 0.3).
public struct Problem: Error, Sendable, Hashable {
    /// What is wrong with one field of a request.
    public struct Field: Sendable, Hashable {
        /// Where the field stands: `body`, `query`, `path` or `header`, then its name, then the way into it.
        public let location: [String]
        /// What is wrong, as a sentence.
        public let message: String
        /// The kind of fault, such as `missing` or `value_error`.
        public let type: String

        /// Makes a field's fault.
        public init(location: [String], message: String, type: String) {
            self.location = location
            self.message = message
            self.type = type
        }
    }

    /// The status of the answer.
    public var status: Status
    /// The code that programs read, such as `NOT_FOUND`.
    public var code: String
    /// One sentence for people.
    public var detail: String
    /// What is wrong with single fields.
    public var fields: [Field]
    /// Further header fields, such as `Retry-After`.
    public var headers: Headers
    /// Whether `detail` is a text even with status 422, as the operation endpoints want it; the faults then stand in `errors`.
    public var keepsTextDetail: Bool

    /// Makes a problem.
    public init(
        status: Status, code: String, detail: String, fields: [Field] = [], headers: Headers = [:], keepsTextDetail: Bool = false
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields
        self.headers = headers
        self.keepsTextDetail = keepsTextDetail
    }

    /// 404 for something that is not there, or not for this caller.
    public static let notFound = Problem(status: .notFound, code: "NOT_FOUND", detail: "There is no such resource.")

    /// 400 for input that breaks a rule.
    public static func badRequest(_ detail: String, code: String = "INVALID_INPUT") -> Problem {
        Problem(status: .badRequest, code: code, detail: detail)
    }

    /// 422 for fields that are missing or have a wrong shape or value.
    public static func invalidFields(_ fields: [Field]) -> Problem {
        let words = fields.map { ($0.location.dropFirst().joined(separator: ".")) + ": " + $0.message }
        return Problem(
            status: .unprocessableContent, code: "INVALID_INPUT", detail: words.joined(separator: "; "), fields: fields)
    }

    /// 422 for one field of the body.
    public static func invalidField(_ path: String..., message: String, type: String = "value_error") -> Problem {
        .invalidFields([Field(location: ["body"] + path, message: message, type: type)])
    }

    /// 503 where the database cannot be reached: nothing is done without it, and nothing is answered from memory (OPS-010).
    static let databaseUnavailable = Problem(
        status: .serviceUnavailable, code: "DATABASE_ERROR",
        detail: "The database cannot be reached at this moment; send the request again, with the same Idempotency-Key if it had one.",
        headers: ["Retry-After": "5"])

    /// 500 for what must never be explained to a caller.
    static let internalError = Problem(
        status: .internalServerError, code: "INTERNAL_ERROR",
        detail: "Something went wrong on our side. The request id helps us to find it.")
}

/// An error that knows how it is answered.
public protocol ProblemConvertible: Error {
    /// The answer.
    var problem: Problem { get }
}
