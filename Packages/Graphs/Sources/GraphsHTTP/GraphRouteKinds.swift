internal import Billing
internal import Core
public import Graphs
public import HTTPServer
internal import Identity
internal import IdentityHTTP

/// What kind of call each route of a graph is (GRA-090).
///
/// What a seat at a shared repository may do is read here and nowhere else: neither the words in an address nor the name of a repository decide.
public enum GraphRouteKinds {
    /// The kind of a route; `nil` for one that is no call at a graph.
    ///
    /// - Parameter route: the template of its path.
    public static func kind(of method: Method, _ route: String) -> RouteKind? {
        table["\(method.rawValue) \(route)"]
    }

    /// Routes about what pays for a seat, which are no calls at its repository: whose it is decides about them.
    public static let ofPayment: Set<String> = [
        "GET /v1/graphs/{graph_id}/credits", "GET /v1/graphs/{graph_id}/credits/transactions", "GET /v1/graphs/{graph_id}/subscriptions",
        "POST /v1/graphs/{graph_id}/subscriptions", "PATCH /v1/graphs/{graph_id}/subscriptions",
        "POST /v1/graphs/{graph_id}/subscriptions/cancel",
    ]

    /// Every route with a graph in its path.
    public static let table: [String: RouteKind] = [
        "GET /v1/graphs/{graph_id}": .describe,
        "GET /v1/graphs/{graph_id}/limits": .describe,
        "GET /v1/graphs/{graph_id}/info": .info,
        "GET /v1/graphs/{graph_id}/health": .status,
        "GET /v1/graphs/{graph_id}/backups/{backup_id}/download": .download,
        "GET /v1/graphs/{graph_id}/backups": .backup,
        "GET /v1/graphs/{graph_id}/backups/stats": .backup,
        "GET /v1/graphs/{graph_id}/backups/{backup_id}": .backup,
        "POST /v1/graphs/{graph_id}/operations/create-backup": .backup,
        "POST /v1/graphs/{graph_id}/operations/restore-backup": .restore,
        "POST /v1/graphs/{graph_id}/operations/erase-backups": .delete,
        "POST /v1/graphs/{graph_id}/operations/delete-graph": .delete,
        "POST /v1/graphs/{graph_id}/operations/create-subgraph": .create,
        "POST /v1/graphs/{graph_id}/operations/delete-subgraph": .delete,
        "GET /v1/graphs/{graph_id}/subgraphs": .admin,
        "GET /v1/graphs/{graph_id}/subgraphs/{subgraph_name}": .admin,
        "POST /v1/graphs/{graph_id}/operations/materialize": .write,
        "POST /v1/graphs/{graph_id}/operations/update-graph-metadata": .update,
        "GET /v1/graphs/{graph_id}/audit/mutations": .admin,
        "GET /v1/graphs/{graph_id}/explain": .admin,
        "GET /v1/graphs/{graph_id}/metrics": .admin,
        "GET /v1/graphs/{graph_id}/usage": .admin,
        "GET /v1/graphs/{graph_id}/members": .admin,
        "POST /v1/graphs/{graph_id}/members": .admin,
        "PUT /v1/graphs/{graph_id}/members/{user_id}": .admin,
        "DELETE /v1/graphs/{graph_id}/members/{user_id}": .admin,
        "GET /v1/graphs/{graph_id}/credentials": .admin,
        "POST /v1/graphs/{graph_id}/credentials": .admin,
        "POST /v1/graphs/{graph_id}/credentials/{credential_id}/rotate": .admin,
        "DELETE /v1/graphs/{graph_id}/credentials/{credential_id}": .admin,
        "POST /v1/graphs/{graph_id}/operations/change-tier": .admin,
        "POST /v1/graphs/{graph_id}/operations/compact-graph": .admin,
        "POST /v1/graphs/{graph_id}/operations/reactivate-graph": .admin,
        "POST /v1/graphs/{graph_id}/operations/set-delete-protection": .admin,
        "POST /v1/graphs/{graph_id}/operations/undelete-graph": .admin,
    ]
}

extension Request {
    /// What kind of call at a graph it is.
    var graphCall: RouteKind? { route.flatMap { GraphRouteKinds.kind(of: method, $0) } }
}

extension GraphRoutes {
    /// The seat by which the caller asks something about a shared repository, with this call counted; `nil` where the path names none.
    ///
    /// - Throws: ``GraphError/sharedRepository`` for a kind of call that no seat makes, ``GraphError/notFound`` for somebody without a seat and for a key that
    ///   is bound to one graph, `Problem` with status 429 that names the window beyond the plan's rate (GRA-091).
    func seat(of request: Request, _ principal: Principal) async throws -> RepositoryForUser? {
        guard let name = request.pathParameters["graph_id"], GraphID(name) == nil, try await graphs.isRepository(name) else { return nil }
        guard let kind = request.graphCall, kind.isOpenToSeats else { throw GraphError.sharedRepository }
        guard principal.graph == nil,
            let seat = try await graphs.repositories(as: request.caller(principal)).first(where: { $0.repository.id.description == name })
        else { throw GraphError.notFound }
        if let quota = quota(of: seat, for: kind) { try await request.gate?.admit(quota, of: Caller(.user, principal.userID)) }
        return seat
    }

    private func quota(of seat: RepositoryForUser, for kind: RouteKind) -> CallQuota? {
        let repository = seat.repository.id.description
        guard case .repository(let limits)? = plans.plans[.repository(repository, seat.plan)]?.limits, let rate = limits.rate(of: kind)
        else {
            return nil
        }
        var windows: [CallQuota.Window: Int] = [:]
        windows[.minute] = rate.perMinute
        windows[.hour] = rate.perHour
        windows[.day] = rate.perDay
        return CallQuota(RouteCategory("repository_\(kind.rawValue)"), at: repository, windows)
    }
}
