internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Orgs

/// The end of an org and the way back: `/v1/orgs/{org_id}/deletion`.
public struct OrgDeletionRoutes: Sendable {
    private let deletions: any OrgDeletionService
    private let authorizer: any OrgAuthorizer
    private let authenticator: Authenticator

    /// Makes the routes.
    public init(deletions: any OrgDeletionService, authorizer: any OrgAuthorizer, authenticator: Authenticator) {
        self.deletions = deletions
        self.authorizer = authorizer
        self.authenticator = authenticator
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Orgs") { Self.descriptions }
        router.add(
            .get, "/v1/orgs/{org_id}/deletion", operation: "plan_org_deletion",
            ending { _, scope in try .json(try await deletions.plan(for: scope).body) })
        router.add(
            .post, "/v1/orgs/{org_id}/deletion", operation: "delete_org", bodyLimit: 16_384,
            ending { request, scope in
                let isTrial = try request.queryValue("validate_only", as: Bool.self) ?? false
                let outcome = try await deletions.delete(
                    try request.decode(DeleteOrgBody.self).order(from: request.clientContext), in: scope, validatingOnly: isTrial)
                switch outcome {
                case .deleted(let deletion): return try .json(deletion.body)
                case .endingSubscriptions(let operation): return try .json(Self.accepted(operation, scope.org), status: .accepted)
                }
            })
        router.add(
            .delete, "/v1/orgs/{org_id}/deletion", operation: "restore_org",
            ending { _, scope in
                let org = try await deletions.restore(scope)
                return try .json(
                    ["id": .text(org.id), "name": .text(org.name), "state": .string(org.state.rawValue)] as JSONValue,
                    headers: ["ETag": "\"\(org.version)\""])
            })
    }

    /// What is answered while subscriptions end: where to look, and where to stop it.
    private static func accepted(_ operation: String, _ org: Org.ID) -> JSONValue {
        let path = "/v1/operations/\(operation)"
        return [
            "operation_id": .string(operation), "org_id": .text(org), "status": "pending",
            "_links": [
                "status": .string(path + "/status"), "stream": .string(path + "/stream"), "cancel": .string(path),
            ],
        ]
    }

    /// A handler that runs for owners only, of an org that may be deleted.
    private func ending(_ handler: @escaping @Sendable (Request, OwnerScope) async throws -> Response) -> Router.Handler {
        authenticator.authenticated { request, principal in
            guard let org = Org.ID(request.pathParameters["org_id"] ?? "") else { throw OrgsError.notMember }
            return try await handler(request, try authorizer.endingScope(for: principal, in: org))
        }
    }
}

struct DeleteOrgBody: Decodable {
    let confirm: String
    let reauthPassword: String?
    let reauthAssertion: JSONValue?
    let reason: String?
    let forfeitBalance: Bool?
    let cancelSubscriptions: Bool?

    enum CodingKeys: String, CodingKey {
        case confirm, reason
        case reauthPassword = "reauth_password"
        case reauthAssertion = "reauth_assertion"
        case forfeitBalance = "forfeit_balance"
        case cancelSubscriptions = "cancel_subscriptions"
    }

    func order(from client: ClientContext) throws -> DeletionRequest {
        if let reason, reason.count > 500 { throw Problem.invalidField("reason", message: "must have at most 500 characters") }
        return DeletionRequest(
            confirmation: confirm, proof: try Proof(password: reauthPassword, assertion: reauthAssertion), client: client, reason: reason,
            forfeitsBalance: forfeitBalance ?? false, endsSubscriptions: cancelSubscriptions ?? false)
    }
}

extension DeletionPlan {
    var body: JSONValue {
        [
            "org_id": .text(org.id), "name": .text(org.name), "state": .string(org.state.rawValue),
            "blockers": .array(
                blockers.map { ["kind": .string($0.kind.rawValue), "id": .string($0.id), "remedy": .string($0.remedy)] }),
            "stops_now": ["members": .count(memberCount), "graphs": .array(graphs.map { .string($0.id) })],
            "erased_at_purge": ["graphs", "backups", "exports", "api_keys", "invitations", "memberships", "billing_contact", "name"],
            "kept_by_law": ["invoices", "ledger", "audit_entries"],
            "deleted_at": .text(deletedAt), "purge_at": .text(purgeAt),
        ]
    }
}

extension OrgDeletion {
    var body: JSONValue {
        [
            "id": .text(id), "org_id": .text(org), "state": "deleted", "deleted_at": .text(deletedAt), "purge_at": .text(purgeAt),
        ]
    }
}
