internal import Core
public import HTTPServer
internal import Identity

/// What the owner of an account does with it as a whole: takes a change of address back, ends it, takes a copy.
public struct AccountRoutes: Sendable {
    private static let bodyLimit = AuthRoutes.bodyLimit
    private let services: IdentityServices
    private let authenticator: Authenticator

    /// Makes the routes.
    public init(_ services: IdentityServices) {
        self.services = services
        authenticator = Authenticator(services.authenticator)
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Identity") { Self.descriptions }
        registerRevert(on: &router)
        registerDeletion(on: &router)
        registerPersonalData(on: &router)
    }

    /// Whoever holds the mailed link, and nobody else: no credential is asked for, and a page that is only opened does nothing.
    private func registerRevert(on router: inout Router) {
        router.add(.post, "/v1/user/email/revert", operation: "revert_email_change", bodyLimit: Self.bodyLimit) { request in
            let token = SecretString(try request.decode(TokenBody.self).token)
            switch try await services.accounts.revertEmail(with: token) {
            case .restored(let email):
                return try success(
                    "Your address is back, and everybody was signed out. Set a new password with the mail that is on its way.",
                    data: ["email": .string(email.masked), "deactivated": false])
            case .deactivated:
                return try success(
                    "The address has another account by now. This account is switched off until an operator has looked at it.",
                    data: ["email": .null, "deactivated": true])
            }
        }
    }
    private func registerDeletion(on router: inout Router) {
        router.add(
            .get, "/v1/user/deletion", operation: "plan_account_deletion",
            authenticator.authenticated { _, principal in
                _ = try principal.requireSession()
                return try .json(try await services.accounts.deletionPlan(for: principal.userID).body)
            })
        router.add(
            .post, "/v1/user/deletion", operation: "schedule_account_deletion", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                _ = try principal.requireSession()
                let body = try request.decode(DeletionBody.self)
                let proof = try body.proof.proof()
                do {
                    let plan = try await services.accounts.scheduleDeletion(
                        confirmedBy: body.confirm, provenBy: proof, by: principal, from: request.clientContext)
                    return try .json(plan.body, status: .accepted)
                } catch IdentityError.deletionBlocked(let blockers) {
                    return try deletionBlocked(blockers, request)
                }
            })
        router.add(.post, "/v1/user/deletion/cancel", operation: "cancel_account_deletion", bodyLimit: Self.bodyLimit) { request in
            try await services.accounts.cancelDeletion(with: SecretString(try request.decode(TokenBody.self).token))
            return try success("Your account stays. Sign in again; API keys have to be made anew.")
        }
    }

    /// 409 with what is in the way.
    private func deletionBlocked(_ blockers: [AccountDeletionBlocker], _ request: Request) throws -> Response {
        let problem = IdentityError.deletionBlocked(blockers).problem
        let body: JSONValue = [
            "detail": .string(problem.detail), "code": .string(problem.code), "request_id": .string(request.id.description),
            "timestamp": .text(services.dateSource.now), "blockers": .array(blockers.map(\.body)),
        ]
        var response = try Response.json(body, status: problem.status)
        response.headers["Content-Type"] = "application/problem+json"
        return response
    }

    private func registerPersonalData(on router: inout Router) {
        router.add(
            .post, "/v1/user/exports", operation: "export_personal_data", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                _ = try principal.requireSession()
                let proof = try request.decode(OwnProofBody.self).proof()
                return try .secret(
                    try await services.personalData.export(
                        provenBy: proof, by: principal, from: request.clientContext
                    ).body, status: .created)
            })
        router.add(
            .get, "/v1/user/exports/{export_id}", operation: "get_personal_export",
            authenticator.authenticated { request, principal in
                _ = try principal.requireSession()
                let id = try request.parameter("export_id", as: PersonalExport.ID.self)
                return try .secret(try await services.personalData.export(id, of: principal.userID).body)
            })
        router.add(
            .get, "/v1/user/security-events", operation: "list_security_events",
            authenticator.authenticated { _, principal in
                try principal.require(.userRead)
                let events = try await services.personalData.securityEvents(of: principal.userID)
                return try .json(["events": .array(events.map(\.body))] as JSONValue)
            })
    }
}

struct OwnProofBody: Decodable {
    let reauthPassword: String?
    let reauthAssertion: JSONValue?

    enum CodingKeys: String, CodingKey {
        case reauthPassword = "reauth_password"
        case reauthAssertion = "reauth_assertion"
    }

    /// Exactly one proof.
    func proof() throws(IdentityError) -> Proof {
        guard let proof = try Proof(password: reauthPassword, assertion: reauthAssertion) else { throw .proofRequired }
        return proof
    }
}

struct DeletionBody: Decodable {
    let confirm: String
    let proof: OwnProofBody

    enum CodingKeys: String, CodingKey {
        case confirm
    }

    init(from decoder: any Decoder) throws {
        confirm = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .confirm)
        proof = try OwnProofBody(from: decoder)
    }
}

extension AccountDeletionPlan {
    var body: JSONValue {
        [
            "scheduled": .bool(isScheduled), "purge_at": .text(purgeAt),
            "removes": .array(Self.removed.map { .string($0) }), "keeps": .array(Self.kept.map { .string($0) }),
            "credentials": .integer(Int64(credentials)),
            "ending_orgs": .array(endingOrgs.map { ["id": .text($0.id), "name": .string($0.name)] }),
            "blockers": .array(blockers.map(\.body)),
        ]
    }
}

extension AccountDeletionBlocker {
    var body: JSONValue {
        ["kind": .string(kind.rawValue), "org_id": .text(org), "reference": .text(reference), "label": .text(label)]
    }
}

extension PersonalExport {
    var body: JSONValue {
        ["id": .text(id), "created_at": .text(createdAt), "expires_at": .text(expiresAt), "data": document]
    }
}

extension SecurityEvent {
    var body: JSONValue {
        ["type": .string(type), "at": .text(at), "summary": .string(summary), "network": .text(network)]
    }
}
