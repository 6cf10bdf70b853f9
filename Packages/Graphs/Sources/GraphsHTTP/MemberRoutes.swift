internal import Billing
internal import Core
public import Graphs
public import HTTPServer
internal import Identity
public import IdentityHTTP

/// The routes by which roles on a graph are given and taken (wire contract, section 4).
public struct MemberRoutes: Sendable {
    private let members: any GraphMemberManaging
    private let graphs: any GraphManaging
    private let mutations: any GraphMutationManaging
    private let authenticator: Authenticator

    /// Makes routes.
    public init(
        members: any GraphMemberManaging, graphs: any GraphManaging, mutations: any GraphMutationManaging, authenticator: Authenticator
    ) {
        self.members = members
        self.graphs = graphs
        self.mutations = mutations
        self.authenticator = authenticator
    }

    /// Adds the routes.
    public func register(on router: inout Router) {
        router.describe("Graphs") { Self.descriptions }
        let path = "/v1/graphs/{graph_id}/members"
        router.add(
            .post, path, operation: "add_graph_member",
            authenticator.authenticated { [self] request, principal in
                try principal.require(.graphAdmin)
                let id = try await graph(of: request, principal)
                let caller = request.caller(principal)
                let member = try await mutations.carryingOut(named: .addMember, request, on: id, as: caller) {
                    let body = try request.decode(AddMemberBody.self)
                    return try await members.add(body.userID, as: body.role ?? .member, to: id, by: caller)
                }
                return try .json(GraphBodies.member(member), status: .created)
            })
        router.add(
            .put, path + "/{user_id}", operation: "update_graph_member_role",
            authenticator.authenticated { [self] request, principal in
                try principal.require(.graphAdmin)
                let id = try await graph(of: request, principal)
                let caller = request.caller(principal)
                let member = try await mutations.carryingOut(named: .changeMember, request, on: id, as: caller) {
                    let body = try request.decode(ChangeMemberBody.self)
                    return try await members.change(request.parameter("user_id", as: User.ID.self), to: body.role, on: id, by: caller)
                }
                return try .json(GraphBodies.member(member))
            })
        router.add(
            .delete, path + "/{user_id}", operation: "remove_graph_member",
            authenticator.authenticated { [self] request, principal in
                try principal.require(.graphAdmin)
                let id = try await graph(of: request, principal)
                let caller = request.caller(principal)
                try await mutations.carryingOut(named: .removeMember, request, on: id, as: caller) {
                    try await members.remove(request.parameter("user_id", as: User.ID.self), from: id, by: caller)
                }
                return Response(status: .noContent)
            })
    }

    private func graph(of request: Request, _ principal: Principal) async throws -> GraphID {
        try await request.graph(principal, in: graphs)
    }

    static var descriptions: [RouteDescription] {
        [
            RouteDescription("add_graph_member", "Grants a role on a graph to a member of its org.", for: .administrator)
                .takes(
                    Schema(decoding: AddMemberBody.self).telling("user_id", "Who gets the role.")
                        .telling("role", "`viewer`, `member` or `admin`; `member` when left out.")
                )
                .answers(.created, "The member.", GraphSchemas.member)
                .refuses(GraphError.notInOrg, GraphError.alreadyGranted),
            RouteDescription("update_graph_member_role", "Changes a role that was granted.", for: .administrator)
                .noting("What somebody has by a role in the org is changed there.")
                .takes(Schema(decoding: ChangeMemberBody.self).telling("role", "`viewer`, `member` or `admin`."))
                .answers(.ok, "The member.", GraphSchemas.member).refuses(GraphError.nothingToChange),
            RouteDescription("remove_graph_member", "Takes back a role that was granted.", for: .administrator)
                .noting("The person's logins to the database end with it.")
                .answers(.noContent, "It is taken back."),
        ]
    }
}
