import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Who is told why a subscription would end for want of use (IDL-068).
@Suite struct IdleExplanationTests {
    private let graph = "kg0123456789abcdef0123"

    private func join(_ api: ComposedAPI, _ member: ComposedAPI.Account, _ org: String) async throws {
        _ = try await api.database.adminClient.pipeline([
            "SELECT set_config('session_replication_role', 'replica', true)",
            """
            INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
            SELECT gen_random_uuid(), o.id, a.id, 'member', now(), 'operator', now() FROM orgs.org o CROSS JOIN identity.account a
            WHERE identity.id_text('org', o.id) = \(org) AND identity.id_text('user', a.id) = \(member.user)
            """,
        ])
    }

    private func grant(_ api: ComposedAPI, _ member: ComposedAPI.Account) async throws {
        _ = try await api.database.adminClient.pipeline([
            "SELECT set_config('session_replication_role', 'replica', true)",
            """
            INSERT INTO graphs.graph_grant (graph_id, org_id, user_id, role, granted_by, granted_at)
            SELECT g.id, g.org_id, a.id, 'viewer', g.created_by, now() FROM graphs.graph g CROSS JOIN identity.account a
            WHERE g.id = \(graph) AND identity.id_text('user', a.id) = \(member.user)
            """,
        ])
    }

    @Test func `IDL-068 IDL-T32 an explanation is for whoever has a role on the graph or whose seat it is; all others find nothing`()
        async throws
    {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            let bob = try await api.register("Bob", from: "127.0.0.2")
            let eve = try await api.register("Eve", from: "127.0.0.3")
            let mallory = try await api.register("Mallory", from: "127.0.0.4")
            for member in [bob, eve] { try await join(api, member, ada.org) }
            let (paid, seat) = try await PaidGraph.arrange(graph, api, ada, seatOf: eve.user)
            try await grant(api, eve)
            func ask(_ subscription: String, _ caller: ComposedAPI.Account) async throws -> ComposedAPI.Answer {
                try await api.call(
                    .get, "/v1/billing/subscriptions/\(ada.org)/subscription/\(subscription)/idle", token: caller.token)
            }
            // Owner, and a member with a role on the graph; not a member without one, nor somebody of another org, who is told that of every org that is not theirs (ID-073).
            for (caller, status) in [(ada, 200), (eve, 200), (bob, 404), (mallory, 403)] {
                #expect(try await ask(paid, caller).status == status, "\(caller.user)")
            }
            // The seat: whose it is, and whoever governs the org.
            for (caller, status) in [(ada, 200), (eve, 200), (bob, 404), (mallory, 403)] {
                #expect(try await ask(seat, caller).status == status, "\(caller.user)")
            }
            #expect(try await ask("bsub_01KG5D8N8ZQ2V3W4X5Y6Z7A8B9", ada).status == 404)

            let told = try await ask(paid, eve).body
            #expect(told["covered"] == true && told["resource_id"] == .string(graph))
            #expect(told["outcome"] == "still_active" && told["this_call_counts_as_use"] == true)
            #expect(told["threshold"]?.stringValue.flatMap { Instant($0) } != nil)
            #expect(told["earliest_end"]?.stringValue.flatMap { Instant($0) } != nil)
            // No person and no credential is in it.
            let text = "\(told)"
            for secret in ["user_", "sess_", "key_", "@example.com", "Ada", "Bob", "Eve"] { #expect(!text.contains(secret), "\(secret)") }
            // The call was use: the last activity is not older than the test.
            let last = try #require(told["facts"]?["last_activity"]?.stringValue.flatMap { Instant($0) })
            #expect(last + .minutes(10) > .systemNow())
        }
    }
}
