internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Orgs

/// Handing an org over: `/v1/orgs/{org_id}/ownership-transfers`.
public struct OwnershipTransferRoutes: Sendable {
    private let transfers: any OwnershipTransferService
    private let authorizer: any OrgAuthorizer
    private let authenticator: Authenticator

    /// Makes the routes.
    public init(transfers: any OwnershipTransferService, authorizer: any OrgAuthorizer, authenticator: Authenticator) {
        self.transfers = transfers
        self.authorizer = authorizer
        self.authenticator = authenticator
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Orgs") { Self.descriptions }
        let path = "/v1/orgs/{org_id}/ownership-transfers"
        router.add(
            .get, path, operation: "list_ownership_transfers",
            scoped(.see) { _, scope in
                let list = try await transfers.transfers(for: scope)
                return try .json(
                    ["transfers": .array(list.map(\.body)), "total": .count(list.count), "org_id": .text(scope.org)] as JSONValue)
            })
        router.add(
            .post, path, operation: "propose_ownership_transfer", bodyLimit: 16_384,
            scoped(.transfer) { request, scope in
                let owner = try authorizer.ownerScope(for: scope.principal, in: scope.org)
                _ = try scope.principal.requireSession()
                let isTrial = try request.queryValue("validate_only", as: Bool.self) ?? false
                let transfer = try await transfers.propose(
                    try request.decode(ProposeTransferBody.self).proposal(from: request.clientContext), in: owner, validatingOnly: isTrial)
                return try .json(transfer.body, status: isTrial ? .ok : .created)
            })
        router.add(
            .post, path + "/{transfer_id}/accept", operation: "accept_ownership_transfer", bodyLimit: 16_384,
            scoped(.see) { request, scope in
                try .json(try await transfers.accept(try request.parameter("transfer_id", as: OwnershipTransfer.ID.self), in: scope).body)
            })
        router.add(
            .post, path + "/{transfer_id}/decline", operation: "decline_ownership_transfer", bodyLimit: 16_384,
            scoped(.see) { request, scope in
                try await transfers.decline(try request.parameter("transfer_id", as: OwnershipTransfer.ID.self), in: scope)
                return Response(status: .noContent)
            })
        router.add(
            .delete, path + "/{transfer_id}", operation: "cancel_ownership_transfer",
            scoped(.transfer) { request, scope in
                let owner = try authorizer.ownerScope(for: scope.principal, in: scope.org)
                try await transfers.cancel(try request.parameter("transfer_id", as: OwnershipTransfer.ID.self), in: owner)
                return Response(status: .noContent)
            })
    }

    /// A handler that runs with the scope of an action only.
    private func scoped(
        _ action: OrgAction, _ handler: @escaping @Sendable (Request, MemberScope) async throws -> Response
    ) -> Router.Handler {
        authenticator.authenticated { request, principal in
            guard let org = Org.ID(request.pathParameters["org_id"] ?? "") else { throw OrgsError.notMember }
            return try await handler(request, try authorizer.scope(for: action, by: principal, in: org))
        }
    }
}

struct ProposeTransferBody: Decodable {
    let toUserID: String
    let keepRole: OrgRole
    let reauthPassword: String?
    let reauthAssertion: JSONValue?

    enum CodingKeys: String, CodingKey {
        case toUserID = "to_user_id"
        case keepRole = "keep_role"
        case reauthPassword = "reauth_password"
        case reauthAssertion = "reauth_assertion"
    }

    /// An id that names nobody is a person who is not in the org.
    func proposal(from client: ClientContext) throws -> OwnershipProposal {
        guard let user = User.ID(toUserID) else { throw OrgsError.transferTargetInvalid }
        let proof = try Proof(password: reauthPassword, assertion: reauthAssertion)
        return OwnershipProposal(to: user, keepRole: keepRole, proof: proof, client: client)
    }
}

extension OwnershipTransfer {
    /// A transfer as both parties see it.
    var body: JSONValue {
        [
            "id": .text(id), "org_id": .text(org), "from_user_id": .text(from), "to_user_id": .text(to),
            "keep_role": .string(keepRole.rawValue), "status": .string(state.rawValue), "started_by": .string(origin.rawValue),
            "acceptable_at": .text(acceptableAt), "expires_at": .text(expiresAt), "created_at": .text(createdAt),
            "closed_at": .text(closedAt),
        ]
    }
}
