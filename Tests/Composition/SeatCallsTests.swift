import Core
import Graphs
import GraphsHTTP
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// What a seat at a shared repository may call, on every route that the table has: a new route is covered without writing anything.
@Suite struct SeatCallsTests {
    private func name(_ route: Router.Route) -> String { "\(route.method.rawValue) \(route.path)" }

    private func call(
        _ route: Router.Route, at repository: String, _ api: ComposedAPI, _ account: ComposedAPI.Account
    ) async throws -> ComposedAPI.Answer {
        let path = route.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            switch part {
            case "{graph_id}": repository
            case "{user_id}": account.user
            case "{backup_id}": "backup_01M7YNWX7P70CKNMB38WJVVT0M"
            case "{credential_id}": "gcr_01M7YNWX7P70CKNMB38WJVVT0M"
            default: String(part)
            }
        }.joined(separator: "/")
        let hasBody = route.method != .get && route.method != .delete
        return try await api.call(route.method, path, token: account.token, body: hasBody ? [:] : nil)
    }

    @Test
    func `GRA-090 every route of a graph has a kind, and a seat is let in by that kind whatever the address and the repository are called`()
        async throws
    {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let routes = api.router.routes.filter {
                $0.path.split(separator: "/").contains("{graph_id}") && $0.path.hasPrefix("/v1/graphs/")
            }
            #expect(Set(routes.map(name)) == Set(GraphRouteKinds.table.keys).union(GraphRouteKinds.ofPayment))
            #expect(GraphRouteKinds.ofPayment.isDisjoint(with: GraphRouteKinds.table.keys))
            let (ada, eve) = (try await api.register("Ada"), try await api.register("Eve"))
            let worst = "delete-restore-backup"
            _ = try await api.database.adminClient.pipeline([
                "SELECT set_config('session_replication_role', 'replica', true)",
                "INSERT INTO graphs.repository VALUES ('sec', 'SEC', '', now()), (\(worst), 'Worst', '', now())",
                """
                INSERT INTO graphs.repository_grant (id, repository_id, user_id, org_id, subscription_id, plan, access, state, cause, created_at)
                SELECT gen_random_uuid(), r.id, m.user_id, m.org_id, gen_random_uuid(), 'starter', 'read', 'active', 'reconciler', now()
                FROM graphs.repository r, orgs.membership m WHERE identity.id_text('org', m.org_id) = \(ada.org)
                """,
            ])
            for route in routes {
                guard let kind = GraphRouteKinds.kind(of: route.method, route.path) else { continue }
                for repository in ["sec", worst] {
                    let (seat, nobody) = (try await call(route, at: repository, api, ada), try await call(route, at: repository, api, eve))
                    if kind.isOpenToSeats {
                        // Of what may be taken away there is nothing.
                        #expect(seat.status == (kind == .download ? 404 : 200), "\(name(route)): \(seat.body)")
                        #expect(nobody.status == 404 && nobody.body["code"] == "NOT_FOUND", "\(name(route)): \(nobody.body)")
                    } else {
                        // Metrics have a refusal of their own (GRA-029).
                        let status = route.path.hasSuffix("/metrics") ? 400 : 403
                        for answer in [seat, nobody] {
                            #expect(answer.status == status && answer.body["code"] == "SHARED_REPOSITORY", "\(name(route)): \(answer.body)")
                        }
                    }
                }
            }
        }
    }
}
