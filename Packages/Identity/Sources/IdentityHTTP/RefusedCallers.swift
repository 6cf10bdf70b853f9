internal import Audit
internal import Core
public import HTTPServer
internal import Identity

/// Takes down callers who are refused before anybody knows who they are, before the answer is sent (AUD-024, AUD-028): with a mailed link, a token or a captcha
/// that does not work, from a network that is shut out, or with input that breaks a rule. What is answered well costs nothing more.
struct RefusedCallers: Middleware {
    let services: IdentityServices

    func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
        try await services.noting(request) { try await next(request) }
    }
}

extension IdentityServices {
    /// Does what a request asks for, and takes down when it is refused. For pages, which make an answer of their own of a refusal.
    public func noting<Value>(_ request: Request, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            if let denials { try await denials.note(error, of: request) }
            throw error
        }
    }
}

extension DenialLog {
    fileprivate func note(_ refusal: any Error, of request: Request) async throws {
        guard let problem = refusal as? Problem ?? (refusal as? any ProblemConvertible)?.problem else { return }
        let code = problem.code
        let (client, route) = (request.clientContext.network, request.calledRoute)
        // A path that climbs says what the caller is after, whatever it is refused for.
        if request.climbs { return await noteAttack(Attacks.PathTraversal.self, client, route) }
        switch code {
        case "LINK_USED": try await noteLink(LinkTokenReplayed(client: client, route: route))
        case "LINK_INVALID", "LINK_EXPIRED": try await noteLink(LinkTokenRejected(client: client, route: route, reason: code))
        // Of an invitation nobody learns why it does not work.
        case "NOT_FOUND" where request.isByLink: try await noteLink(LinkTokenRejected(client: client, route: route, reason: code))
        // These are refused without the database: it need not be there for that.
        case "TOKEN_EXPIRED", "SESSION_EXPIRED": try? await note(IdentityAudit.TokenExpired(client: client, route: route))
        case "TOKEN_INVALID": try? await note(IdentityAudit.TokenInvalid(client: client, route: route))
        case "AUTH_BLOCKED": try? await note(IdentityAudit.SignInBlocked(client: client, route: route))
        case "CAPTCHA_FAILED": try? await note(IdentityAudit.CaptchaFailed(client: client, route: route))
        case "NOT_FOUND" where request.route == nil && AttackShape.isProbe(request.path):
            await noteAttack(Attacks.Probe.self, client, route)
        case "WEBHOOK_DESTINATION_NOT_PUBLIC", "AUDIT_SINK_DESTINATION_NOT_PUBLIC":
            await noteAttack(Attacks.InnerDestination.self, client, route)
        case "INVALID_FORMAT" where AttackShape.declaresTypes(request.body): await noteAttack(Attacks.ForeignXML.self, client, route)
        case "INVALID_FORMAT": await noteAttack(Attacks.Malformed.self, client, route)
        default: if !problem.fields.isEmpty { await noteInput(problem.fields, of: request) }
        }
    }

    /// Attacks are refused without the database too.
    private func noteAttack<Kind: AttackKind>(_ kind: Kind.Type, _ client: NetworkClient, _ route: String) async {
        try? await note(AttackAttempt<Kind>(client: client, route: route))
    }

    /// Bad input is refused without the database too.
    private func noteInput(_ faults: [Problem.Field], of request: Request) async {
        let body = faults.contains { $0.location.first == "body" } ? try? request.decode(JSONValue.self) : nil
        // Whoever sends a secret may have put it, or a part of it, into the wrong field (AUD-053).
        let isSecretBesides = body.map { $0.hasSecret } ?? false
        let fields = faults.map { fault in
            RejectedField(
                location: fault.location, rule: fault.type, value: request.value(at: fault.location, in: body),
                withholdsValue: isSecretBesides && fault.location.first == "body")
        }
        let (client, route) = (request.clientContext.network, request.calledRoute)
        if fields.contains(where: \.isSuspicious) {
            try? await note(InjectionAttempt(client: client, route: route, fields: fields))
        } else {
            try? await note(InputValidationFailure(client: client, route: route, fields: fields))
        }
    }

    private func noteLink(_ denial: some ClientDenial) async throws {
        try await writing { try await note(denial) }
    }
}

/// Writes an entry that must be there before a refusal is answered (AUD-024).
func writing(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch {
        throw Problem(
            status: .serviceUnavailable, code: "DATABASE_ERROR", detail: "The call cannot be recorded at this moment; try again.",
            headers: ["Retry-After": "5"])
    }
}

extension Request {
    /// The method and the template of the route that was called, never the path itself (AUD-055).
    var calledRoute: String { "\(method.rawValue) \(route ?? "")" }

    /// What stands in the place that a fault names.
    fileprivate func value(at location: [String], in body: JSONValue?) -> JSONValue? {
        guard let place = location.first else { return nil }
        let path = location.dropFirst()
        switch place {
        case "body":
            return path.reduce(body) { value, step in
                if let members = value?.objectValue { return members[step] }
                guard let items = value?.arrayValue, let index = Int(step), items.indices.contains(index) else { return nil }
                return items[index]
            }
        case "query": return path.first.flatMap { query[$0] }.map { .string($0) }
        case "path": return path.first.flatMap { pathParameters[$0] }.map { .string($0) }
        default: return nil
        }
    }

    /// Whether its path, or a value of its query, names a place above the one that it may name.
    fileprivate var climbs: Bool {
        AttackShape.climbs(path) || query.items.contains { AttackShape.climbs($0.value) }
    }

    /// Whether it shows the secret of an invitation: in the path, or to its page.
    fileprivate var isByLink: Bool {
        (route?.hasPrefix("/v1/auth/invitations/{token}") ?? false) || route == "/invitations"
    }
}

extension JSONValue {
    /// Whether a member of it, however deep, is called like a secret.
    fileprivate var hasSecret: Bool {
        switch self {
        case .object(let members): members.contains { RejectedField.isSecret($0.key) || $0.value.hasSecret }
        case .array(let items): items.contains(where: \.hasSecret)
        case .null, .bool, .integer, .number, .string: false
        }
    }
}
