public import Audit
internal import Core
internal import FoundationEssentials
public import HTTPServer

extension AuditQuery {
    /// Reads the filters of a request (AUD-071).
    ///
    /// - Throws: 400 for a filter that does not exist, so that a misspelt one does not show more than was asked for; 422 naming the filter
    ///   whose value is not allowed.
    public init(of request: Request, _ names: AuditReferenceNames) throws {
        try self.init(of: request, names, more: [])
    }

    /// Reads the filters of a list that knows further ones, which the caller reads (AUD-078).
    public init(of request: Request, _ names: AuditReferenceNames, more: [String]) throws {
        for (name, _) in request.query.items where !(Self.filters + more).contains(name) {
            throw Problem.badRequest("There is no filter of this name; there are \((Self.filters + more).joined(separator: ", ")).")
        }
        self.init(
            types: request.query.all("type"), since: try request.queryValue("since"), until: try request.queryValue("until"),
            cursor: try request.queryValue("cursor"), limit: try request.queryInteger("limit", default: 50, in: 1...200))
        classes = try request.query.all("class").map { text in
            guard let value = AuditClass(rawValue: text) else { throw Self.notAllowed("class") }
            return value
        }
        minimumRisk = try request.query["risk_min"].map { text in
            guard let value = AuditRisk(rawValue: text) else { throw Self.notAllowed("risk_min") }
            return value
        }
        actor = try request.queryValue("actor_id", as: Identifier<Person>.self)?.uuid
        requestID = request.query["request_id"]
        for filter in ["reference", "operation_id"] {
            for text in request.query.all(filter) {
                guard let reference = names.reference(text), filter == "reference" || reference.kind == .operation else {
                    throw Self.notAllowed(filter)
                }
                references.append(reference)
            }
        }
    }

    private static let filters = [
        "type", "class", "risk_min", "actor_id", "request_id", "reference", "operation_id", "since", "until", "cursor", "limit",
    ]

    private enum Person: IdentifiedEntity {
        static let idPrefix = "user"
    }

    private static func notAllowed(_ filter: String) -> Problem {
        Problem.invalidFields([.init(location: ["query", filter], message: "has a value that is not allowed", type: "value_error")])
    }
}
