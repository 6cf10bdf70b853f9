internal import Audit
internal import Core
internal import FoundationEssentials
public import HTTPServer
public import Identity
internal import Observability

/// Lets only those through whose credentials are good: bearer tokens and API keys, as the wire contract says (0.1).
///
/// The org of a request is the `org_id` of its path, or the `X-Org-Id` header; two that differ are refused (ID-071).
public struct Authenticator: Sendable {
    /// Answers a request of a known caller.
    public typealias Handler = @Sendable (Request, Principal) async throws -> Response

    private let authenticator: any RequestAuthenticator

    /// Makes an authenticator.
    public init(_ authenticator: any RequestAuthenticator) {
        self.authenticator = authenticator
    }

    /// A handler for everybody from one that wants to know who calls.
    public func authenticated(_ handler: @escaping Handler) -> Router.Handler {
        { request in
            let principal = try await principal(of: request)
            do {
                return try await handler(request, principal)
            } catch IdentityError.orgRequired where principal.secondFactorDemand != .forOrg {
                return try await orgRequired(principal, request)
            } catch let error as RefusedEscalation {
                let attempt = PrivilegeEscalationAttempt(
                    user: principal.userID, client: request.clientContext.network, route: request.calledRoute, wanted: error.wanted)
                try await writing { try await authenticator.recordRefusal(attempt, to: principal) }
                throw try await refusal(error.refusal, of: principal)
            } catch {
                let refusal = try await refusal(error, of: principal)
                try await record(refusal, of: principal, request)
                throw refusal
            }
        }
    }

    /// A change that the caller's role does not allow is written down before it is refused (AUD-024); what is only asked to be shown is not.
    private func record(_ refusal: any Error, of principal: Principal, _ request: Request) async throws {
        guard ![.get, .head, .options].contains(request.method), Self.isOfRole(refusal),
            let problem = refusal as? Problem ?? (refusal as? any ProblemConvertible)?.problem
        else { return }
        let denial = AuthorizationDenied(
            client: NetworkClient(address: request.remoteAddress), route: request.calledRoute, reason: problem.code,
            size: request.body.count)
        try await writing { try await authenticator.recordRefusal(denial, to: principal) }
    }

    /// The same, where an API key needs a scope (ID-105). The scope is asked for before anything is read.
    public func authenticated(requiring scope: Scope, _ handler: @escaping Handler) -> Router.Handler {
        authenticated { request, principal in
            try principal.require(scope)
            return try await handler(request, principal)
        }
    }

    /// What a caller is told of a refusal, for whoever asks ``principal(of:)`` itself: a scope that is lacking is written down, and what a second factor
    /// would give back is called so (ID-134).
    public func refusal(_ error: any Error, of principal: Principal) async throws -> any Error {
        switch error {
        case IdentityError.scopeRequired(let scope):
            try await authenticator.recordDenial(scope.rawValue, to: principal)
            return error
        case IdentityError.orgRequired where principal.secondFactorDemand == .forOrg: return IdentityError.mfaEnrollmentRequired
        default: return principal.secondFactorDemand != .none && Self.isOfRole(error) ? IdentityError.mfaEnrollmentRequired : error
        }
    }

    /// Whether a role or an org is what was lacking. Other refusals stay what they are: no second factor thaws an org or proves an address.
    private static func isOfRole(_ error: any Error) -> Bool {
        guard let problem = error as? Problem ?? (error as? any ProblemConvertible)?.problem, problem.status == .forbidden else {
            return false
        }
        return ["NOT_ORG_MEMBER", "ADMIN_REQUIRED", "OWNER_REQUIRED", "FORBIDDEN"].contains(problem.code)
    }

    /// The caller of a request.
    ///
    /// - Throws: `IdentityError`
    public func principal(of request: Request) async throws -> Principal {
        guard let credential = try Self.credential(of: request) else { throw IdentityError.unauthorized }
        let principal = try await authenticator.principal(
            for: credential, actingFor: try Self.namedOrg(of: request), from: request.clientContext)
        principal.note(shown: credential)
        try await request.admit(principal)
        if let graph = principal.graph, !request.isWithin(graph: graph) {
            try await authenticator.recordDenial("graph", to: principal)
            throw IdentityError.graphKeyOnly(graph)
        }
        return principal
    }

