import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// A deployment whose graphs are on a server that speaks the graph API, which nobody answers at here: nothing of this asks it.
@Suite struct GraphAPIHostTests {
    private let graph = "kg0123456789abcdef0123"

    @Test func `GRA-121 a graph there says that its mode is held by the API alone and what is lacking, and logins and compaction are 409`()
        async throws
    {
        let settings = ["TRELLIS_GRAPH_HOSTS": "api=graph-api+http://:k3y@127.0.0.1:1?slots=3"]
        try await ComposedAPI.withAPI(ComposedAPI.selling.merging(settings) { $1 }) { api in
            let ada = try await api.register("Ada")
            _ = try await PaidGraph.arrange(graph, api, ada, seatOf: ada.user)
            _ = try await api.database.adminClient.pipeline([
                "SELECT set_config('session_replication_role', 'replica', true)",
                """
                INSERT INTO graphs.graph_host (id, name, tiers, slots, state, created_at, updated_at)
                SELECT host_id, 'api', '{ladybug-standard}', 3, 'ready', now(), now() FROM graphs.graph WHERE id = \(graph)
                """,
                """
                INSERT INTO graphs.host_slot (host_id, number, state, org_id, graph_id)
                SELECT host_id, 1, 'occupied', org_id, id FROM graphs.graph WHERE id = \(graph)
                """,
            ])
            let shown = try await api.call(.get, "/v1/graphs/\(graph)", token: ada.token)
            #expect(shown.status == 200, "\(shown.body)")
            #expect(shown.body["mode_enforced_by"] == "api" && shown.body["engine_mode"] == "full")
            #expect(shown.body["engine_lacks"] == ["logins", "modes", "restore", "compaction"])
            for (path, body) in [("credentials", nil), ("operations/compact-graph", [:])] as [(String, JSONValue?)] {
                let refused = try await api.call(.post, "/v1/graphs/\(graph)/\(path)", token: ada.token, body: body)
                #expect(refused.status == 409 && refused.body["code"] == "ENGINE_UNSUPPORTED", "\(path): \(refused.body)")
            }
            let logins = try await api.database.adminClient.query("SELECT FROM graphs.graph_credential")
            #expect(logins.isEmpty)
        }
    }
}
