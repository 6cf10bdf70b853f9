public import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Orgs

/// Orgs and their members: `/v1/orgs`.
public struct OrgRoutes: Sendable {
    private static let bodyLimit = 16_384
    private let orgs: any OrgService
    private let memberships: any MembershipService
    private let authorizer: any OrgAuthorizer
    private let authenticator: Authenticator
    private let dateSource: any DateSource
    private let invitations: InvitationRoutes?
    private let transfers: OwnershipTransferRoutes?

    /// Makes the routes.
    ///
    /// - Parameters:
    ///   - invitations: those of invitations, where there are any.
    ///   - transfers: those by which an org is handed over, where that is possible.
    public init(
        orgs: any OrgService, memberships: any MembershipService, authorizer: any OrgAuthorizer, authenticator: Authenticator,
        dateSource: any DateSource, invitations: InvitationRoutes? = nil, transfers: OwnershipTransferRoutes? = nil
    ) {
        self.orgs = orgs
        self.memberships = memberships
        self.authorizer = authorizer
        self.authenticator = authenticator
        self.dateSource = dateSource
        self.invitations = invitations
        self.transfers = transfers
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Orgs") { Self.descriptions }
        registerOrgs(on: &router)
        registerMembers(on: &router)
        registerFigures(on: &router)
        invitations?.register(on: &router)
        transfers?.register(on: &router)
    }

    /// A handler that runs with the scope of an action only.
    private func scoped(
        _ action: OrgAction, _ handler: @escaping @Sendable (Request, MemberScope) async throws -> Response
    ) -> Router.Handler {
        authenticator.authenticated { request, principal in
            guard let org = Org.ID(request.pathParameters["org_id"] ?? "") else { throw OrgsError.notMember }
            return try await principal.asking(for: { action == .changeRole ? try? request.decode(UpdateMemberRoleBody.self).role : nil }) {
                try await handler(request, try authorizer.scope(for: action, by: principal, in: org))
            }
        }
    }

    private func registerOrgs(on router: inout Router) {
        router.add(
            .get, "/v1/orgs", operation: "list_user_orgs",
            authenticator.authenticated { request, principal in
                try principal.require(.orgRead)
                let list = try await orgs.orgs(
                    of: principal.userID, includingDeleted: try request.queryValue("include_deleted", as: Bool.self) ?? false)
                return try .json(["orgs": .array(list.map(\.body)), "total": .count(list.count)] as JSONValue)
            })
        router.add(
            .post, "/v1/orgs", operation: "create_org", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                let body = try request.decode(CreateOrgBody.self)
                return try await orgs.create(
                    try orgName(body.name), body.orgType ?? .team, makingDefault: body.makeDefault ?? false, by: principal
                ).response(status: .created)
            })
        router.add(
            .get, "/v1/orgs/{org_id}", operation: "get_org",
            scoped(.see) { _, scope in try await orgs.detail(for: scope).response() })
        router.add(
            .put, "/v1/orgs/{org_id}", operation: "update_org", bodyLimit: Self.bodyLimit,
            scoped(.rename) { request, scope in
                let changes = try request.decode(UpdateOrgBody.self).changes()
                let admin = try authorizer.adminScope(for: scope.principal, in: scope.org)
                return try await orgs.update(changes, ifVersion: try Self.version(of: request), in: admin).response()
            })
    }

    private func registerMembers(on router: inout Router) {
        router.add(
            .get, "/v1/orgs/{org_id}/members", operation: "list_org_members",
            scoped(.see) { _, scope in
                let members = try await memberships.members(for: scope)
                return try .json(
                    [
                        "members": .array(members.map(\.body)), "total": .count(members.count), "org_id": .text(scope.org),
                    ] as JSONValue)
            })
        router.add(
            .put, "/v1/orgs/{org_id}/members/{user_id}", operation: "update_org_member_role", bodyLimit: Self.bodyLimit,
            scoped(.changeRole) { request, scope in
                let user = try request.parameter("user_id", as: User.ID.self)
                let role = try request.decode(UpdateMemberRoleBody.self).role
                let admin = try authorizer.adminScope(for: scope.principal, in: scope.org)
                return try .json(try await memberships.setRole(role, of: user, in: admin).body)
            })
        router.add(
            .delete, "/v1/orgs/{org_id}/members/{user_id}", operation: "remove_org_member",
            scoped(.leave) { request, scope in
                try await memberships.remove(try request.parameter("user_id", as: User.ID.self), in: scope)
                return Response(status: .noContent)
            })
    }

    private func registerFigures(on router: inout Router) {
        router.add(
            .get, "/v1/orgs/{org_id}/graphs", operation: "list_org_graphs",
            scoped(.listGraphs) { _, scope in
                try .json(JSONValue.array(try await orgs.graphs(for: scope).map(\.body)))
            })
        router.add(
            .get, "/v1/orgs/{org_id}/limits", operation: "get_org_limits",
            scoped(.see) { _, scope in try .json(try await orgs.limits(for: scope).body) })
        router.add(
            .get, "/v1/orgs/{org_id}/usage", operation: "get_org_usage",
            scoped(.readUsage) { request, scope in
                let days = try request.queryInteger("days", default: 30, in: 1...365)
                let admin = try authorizer.adminScope(for: scope.principal, in: scope.org)
                return try .json(try await orgs.usage(over: days, in: admin).body(of: scope.org, at: dateSource.now))
            })
    }

    /// The version in `If-Match`; `*` and absence match whatever it is (RFC 9110 §13.1.1).
    private static func version(of request: Request) throws -> Int? {
        guard let match = request.headers["If-Match"], match != "*" else { return nil }
        guard let version = Int(match.drop { $0 == "\"" }.prefix { $0 != "\"" }) else { throw OrgsError.preconditionFailed }
        return version
    }
}