    /// The caller by a bearer token alone (ID-069).
    func principalByBearer(of request: Request) async throws -> Principal {
        guard request.headers["Authorization"] != nil else { throw IdentityError.unauthorized }
        return try await principal(of: request)
    }

    /// A bearer wins; a bad bearer is refused even beside a good key (ID-068).
    static func credential(of request: Request) throws -> Credential? {
        if let authorization = request.headers["Authorization"] {
            let parts = authorization.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw IdentityError.unauthorized }
            return .bearer(SecretString(String(parts[1].drop { $0 == " " })))
        }
        return request.headers["X-API-Key"].map { .apiKey(SecretString($0)) }
    }

    /// The bearer's text as it was sent, good or not.
    static func bearerText(of request: Request) -> SecretString? {
        guard case .bearer(let token)? = try? credential(of: request) else { return nil }
        return token
    }

    private static func namedOrg(of request: Request) throws -> OrgReference? {
        let fromPath = try request.pathParameters["org_id"].map(org)
        let fromHeader = try request.headers["X-Org-Id"].map(org)
        guard let fromPath, let fromHeader else { return fromPath ?? fromHeader }
        guard fromPath == fromHeader else { throw IdentityError.orgConflict }
        return fromPath
    }

    /// A text that is no id names an org that the caller is not in, and gets the same answer (ORG-008).
    private static func org(_ text: String) throws -> OrgReference {
        guard let org = OrgReference(text) else { throw IdentityError.notOrgMember }
        return org
    }

    /// 400 with the orgs to choose from; for a person in none the text names the two ways out.
    private func orgRequired(_ principal: Principal, _ request: Request) async throws -> Response {
        let choices = try await authenticator.orgChoices(of: principal.userID)
        let detail =
            choices.isEmpty
            ? "You are in no org: create one with POST /v1/orgs, or accept an invitation."
            : "You are in several orgs: name the one to act for in the X-Org-Id header."
        let body: JSONValue = [
            "detail": .string(detail), "code": "ORG_REQUIRED", "request_id": .string(request.id.description),
            "timestamp": .string(request.beganAt.description),
            "choices": .array(choices.map { ["id": .string($0.id.description), "name": .string($0.name)] }),
        ]
        var response = try Response.json(body, status: .badRequest)
        response.headers["Content-Type"] = "application/problem+json"
        return response
    }
}

extension Principal {
    /// Tells the work in hand who began it and by which credential, so that entries and jobs know (AUD-017). Of a key its first eight characters.
    fileprivate func note(shown: Identity.Credential) {
        LogContext.current.origin?.note { facts in
            facts.initiator = actor.handedOn
            switch (credential, shown) {
            case (.session(let id, _), _): facts.credential = .init(kind: "session", id: id.uuid.uuidString.lowercased())
            case (.apiKey(let id), .apiKey(let secret)):
                let prefix = secret.withValue { String($0.prefix(8)) }
                facts.credential = .init(kind: "api_key", id: id.uuid.uuidString.lowercased(), prefix: prefix)
            case (.apiKey(let id), .bearer): facts.credential = .init(kind: "api_key", id: id.uuid.uuidString.lowercased())
            }
        }
    }
}

extension Request {
    /// When the server took the request up, by its own clock: the first 48 bits of the id are that instant in milliseconds.
    fileprivate var beganAt: Instant { Instant(microsecondsSinceEpoch: Int64(id.high >> 16) * 1_000) }

    /// Whether a key of one graph reaches this: the graph, its subgraphs, their operations, and the own profile (ID-107). Whose an operation is, is for
    /// its own route to say.
    fileprivate func isWithin(graph: String) -> Bool {
        if let named = pathParameters["graph_id"] { return named == graph || named.hasPrefix(graph + "_") }
        return pathParameters["operation_id"] != nil && path.hasPrefix("/v1/operations/") || method == .get && path == "/v1/user"
    }

    /// Where the request comes from.
    public var clientContext: ClientContext {
        ClientContext(address: remoteAddress, userAgent: headers["User-Agent"], route: calledRoute)
    }
}
