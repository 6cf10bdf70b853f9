internal import Core

/// A refusal in Stripe's shape (STR-143).
struct StripeError: Error, Sendable {
    enum Kind: String, Sendable {
        case api = "api_error"
        case card = "card_error"
        case idempotency = "idempotency_error"
        case invalidRequest = "invalid_request_error"
    }

    var status: Int
    var kind: Kind
    var message: String
    var code: String?
    var param: String?
    var declineCode: String?
    var adviceCode: String?
    /// Further members, such as the payment intent that a card error belongs to.
    var members: [String: JSONValue] = [:]
    /// Whether the call had begun to execute, so that its answer is kept for its idempotency key.
    var isStored = false
    /// Further header fields of the answer.
    var headers: [String: String] = [:]

    /// An address that is none of the simulated ones.
    static func unrecognized(_ method: String, _ path: String) -> StripeError {
        StripeError(
            status: 404, kind: .invalidRequest,
            message: "Unrecognized request URL (\(method): \(path)). If you are trying to list objects, remove the trailing slash. "
                + "If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier.")
    }

    /// A request that is wrong in itself.
    static func invalid(_ message: String, code: String? = nil, param: String? = nil) -> StripeError {
        StripeError(status: 400, kind: .invalidRequest, message: message, code: code, param: param)
    }

    /// A request that the state of an object forbids.
    static func refused(_ message: String, code: String? = nil, param: String? = nil) -> StripeError {
        StripeError(status: 400, kind: .invalidRequest, message: message, code: code, param: param, isStored: true)
    }

    static func noSuch(_ object: String, _ id: String, param: String = "id") -> StripeError {
        StripeError(
            status: 404, kind: .invalidRequest, message: "No such \(object): '\(id)'", code: "resource_missing", param: param)
    }

    /// As ``noSuch(_:_:param:)`` for an id in a parameter, which Stripe answers with 400.
    static func noSuchParameter(_ object: String, _ id: String, param: String) -> StripeError {
        .invalid("No such \(object): '\(id)'", code: "resource_missing", param: param)
    }

    static func unauthorized(_ message: String) -> StripeError {
        StripeError(
            status: 401, kind: .invalidRequest, message: message, headers: ["WWW-Authenticate": "Bearer realm=\"Stripe\""])
    }

    /// The object under `error` without its envelope, as objects such as a payment intent keep it.
    func details(requestID: String? = nil) -> JSONValue {
        var error = members
        error["type"] = .string(kind.rawValue)
        error["message"] = .string(message)
        if let code {
            error["code"] = .string(code)
            error["doc_url"] = .string("https://stripe.com/docs/error-codes/\(code.replacingUnderscores)")
        }
        if let param { error["param"] = .string(param) }
        if let declineCode { error["decline_code"] = .string(declineCode) }
        if let adviceCode { error["advice_code"] = .string(adviceCode) }
        if let requestID { error["request_log_url"] = .string("https://dashboard.stripe.com/test/logs/\(requestID)") }
        return .object(error)
    }

    /// The body of the answer.
    func body(requestID: String) -> JSONValue {
        ["error": details(requestID: requestID)]
    }
}

extension String {
    fileprivate var replacingUnderscores: String {
        String(map { $0 == "_" ? "-" : $0 })
    }
}
