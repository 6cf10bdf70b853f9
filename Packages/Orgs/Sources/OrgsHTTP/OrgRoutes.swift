public import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Orgs

/// The routes of orgs and their members.
public struct OrgRoutes: Sendable {
    private let orgs: any OrgService
    private let memberships: any MembershipService
    private let authorizer: any OrgAuthorizer
    private let authenticator: Authenticator
    private let dateSource: any DateSource

    /// Makes the routes.
    public init(
        orgs: any OrgService, memberships: any MembershipService, authorizer: any OrgAuthorizer, authenticator: Authenticator,
        dateSource: any DateSource
    ) {
        self.dateSource = dateSource
        self.orgs = orgs
        self.memberships = memberships
        self.authorizer = authorizer
        self.authenticator = authenticator
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        registerOrgs(on: &router)
        registerUsage(on: &router)
        registerMembers(on: &router)
    }

    private func registerOrgs(on router: inout Router) {
        router.add(
            .get, "/v1/orgs", operation: "list_user_orgs",
            authenticator.authenticated { request, principal in
                try principal.require(.orgRead)
                let includingDeleted = request.query["include_deleted"] == "true"
                return try .json(OrgListBody(try await orgs.orgs(of: principal.userID, includingDeleted: includingDeleted)))
            })
        router.add(
            .post, "/v1/orgs", operation: "create_org",
            authenticator.authenticated { request, principal in
                let body = try request.decode(CreateOrgBody.self)
                guard let name = OrgName(body.name) else { throw Problem.orgName }
                let detail = try await orgs.create(name, body.type ?? .team, makingDefault: body.makeDefault ?? false, by: principal)
                return try .json(OrgDetailBody(detail), status: .created)
            })
        router.add(
            .get, "/v1/orgs/{org_id}", operation: "get_org",
            authenticator.authenticated { request, principal in
                try principal.require(.orgRead)
                return try answer(try await orgs.detail(for: try authorizer.memberScope(for: principal, in: try request.org())))
            })
        router.add(
            .put, "/v1/orgs/{org_id}", operation: "update_org",
            authenticator.authenticated { request, principal in
                try principal.require(.orgWrite)
                let body = try request.decode(UpdateOrgBody.self)
                let name = try body.name.map { text throws in
                    guard let name = OrgName(text) else { throw Problem.orgName }
                    return name
                }
                let scope = try authorizer.adminScope(for: principal, in: try request.org())
                let version = request.headers["If-Match"].flatMap { Int($0.filter { $0 != "\"" }) }
                return try answer(try await orgs.update(OrgChanges(name: name, type: body.type), ifVersion: version, in: scope))
            })
        router.add(
            .get, "/v1/orgs/{org_id}/graphs", operation: "list_org_graphs",
            authenticator.authenticated { request, principal in
                try principal.require(.orgRead)
                let graphs = try await orgs.graphs(for: try authorizer.memberScope(for: principal, in: try request.org()))
                return try .json(graphs.map(OrgGraphBody.init))
            })
        router.add(
            .get, "/v1/orgs/{org_id}/limits", operation: "get_org_limits",
            authenticator.authenticated { request, principal in
                try principal.require(.orgRead)
                return try .json(LimitsBody(try await orgs.limits(for: try authorizer.memberScope(for: principal, in: try request.org()))))
            })
    }

    private func registerUsage(on router: inout Router) {
        router.add(
            .get, "/v1/orgs/{org_id}/usage", operation: "get_org_usage",
            authenticator.authenticated { request, principal in
                try principal.require(.orgRead)
                let org = try request.org()
                let days = try request.queryInteger("days", default: 30, in: 1...365)
                let usage = try await orgs.usage(over: days, in: try authorizer.adminScope(for: principal, in: org))
                return try .json(UsageBody(usage, of: org, now: dateSource.now))
            })
    }

    private func registerMembers(on router: inout Router) {
        router.add(
            .get, "/v1/orgs/{org_id}/members", operation: "list_org_members",
            authenticator.authenticated { request, principal in
                try principal.require(.orgRead)
                let org = try request.org()
                let members = try await memberships.members(for: try authorizer.memberScope(for: principal, in: org))
                return try .json(MemberListBody(members, of: org))
            })
        router.add(
            .put, "/v1/orgs/{org_id}/members/{user_id}", operation: "update_org_member_role",
            authenticator.authenticated { request, principal in
                try principal.require(.membersWrite)
                let role = try request.decode(UpdateMemberBody.self).role
                let scope = try authorizer.adminScope(for: principal, in: try request.org())
                return try .json(MemberBody(try await memberships.setRole(role, of: try request.parameter("user_id"), in: scope)))
            })
        router.add(
            .delete, "/v1/orgs/{org_id}/members/{user_id}", operation: "remove_org_member",
            authenticator.authenticated { request, principal in
                try principal.require(.membersWrite)
                let scope = try authorizer.memberScope(for: principal, in: try request.org())
                try await memberships.remove(try request.parameter("user_id"), in: scope)
                return Response(status: .noContent)
            })
    }

    private func answer(_ detail: OrgDetail) throws -> Response {
        try .json(OrgDetailBody(detail), headers: ["ETag": "\"\(detail.org.version)\""])
    }
}

extension Request {
    func org() throws -> Org.ID { try parameter("org_id") }
}

struct CreateOrgBody: Decodable {
    let name: String
    let type: OrgType?
    let makeDefault: Bool?

    enum CodingKeys: String, CodingKey {
        case name
        case type = "org_type"
        case makeDefault = "make_default"
    }
}

struct UpdateOrgBody: Decodable {
    let name: String?
    let type: OrgType?

    enum CodingKeys: String, CodingKey {
        case name
        case type = "org_type"
    }
}

struct UpdateMemberBody: Decodable {
    let role: OrgRole
}

extension Problem {
    /// 422 for a name that is too long, empty or not one line.
    static let orgName = Problem.invalidField("name", message: "must have 1 to 100 characters, without line ends and control characters")
}
