import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Postgres
import Testing

@Suite struct UncancelTests {
    private func end(
        _ world: BillingWorld, _ id: Subscription.ID, origin: Subscription.Cancellation.Origin = .user
    ) async throws {
        let command = CancelSubscription(
            subscription: id, mode: .periodEnd, origin: origin, user: origin == .user ? world.owner.userID : nil, via: "test")
        _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
    }

    private func uncancel(_ world: BillingWorld, _ id: Subscription.ID, by asker: UncancelSubscription.Asker) async throws {
        _ = try await world.services.subscriptions.uncancel(UncancelSubscription(subscription: id, by: asker))
    }

    @Test func `BIL-056 T22 an end that the provider knows is taken back there first`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await end(world, graph.id)
            try await world.drain()
            world.provider.fail("take_back_end", with: .retryLater(ProviderFailure(kind: .unreachable)))
            await #expect(throws: BillingError.self) { try await uncancel(world, graph.id, by: .person(world.owner.userID)) }
            #expect(try await world.subscription(graph.id).status == .canceled)
            let view = try await world.services.billing.lifecycle.uncancel(graph.id, of: world.org, as: world.owner)
            #expect(view.subscription.status == .active)
            #expect(view.subscription.endsAt == nil)
            #expect(world.provider.effects(of: "take_back_end") == 1)
            #expect(try await world.events("subscription_resumed") == 1)
            #expect(try await world.entries("subscription_resumed") == 1)
            try await world.drain()
            #expect(try await world.subscription(graph.id).providerSync == .confirmed)
            #expect(world.provider.runningSubscriptions == [graph.provider])
        }
    }

    @Test func `BIL-055 BIL-056 an end that was still queued is given up in the same transaction and never sent`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await end(world, graph.id)
            try await uncancel(world, graph.id, by: .person(world.owner.userID))
            #expect(try await world.subscription(graph.id).status == .active)
            try await world.drain()
            #expect(world.provider.effects(of: "cancel_at_period_end") == 0)
            #expect(world.provider.effects(of: "take_back_end") == 0)
            try await end(world, graph.id)
            try await world.drain()
            try await uncancel(world, graph.id, by: .person(world.owner.userID))
            try await end(world, graph.id)
            try await world.drain()
            // Three decisions were sent, each with a key of its own, and the last one holds.
            #expect(world.provider.effects(of: "cancel_at_period_end") == 2)
            #expect(Set(world.provider.sentKeys).count == world.provider.sentKeys.count)
            #expect(try await world.subscription(graph.id).status == .canceled)
        }
    }

    @Test(arguments: [-1, 0, 1])
    func `BIL-056 STR-E61 one second before the end it can be taken back, at the end and after it no more`(seconds: Int64) async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await end(world, graph.id)
            try await world.drain()
            let ends = try #require(try await world.subscription(graph.id).endsAt)
            world.clock.advance(to: ends + .seconds(seconds))
            if seconds < 0 {
                try await uncancel(world, graph.id, by: .person(world.owner.userID))
                #expect(try await world.subscription(graph.id).status == .active)
            } else {
                await #expect(throws: BillingError.cancellationFinal) {
                    try await uncancel(world, graph.id, by: .person(world.owner.userID))
                }
                #expect(world.provider.effects(of: "take_back_end") == 0)
            }
        }
    }

    @Test func `BIL-057 the link and activity take back only what idleness ended, and nobody but operators what they ended`()
        async throws
    {
        let table: [(Subscription.Cancellation.Origin, [UncancelSubscription.Asker])] = [
            (.user, [.operations]), (.idle, [.keepLink, .activity, .operations]), (.admin, [.operations]), (.portal, [.operations]),
        ]
        let askers: [UncancelSubscription.Asker] = [.keepLink, .activity, .operations]
        for (origin, allowed) in table {
            for asker in askers {
                try await BillingWorld.with { world in
                    let graph = try await world.activeGraph()
                    try await end(world, graph.id, origin: origin)
                    try await world.drain()
                    if allowed.contains(asker) {
                        try await uncancel(world, graph.id, by: asker)
                        #expect(try await world.subscription(graph.id).status == .active)
                        #expect(try await world.entries("subscription_kept") == (origin == .idle ? 1 : 0))
                    } else {
                        await #expect(throws: BillingError.ownerRequired) { try await uncancel(world, graph.id, by: asker) }
                        #expect(try await world.subscription(graph.id).status == .canceled)
                        #expect(world.provider.effects(of: "take_back_end") == 0)
                    }
                }
            }
        }
    }

    @Test func `BIL-056 only an owner takes back what the org pays for`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await end(world, graph.id)
            let admin = try await world.admit(as: .admin)
            await #expect(throws: (any Error).self) {
                try await world.services.billing.lifecycle.uncancel(graph.id, of: world.org, as: admin)
            }
            #expect(try await world.subscription(graph.id).status == .canceled)
        }
    }

    @Test func `BIL-054 an end that the provider did not take is work that failed, of low risk, and no question of who somebody is`()
        async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let down = ProviderOutcome.retryLater(ProviderFailure(kind: .unreachable))
            world.provider.fail("cancel_at_period_end", with: down, down)
            try await end(world, graph.id)
            for _ in 1...5 {
                try await world.drain()
                world.clock.advance(by: .minutes(10))
            }
            #expect(world.provider.effects(of: "cancel_at_period_end") == 1)
            let told = try await world.count(
                """
                SELECT count(*) FROM audit.entry
                WHERE type = 'operation_failed' AND risk = 'low' AND ref_job IS NOT NULL AND ref_subscription = \(graph.id)
                """)
            #expect(told == 1)
            #expect(try await world.count("SELECT count(*) FROM audit.entry WHERE type LIKE 'auth%' OR type LIKE '%denied%'") == 0)
        }
    }
}
