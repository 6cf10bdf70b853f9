import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// What the packages above say when an account is to end.
@Suite struct AccountEndTests {
    private let path = "/v1/user/deletion"
    private let order: JSONValue = ["confirm": "ada@example.com", "reauth_password": "Correct-Horse-42-Battery"]

    @Test func `ID-143 ID-144 an account whose org has a graph, a subscription or an open invoice does not end, and each is named`()
        async throws
    {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            try await OrgEndTests.affairs(in: api.database)
            let plan = try await api.call(.get, path, token: ada.token)
            #expect(plan.status == 200)
            #expect(kinds(plan.body["blockers"]) == ["live_subscription", "open_invoice", "live_graph"])
            #expect(try await api.call(.post, path, token: ada.token, body: order).status == 409)
            #expect(try await states(in: api.database) == ["active", "active"])
            #expect(try await api.call(.get, "/v1/user", token: ada.token).status == 200)
        }
    }

    @Test func `ID-145 without them it ends, and its org with it`() async throws {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            let ended = try await api.call(.post, path, token: ada.token, body: order)
            #expect(ended.status == 202, "\(ended.body)")
            #expect(try await states(in: api.database) == ["deleting", "deleted"])
            let jobs = try await api.database.adminClient.query(
                "SELECT k.name FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name IN ('identity.purge_account', 'orgs.purge_org') ORDER BY k.name"
            )
            #expect(try jobs.map { try $0.decode(String.self) } == ["identity.purge_account", "orgs.purge_org"])
        }
    }

    private func kinds(_ blockers: JSONValue?) -> Set<String> {
        Set(blockers?.arrayValue?.compactMap { $0["kind"]?.stringValue } ?? [])
    }

    private func states(in database: TestDatabase) async throws -> [String] {
        let row = try await database.adminClient.query("SELECT a.status, o.state FROM identity.account a, orgs.org o")[0]
        return [try row.decode("status"), try row.decode("state")]
    }
}
