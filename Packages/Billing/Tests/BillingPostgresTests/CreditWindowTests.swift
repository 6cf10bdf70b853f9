import BillingPostgres
import Core
import Jobs
import PlatformTesting
import Postgres
import Testing

@testable import Billing

/// What the schedule does for pools that nobody uses; a pool that is used first refills itself.
@Suite struct CreditWindowTests {
    @Test
    func `OPS-112 after an outage over three windows the schedule allocates the present one alone, once, and nothing to a closed pool`()
        async throws
    {
        let schedule = try #require(RefillCreditPools.schedule)
        #expect(schedule.missed == .once && RefillCreditPools.lane == .money)
        try await BillingWorld.with { world in
            // Six runs an hour: within ten minutes of its beginning a month has its credits.
            #expect(try #require(schedule.cron.next(after: world.now)) - world.now <= .minutes(10))
            try await world.payByInvoice(.net90)
            let (kept, ended) = (try await world.invoicedGraph(), try await world.invoicedGraph("kg2222222222222222222b"))
            try await world.database.adminClient.execute(
                "UPDATE billing.credit_pool SET closed_at = \(world.now) WHERE subscription_id = \(ended)")
            func allocations(_ subscription: Subscription.ID) async throws -> Int {
                try await world.count(
                    """
                    SELECT count(*) FROM billing.credit_transaction t JOIN billing.credit_pool p ON p.id = t.pool_id
                    WHERE t.type = 'allocation' AND p.subscription_id = \(subscription)
                    """)
            }
            #expect(try await allocations(kept) == 1)
            world.clock.advance(to: world.now.addingMonths(3, anchoredOnDay: 15) + .hours(1))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...5 { group.addTask { _ = try await world.run(RefillCreditPools.kind, JSON.encode(RefillCreditPools())) } }
                try await group.waitForAll()
            }
            _ = try await world.run(RefillCreditPools.kind, JSON.encode(RefillCreditPools()))
            #expect(try await allocations(kept) == 2)
            #expect(try await allocations(ended) == 1)
            let pool = try await world.money.pools.pool(of: try #require(ResourceID("kg0123456789abcdef0123")), subscriber: nil).pool
            #expect(pool.window.start <= world.now && world.now < pool.window.end)
            #expect(pool.allocatedAt == world.now)
        }
    }
}
