import Billing
import BillingPostgres
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What a graph used, read from its rows. The clock is the deployment's own and moves only by what a test says.
@Suite struct UsageReadTests {
    @Test func `GRA-030 usage is read from measures, ledger and operations, only the parts asked for, and events are the newest fifty`()
        async throws
    {
        try await Deployment.with { deployment in
            let (id, admin) = (try await deployment.activeGraph(), deployment.database.adminClient)
            deployment.clock.advance(to: start + .days(10))
            let (now, service) = (deployment.clock.now, deployment.services.graphs)
            let ledger: Statement = """
                INSERT INTO billing.credit_transaction
                    (id, org_id, pool_id, seq, type, amount, requested, balance_after, key, operation_type, description, created_at)
                SELECT gen_random_uuid(), p.org_id, p.id, 1000 + n, 'consumption', CASE WHEN n = 3 THEN 0 ELSE -150 END, 150, 0, 'test ' || n,
                    CASE WHEN n < 3 THEN 'agent' WHEN n = 3 THEN 'search' END, 'use ' || n,
                    \(now) - make_interval(hours => n)
                FROM billing.credit_pool p, generate_series(1, 5) n WHERE p.resource_id = \(id.description)
                """
            _ = try await admin.pipeline([
                withoutRules, "DELETE FROM graphs.storage_measure", "DELETE FROM operations.operation", ledger,
                """
                INSERT INTO graphs.storage_measure (id, graph_id, org_id, due_at, bytes)
                SELECT gen_random_uuid(), \(id.description), \(deployment.org), \(now) - make_interval(hours => n),
                    CASE WHEN n = 36 THEN 3 ELSE 1 END * \(Int64(1) << 30)
                FROM unnest(ARRAY[36, 12]) n
                """,
                """
                INSERT INTO operations.operation (id, kind, org_id, graph_id, status, phase, percent, message, steps, result, failure, created_at,
                    ended_at, updated_at)
                SELECT gen_random_uuid(), 'create-backup', \(deployment.org), \(id.description), CASE n WHEN 1 THEN 'failed' ELSE 'completed' END,
                    'forward', 100, '', '[]', '{}', CASE n WHEN 1 THEN '{"code": "X", "message": "x"}'::jsonb END,
                    \(now) - make_interval(hours => 2, secs => 10 * n), \(now) - interval '2 hours', \(now)
                FROM generate_series(1, 2) n
                """,
            ])
            func usage(_ range: UsageRange, _ parts: Set<UsagePart>) async throws -> GraphUsage {
                try await service.usage(of: id, over: range, parts, as: deployment.caller).usage
            }
            let all = try await usage(.day, Set(UsagePart.allCases))
            // Three gigabytes for twelve hours, measured before the day began, and one for twelve.
            #expect(all.storage.map { Int64($0.average) } == 2 << 30)
            #expect(all.storage?.maximum == 3 << 30 && all.storage?.minimum == 1 << 30 && all.storage?.measures == 1)
            #expect(
                all.credits
                    == CreditsSpent(
                        kinds: [
                            .init(name: "agent", count: 2, credits: AICredits(3), free: 0),
                            .init(name: "other", count: 2, credits: AICredits(3), free: 0),
                            .init(name: "search", count: 1, credits: AICredits(0), free: 1),
                        ], lines: 5))
            #expect(all.credits?.total == AICredits(6))
            #expect(
                all.work == [WorkUse(kind: "create-backup", ended: 2, failed: 1, averageSeconds: 15, maximumSeconds: 20)])
            #expect(all.events?.map(\.at) == [1, 2, 3, 4, 5, 12].map { now - .hours($0) })
            guard case .storage(SizeAt(at: now - .hours(12), bytes: 1 << 30))? = all.events?.last else {
                Issue.record("\(String(describing: all.events?.last))")
                return
            }
            // A part that is not asked for is not there, and the credits of the month's beginning are in the longer range.
            let none = try await usage(.week, [])
            #expect(none.storage == nil && none.credits == nil && none.work == nil && none.events == nil)
            #expect(try await usage(.month, [.credits]).credits?.lines == 6)
            #expect(try await usage(.lastMonth, [.storage]).storage?.measures == 0)
            // Fifty of many.
            try await admin.execute(
                """
                INSERT INTO graphs.storage_measure (id, graph_id, org_id, due_at, bytes)
                SELECT gen_random_uuid(), \(id.description), \(deployment.org), \(now) - make_interval(mins => n), 1 FROM generate_series(1, 59) n
                """)
            let newest = try #require(try await usage(.month, [.events]).events)
            #expect(newest.map(\.at) == (1...50).map { now - .minutes($0) })
            // Whoever has no role reads nothing.
            await #expect(throws: GraphError.roleTooWeak(needed: .viewer)) {
                _ = try await service.usage(of: id, over: .day, [.storage], as: GraphCaller(user: deployment.member, org: deployment.org))
            }
        }
    }
}
