public import Admin
public import Audit
public import Billing
internal import Core
public import HTTPServer
public import Identity
internal import Observability

/// Stands before every route of the operators: from where, who, what the person may, why; and leaves an entry of each call (ADM-006 to ADM-011).
public struct OperatorGate: Sendable {
    /// Does what a route does for an operator.
    public typealias Action = @Sendable (OperatorCall) async throws -> Response

    /// How a change is rehearsed.
    enum Rehearsing: Sendable {
        /// It cannot be.
        case impossible
        /// By its own code.
        case own
        /// It is one transaction, which is undone.
        case whole
    }

    private let accounts: any OperatorAccounts
    private let networks: [NetworkRange]
    let rehearsals: any CommandRehearsing
    let repeats: any OperatorRepeats
    let approvals: any OperatorApprovals

    /// Makes a gate.
    ///
    /// - Parameters:
    ///   - networks: from where operators are let in; from everywhere when there are none.
    ///   - rehearsals: how commands are rehearsed.
    ///   - repeats: what was answered to which key.
    ///   - approvals: where commands wait for a second operator.
    public init(
        accounts: any OperatorAccounts, networks: [NetworkRange], rehearsals: any CommandRehearsing, repeats: any OperatorRepeats,
        approvals: any OperatorApprovals
    ) {
        self.accounts = accounts
        self.networks = networks
        self.rehearsals = rehearsals
        self.repeats = repeats
        self.approvals = approvals
    }

    /// The handler of a route that reads.
    public func reading(_ permission: OperatorPermission, _ action: @escaping Action) -> Router.Handler {
        { request in
            var response = try await pass(request, permission, nil, action)
            // What is about one thing says its version, by which a change can be bound to it (ADM-014).
            if !request.pathParameters.isEmpty, response.status == .ok { response.headers["ETag"] = Self.version(of: response) }
            return response
        }
    }

    /// The handler of a route that writes: it needs a reason (ADM-011).
    ///
    /// - Parameter seen: what shows the thing that is changed, where there is something.
    func writing(
        _ permission: OperatorPermission, _ change: GatedChange, seen: Action? = nil, _ action: @escaping Action
    ) -> Router.Handler {
        { request in
            try await pass(request, permission, change) { call in
                try await requireVersion(call, seen)
                return try await action(call)
            }
        }
    }

    /// Whether operators are let in from where a request comes.
    func isReachable(from request: Request) -> Bool { near(request) != nil }

    private func near(_ request: Request) -> NetworkRange? {
        guard let address = NetworkRange(request.remoteAddress), networks.isEmpty || networks.contains(where: { $0.contains(address) })
        else { return nil }
        return address
    }

    private func pass(
        _ request: Request, _ permission: OperatorPermission, _ change: GatedChange?, _ action: Action
    ) async throws -> Response {
        let client = NetworkClient(address: request.remoteAddress)
        // Whoever is not where operators are is not told that there is anything.
        guard let address = near(request) else { throw Problem.notFound }
        let person = try await known(request, from: address, client)
        LogContext.current.origin?.note { facts in
            facts.initiator = AuditActor.operator(AuditReference(person.id)).handedOn
            if facts.credential == nil { facts.credential = .init(kind: "operator_token", id: nil) }
        }
        var reason: String?
        let outcome: Result<Response, any Error>
        do {
            guard person.role.permissions.contains(permission) else { throw OperatorProblem.missing(permission) }
            if change != nil { reason = try Self.reason(of: request) }
            let call = OperatorCall(request: request, person: person, reason: reason ?? "")
            if let change {
                outcome = .success(try await write(call, change, action))
            } else {
                outcome = .success(try await action(call))
            }
        } catch {
            outcome = .failure(error)
        }
        try await note(request, person, client, outcome, reason)
        return try outcome.get()
    }

    private func known(_ request: Request, from address: NetworkRange, _ client: NetworkClient) async throws -> Operator {
        // Signed in to the console: who that is was looked up for this very request.
        if let person = request.context[SignedInOperator.self] { return person }
        let words = request.headers["Authorization"]?.split(separator: " ") ?? []
        guard words.count == 2, words[0].lowercased() == "bearer" else { throw OperatorProblem.unauthorized }
        guard let shown = try await accounts.presented(SecretString(String(words[1]))) else {
            let refusal = AuthorizationDenied(
                client: client, route: request.route ?? "", reason: "unknown_operator_token", size: request.body.count, risk: .high)
            try await accounts.record(refusal, by: .anonymous(AuditReference(client)))
            throw OperatorProblem.unauthorized
        }
        let isNear = shown.networks.isEmpty || shown.networks.contains { $0.contains(address) }
        guard shown.isLive, isNear else {
            let failure = OperatorSignInFailed(id: shown.owner.id, client: client, reason: shown.isLive ? "other_network" : "ended")
            try await accounts.record(failure, by: .anonymous(AuditReference(client)))
            throw OperatorProblem.unauthorized
        }
        return shown.owner
    }

    private func note(
        _ request: Request, _ person: Operator, _ client: NetworkClient, _ outcome: Result<Response, any Error>, _ reason: String?
    ) async throws {
        let status: Int
        switch outcome {
        case .success(let response): status = response.status.rawValue
        case .failure(let error):
            let problem = error as? Problem ?? (error as? any ProblemConvertible)?.problem
            status = problem?.status.rawValue ?? 500
        }
        let action = AdminAction(
            id: person.id, client: client, route: "\(request.method.rawValue) \(request.route ?? "")", target: request.pathParameters,
            status: status, reason: reason)
        try await accounts.record(action, by: .operator(AuditReference(person.id)))
    }

    private struct Reasoned: Decodable {
        let reason: String?
    }

    private static func reason(of request: Request) throws -> String {
        let given = try request.headers["X-Actor-Reason"] ?? request.decodeIfPresent(Reasoned.self)?.reason
        guard let reason = given, (10...500).contains(reason.count) else {
            throw Problem.invalidField("reason", message: "must have 10 to 500 characters; the header X-Actor-Reason may carry it")
        }
        return reason
    }
}

/// A call of an operator who may make it.
public struct OperatorCall: Sendable {
    /// The request.
    public let request: Request
    /// Who calls.
    public let person: Operator
    /// Why; empty where nothing is changed.
    public let reason: String

    /// Whether a second operator consented, or it is looked at as if one had.
    var isConsented = false
    /// Whether it is the request that waited for consent.
    var isCarriedOut = false

    /// What makes the same wish twice one: the caller's key, or the request itself.
    public var key: String { "operator:" + (request.headers["Idempotency-Key"] ?? request.id.description) }

    /// Whether it is asked for what would be.
    var isRehearsal: Bool { get throws { try request.queryValue("validate_only", as: Bool.self) ?? false } }

    /// The order that a command is given.
    var order: OperatorOrder { OperatorOrder(by: person.id, because: reason, key: key) }

    /// Whom an entry names.
    public var actor: AuditActor { .operator(AuditReference(person.id)) }
}

/// How operators are refused.
enum OperatorProblem {
    static let unauthorized = Problem(
        status: .unauthorized, code: "UNAUTHORIZED", detail: "An operator's token is required.", headers: ["WWW-Authenticate": "Bearer"])

    static func missing(_ permission: OperatorPermission) -> Problem {
        Problem(status: .forbidden, code: "FORBIDDEN", detail: "This needs the permission \(permission.rawValue).")
    }
}
