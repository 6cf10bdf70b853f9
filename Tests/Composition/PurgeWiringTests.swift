import Core
import Foundation
import Graphs
import Jobs
import JobsPostgres
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import Composition

/// That the product as it is put together asks its own outbox before it destroys anything.
@Suite struct PurgeWiringTests {
    private struct NothingAsked: EffectLedger {
        func perform<Response: Codable & Sendable>(
            _ key: EffectKey, destination: String, requestHash: [UInt8],
            send: @Sendable (EffectKey) async throws -> EffectOutcome<Response>,
            readBack: @Sendable (EffectKey) async throws -> EffectOutcome<Response>
        ) async throws -> Response {
            throw CancellationError()
        }
    }

    /// An org of one owner with a suspended graph whose time is over.
    private func arrange(_ database: TestDatabase, _ graph: String, at now: Instant) async throws {
        _ = try await database.adminClient.pipeline([
            "SELECT set_config('session_replication_role', 'replica', true)",
            """
            INSERT INTO orgs.org (id, name, org_type, state, owner_count, created_at, updated_at)
            VALUES ('00000000-0000-7000-8000-000000000001', 'Acme', 'team', 'active', 1, \(now - .days(30)), \(now - .days(30)))
            """,
            """
            INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
            VALUES ('00000000-0000-7000-8000-000000000002', 'ada@example.com', 'Ada', 'active', 1, 1, \(now), \(now))
            """,
            """
            INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
            VALUES (gen_random_uuid(), '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 'owner', \(now),
                'operator', \(now))
            """,
            """
            INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier,
                status, status_since, mode, access_epoch, purge_at, delete_protected)
            VALUES (\(graph), '00000000-0000-7000-8000-000000000001', 'generic', '00000000-0000-7000-8000-000000000002', \(now - .days(30)),
                gen_random_uuid(), 'g', '', '{}', '{}', 'ladybug-standard', 'suspended', \(now - .days(8)), 'none', 0, \(now - .hours(1)), false)
            """,
        ])
    }

    private func say(_ template: String, _ decision: String, at instant: Instant, in database: TestDatabase) async throws {
        _ = try await database.adminClient.pipeline([
            "SELECT set_config('session_replication_role', 'replica', true)",
            """
            INSERT INTO notifications.mail (id, decision, template, class, recipient, address, user_id, org_id, reason, locale, about, context,
                status, subject, html, plain_text, content_hash, template_hash, queued_at, rendered_at, moved_at, sent_at)
            VALUES (gen_random_uuid(), \(decision), \(template), 'required', 'ada@example.com', 'ada@example.com',
                '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 'you own Acme', 'en', '[1]', '{}', 'sent', 's',
                'h', 't', sha256('c'), sha256('t'), \(instant), \(instant), \(instant), \(instant))
            """,
        ])
    }

    @Test func `GRA-057 the product destroys nothing by the passing of time that its own outbox cannot show to have been said`()
        async throws
    {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let environment = [
                "TRELLIS_ENVIRONMENT": "test", "TRELLIS_DATABASE_URL": database.url,
                "TRELLIS_BACKUP_DIR": FileManager.default.temporaryDirectory.path, "TRELLIS_SMTP_URL": "smtp://127.0.0.1:1",
                "TRELLIS_HTTP_LOOPS": "1",
            ]
            let foundations = try await Foundations(
                try TrellisConfiguration(environment: environment), role: .system, name: "worker", log: .silent)
            let result: Result<Void, any Error>
            do {
                let product = try await Product(foundations)
                try await product.establish()
                let now = foundations.dateSource.now
                let graph = GraphID.make()
                try await arrange(database, graph.description, at: now)
                func purge() async throws -> (outcome: JobOutcome, status: String, hold: String?) {
                    let context = JobContext(
                        lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false,
                        dateSource: foundations.dateSource, effects: NothingAsked())
                    let outcome = try await product.graphs.purge.run(PurgeGraph(graph: graph), context: context)
                    let rows = try await database.adminClient.query(
                        "SELECT status, purge_hold FROM graphs.graph WHERE id = \(graph.description)")
                    let row = try #require(rows.first)
                    return (outcome, try row.decode("status"), try row.decode("purge_hold"))
                }
                let untold = try await purge()
                #expect(untold.status == "suspended" && untold.hold == nil)
                let putOff = try await database.adminClient.query(
                    "SELECT FROM jobs.event WHERE topic = 'graphs.graph_purge_put_off'")
                #expect(putOff.count == 1)

                try await say("graph_suspended", "graphs.graph_suspended/\(graph)/1", at: now - .days(8), in: database)
                try await say(
                    "deletion_warning", "notifications.warn_of_deletion/\(graph)/\(now - .hours(1))/1", at: now - .hours(25),
                    in: database)
                _ = try await database.adminClient.pipeline([
                    "SELECT set_config('session_replication_role', 'replica', true)",
                    "UPDATE graphs.graph SET purge_at = \(now - .hours(1)) WHERE id = \(graph.description)",
                ])
                let told = try await purge()
                #expect(told.outcome == .completed && told.status == "deprovisioning")
                await product.shutdown()
                result = .success(())
            } catch { result = .failure(error) }
            await foundations.shutdown()
            try result.get()
        }
    }
}
