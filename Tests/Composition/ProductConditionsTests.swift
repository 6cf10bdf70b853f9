import Core
import Foundation
import Notifications
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import Composition

/// What the product says that somebody has to look at.
@Suite struct ProductConditionsTests {
    @Test func `NOT-170 AUD-096 OPS-099 what breaks is a condition of its own name, and a whole product has none`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let configuration = try TrellisConfiguration(
                environment: [
                    "TRELLIS_ENVIRONMENT": "test", "TRELLIS_DATABASE_URL": database.url,
                    "TRELLIS_BACKUP_DIR": FileManager.default.temporaryDirectory.path, "TRELLIS_SMTP_URL": "smtp://127.0.0.1:1",
                ].merging(ComposedAPI.selling) { $1 })
            let foundations = try await Foundations(configuration, role: .system, name: "worker", log: .silent)
            do {
                let product = try await Product(foundations)
                let conditions = ProductConditions(product)
                func names() async throws -> [String] {
                    try await conditions.current(at: foundations.dateSource.now).map(\.name).sorted()
                }
                #expect(try await names() == [])
                try await database.adminClient.execute(
                    """
                    INSERT INTO jobs.saga (id, kind, key, context, state, stuck_because, step, created_at, updated_at)
                    VALUES (gen_random_uuid(), 'a', 'a', '{}', 'stuck', 'no way', 0, now(), now())
                    """)
                try await database.adminClient.execute(
                    """
                    INSERT INTO jobs.job (lane, kind_id, priority, max_attempts, timeout_ms, run_at, created_at, args)
                    SELECT 1, jobs.kind_id('billing.try_it'), 2, 5, 1000, now() - interval '1 hour', now(), '{}'
                    """)
                try await database.adminClient.execute(
                    "UPDATE billing.idle_guard SET is_open = true, opened_at = now(), reason = 'hourly limit'")
                try await database.adminClient.execute(
                    "UPDATE billing.action_guard SET is_open = true, opened_at = now(), reason = 'hourly' WHERE class = 'graph_purge'")
                try await database.adminClient.execute(
                    """
                    INSERT INTO billing.intent (id, object, op_seq, kind, command, state, created_at, exchanges)
                    SELECT gen_random_uuid(), 'o' || s, 1, 'a', '{}', 'queued', now(), jsonb_build_array(jsonb_build_object('status', s))
                    FROM unnest(ARRAY[401, 403, 500]) AS s
                    """)
                try await database.adminClient.execute("INSERT INTO audit.node VALUES (gen_random_uuid(), 'sample', now())")
                try await database.adminClient.execute(
                    """
                    INSERT INTO audit.entry (id, recorded_at, type, risk, occurred_at, actor_kind, actor_component, summary, ref_node, retention_group)
                    SELECT gen_random_uuid(), now() + interval '14 months', 'process_stopped', 'low', now(), 'system', 'test', 'x', id, 'general'
                    FROM audit.node WHERE process = 'sample'
                    """)
                #expect(
                    try await names() == [
                        "action_guard_graph_purge", "audit_unfiled", "lane_delay_money", "mass_cancel_guard", "provider_credentials",
                        "stuck_sagas",
                    ])
                let found = try await conditions.current(at: foundations.dateSource.now)
                #expect(found.first { $0.name == "provider_credentials" }?.detail == "2 commands wait for a key that it takes.")
                #expect(found.first { $0.name == "mass_cancel_guard" }?.detail.contains("hourly limit") == true)
                await product.shutdown()
                await foundations.shutdown()
            } catch {
                await foundations.shutdown()
                throw error
            }
        }
    }
}
