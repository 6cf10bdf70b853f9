internal import Admin
internal import Audit
internal import Core
internal import HTTPServer
internal import Identity
internal import Orgs

extension AdminRoutes {
    var orgRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/orgs", operation: "list_all_orgs",
                .reading(.read) { call in
                    do {
                        return try .json(OrgPageBody(try await directory.orgs(try OrgListQuery(of: call.request))))
                    } catch is OrgCursorInvalid {
                        throw Problem.badRequest("The cursor is not one of this list.", code: "INVALID_FORMAT")
                    }
                }),
            OperatorRoute(
                .get, "/v1/admin/orgs/{org_id}", operation: "get_any_org",
                .reading(.read) { call in try await detail(try call.request.parameter("org_id")) }),
            OperatorRoute(
                .put, "/v1/admin/orgs/{org_id}/limits", operation: "set_org_limits",
                .commanding(.changeLimits) { call in
                    let id: Org.ID = try call.request.parameter("org_id")
                    let wish = try call.request.decode(LimitWish.self)
                    let changes = LimitChanges(
                        maxGraphs: try wish.maxGraphs.limit("max_graphs", atLeast: 0, atMost: call.person.role.limitCap?.graphs),
                        maxMembers: try wish.maxMembers.limit("max_members", atLeast: 1, atMost: call.person.role.limitCap?.members))
                    _ = try await orgs.setLimits(changes, of: id, because: call.reason, by: call.actor)
                    return try await detail(id)
                }),
            OperatorRoute(
                .post, "/v1/admin/orgs/{org_id}/freeze", operation: "freeze_org",
                .commanding(.freeze) { call in
                    let id: Org.ID = try call.request.parameter("org_id")
                    guard let cause = FreezeReason(rawValue: try call.request.decode(FreezeWish.self).cause) else {
                        let words = FreezeReason.allCases.map(\.rawValue).joined(separator: ", ")
                        throw Problem.invalidField("cause", message: "must be one of \(words)")
                    }
                    try await orgs.freeze(id, as: cause, because: call.reason, by: call.actor)
                    return try await detail(id)
                }),
            OperatorRoute(
                .post, "/v1/admin/orgs/{org_id}/thaw", operation: "thaw_org",
                .commanding(.thaw) { call in
                    let id: Org.ID = try call.request.parameter("org_id")
                    try await orgs.thaw(id, because: call.reason, by: call.actor)
                    return try await detail(id)
                }),
        ]
    }

    private func detail(_ id: Org.ID) async throws -> Response {
        guard let detail = try await directory.org(id) else { throw Problem.notFound }
        return try .json(OrgDetailBody(detail))
    }
}

extension OrgListQuery {
    private static let names: Set<String> = [
        "name", "status", "type", "plan", "owner_id", "created_since", "past_due", "limit", "cursor",
    ]

    /// - Throws: 400 for a filter that there is not, 422 for a value that is none.
    init(of request: Request) throws {
        if let unknown = request.query.items.first(where: { !Self.names.contains($0.name) }) {
            throw Problem.badRequest("There is no filter \(unknown.name.prefix(40)).")
        }
        self.init()
        name = request.query["name"]
        if let text = request.query["status"] {
            guard let state = Org.State(rawValue: text) else { throw Problem.badRequest("There is no status \(text.prefix(40)).") }
            self.state = state
        }
        type = request.query["type"]
        plan = request.query["plan"]
        owner = try request.queryValue("owner_id")
        createdSince = try request.queryValue("created_since", as: InstantText.self)?.instant
        isPastDue = try request.queryValue("past_due", as: Bool.self)
        limit = try request.queryInteger("limit", default: 50, in: 1...200)
        cursor = try request.queryValue("cursor")
    }
}

private struct InstantText: LosslessStringConvertible {
    let instant: Instant
    var description: String { instant.description }
    init?(_ description: String) {
        guard let instant = Instant(description) else { return nil }
        self.instant = instant
    }
}
