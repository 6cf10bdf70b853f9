import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Jobs
import PlatformTesting
import Postgres
import Testing

/// Cards that end, and prices that were changed at the provider; the clock stands still and is moved by hand, and starts on 15 January 2026.
@Suite struct CardWatchTests {
    private func date(_ text: String) throws -> Instant { try #require(Instant(text)) }

    private func watch(_ world: BillingWorld) async throws {
        _ = try await world.run(WatchCards.kind, JSON.encode(WatchCards()))
        try await world.drain()
    }

    private func letCardEnd(_ year: Int64, _ month: Int64, _ world: BillingWorld) async throws {
        try await world.database.adminClient.execute(
            "UPDATE billing.payment_method SET expiry_year = \(year), expiry_month = \(month)")
    }

    @Test
    func
        `OPS-114 each morning a card that ends within 30 days and before the next renewal is told of once for its expiry, and from its end on is no method`()
        async throws
    {
        try await BillingWorld.with { world in
            let sold = try await world.activeGraph()
            let period = try #require(try await world.subscription(sold.id).currentPeriod)
            let (first, last) = (try date("2026-02-01T00:00:00Z"), try date("2026-02-28T00:00:00Z"))
            #expect(period.end > first && period.end < last)
            // A card that is good until the end of the month of the renewal pays it.
            try await letCardEnd(2_026, 2, world)
            try await watch(world)
            #expect(try await world.events("card_ending") == 0)
            try await letCardEnd(2_026, 1, world)
            try await watch(world)
            let row = try #require(
                try await world.database.adminClient.query(
                    """
                    SELECT payload ->> 'method' AS method, (payload ->> 'endsOn')::timestamptz AS ends_on,
                        (payload ->> 'renewsAt')::timestamptz AS renews_at FROM jobs.event WHERE topic = 'billing.card_ending'
                    """
                ).first)
            #expect(try row.decode("ends_on", as: Instant.self) == Instant("2026-01-31T23:59:59Z"))
            #expect(try row.decode("renews_at", as: Instant.self) == period.end)
            // The next mornings find it told; the search itself leaves it out.
            world.clock.advance(by: .days(1))
            try await watch(world)
            #expect(try await world.events("card_ending") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.notice WHERE key LIKE 'card_ending:%'") == 1)
            let customers = world.services.billing
            #expect(try await customers.customer(of: world.org, as: world.owner).hasPaymentMethod)
            world.clock.advance(to: try #require(Instant("2026-02-01T00:00:00Z")))
            #expect(try await customers.customer(of: world.org, as: world.owner).hasPaymentMethod == false)
            // What has ended ends soon no more; a new expiry is another one.
            try await watch(world)
            #expect(try await world.events("card_ending") == 1)
            try await world.database.adminClient.execute(
                "UPDATE billing.subscription SET period_end = \(try date("2026-03-15T12:00:00Z")), ends_at = NULL")
            try await letCardEnd(2_026, 2, world)
            try await watch(world)
            #expect(try await world.events("card_ending") == 2)
        }
    }

    @Test func `OPS-114 a page of cards is followed by the next, and a card whose subscription ends is not told of`() async throws {
        try await BillingWorld.with { world in
            let sold = try await world.activeGraph()
            try await letCardEnd(2_026, 1, world)
            let (first, last) = try await world.store.withTransaction(.system) { transaction in
                let months = [CardMonth(year: 2_026, month: 1)]
                let first = try await transaction.endingCards(in: months, after: nil, limit: 1)
                return (first, try await transaction.endingCards(in: months, after: first.last?.org, limit: 1))
            }
            #expect(first.map(\.org) == [world.org] && last.isEmpty)
            let command = CancelSubscription(
                subscription: sold.id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test")
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
            try await world.drain()
            #expect(try await world.run(WarnOfCard.kind, JSON.encode(WarnOfCard(of: first[0]))) != .completed)
            try await watch(world)
            #expect(try await world.events("card_ending") == 0)
        }
    }

    /// A price that was sold is never changed by us: somebody did it by hand, past the rule that says so.
    private func changePrices(by change: String, in world: BillingWorld) async throws {
        try await world.database.adminClient.execute(
            Statement(
                """
                DO $$ BEGIN
                    PERFORM set_config('session_replication_role', 'replica', true);
                    UPDATE billing.plan_price SET amount = amount \(change);
                END $$
                """ as String))
    }

    @Test func `OPS-118 each night prices are compared with the provider's: a difference is told once, and ends when it is repaired`()
        async throws
    {
        try await BillingWorld.with { world in
            #expect(WatchCards.schedule?.cron.description == "0 9 * * *")
            #expect(ComparePrices.schedule?.cron.description == "30 1 * * *" && ComparePrices.lane == .money)
            #expect(ReconcileProvider.schedule?.cron.description == "30 3 * * *" && ReconcileProvider.lane == .money)
            let sold = try await world.activeGraph()
            let job = try JSON.encode(ComparePrices())
            #expect(try await world.run(ComparePrices.kind, job) == .completed)
            #expect(try await world.count("SELECT count(*) FROM billing.drift_item") == 0)
            let price = try #require(try await world.subscription(sold.id).providerLink?.price)
            let before = try #require(try await world.provider.price(price, budget: .job).object)
            try await changePrices(by: "+ 100", in: world)
            for _ in 1...2 { #expect(try await world.run(ComparePrices.kind, job) == .completed) }
            #expect(
                try await world.count(
                    """
                    SELECT count(*) FROM billing.drift_item
                    WHERE state = 'open' AND category = 'amount' AND severity = 'high' AND object_id = \(before.id.rawValue)
                    """) == 1)
            #expect(try await world.entries("provider_drift_detected") == 1)
            // A night on which the provider is away repairs nothing and comes again.
            world.provider.failReads(with: ProviderFailure(kind: .unreachable))
            #expect(try await world.run(ComparePrices.kind, job) == .retry(after: .seconds(10)))
            try await changePrices(by: "- 100", in: world)
            #expect(try await world.run(ComparePrices.kind, job) == .completed)
            #expect(try await world.count("SELECT count(*) FROM billing.drift_item WHERE state = 'open'") == 0)
            #expect(try await world.entries("provider_drift_repaired") == 1)
        }
    }
}
