import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@Suite struct CheckoutExpiryTests {
    private func held(_ world: BillingWorld, _ id: Subscription.ID) async throws -> Int {
        try await world.count(
            "SELECT count(*) FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'billing.expire_checkout'")
    }

    private func state(_ world: BillingWorld, _ id: Subscription.ID) async throws -> Checkout.State? {
        try await world.store.withTransaction(.system) { try await $0.lockedCheckout(of: id)?.state }
    }

    private func end(_ world: BillingWorld, _ id: Subscription.ID) async throws -> Instant {
        try #require(try await world.store.withTransaction(.system) { try await $0.lockedCheckout(of: id)?.expiresAt })
    }

    @Test func `OPS-106 a page whose end no event told of is read ten minutes later, to the second, and what it held is free`() async throws
    {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            #expect(try await held(world, id) == 1)
            let due = try await end(world, id) + .minutes(10)
            world.provider.expire(session)
            world.clock.advance(to: due - .seconds(1))
            try await world.drain()
            #expect(try await world.subscription(id).status == .pendingPayment)
            world.clock.advance(by: .seconds(1))
            try await world.drain()
            #expect(try await world.subscription(id).status == .canceled)
            #expect(try await state(world, id) == .expired)
            #expect(try await world.entries("checkout_expired") == 1)
            #expect(try await held(world, id) == 0)
        }
    }

    @Test func `OPS-106 a page that was paid goes the way of the payment, though its event never came`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            _ = try #require(world.provider.pay(session))
            world.clock.advance(to: try await end(world, id) + .minutes(10))
            try await world.drain()
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(try await world.events("subscription_ready_to_provision") == 1)
        }
    }

    @Test func `OPS-106 while the provider does not say, the page is looked at later and nothing is given up`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.failReads(with: ProviderFailure(kind: .unreachable))
            world.clock.advance(to: try await end(world, id) + .minutes(10))
            try await world.drain()
            #expect(try await world.subscription(id).status == .pendingPayment)
            world.clock.advance(by: .minutes(5))
            try await world.drain()
            #expect(try await world.subscription(id).status == .pendingPayment)
            world.provider.expire(session)
            world.clock.advance(by: .minutes(5))
            try await world.drain()
            #expect(try await world.subscription(id).status == .canceled)
        }
    }

    @Test func `OPS-106 the sweep finds a page whose own job got lost, and none before its time`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            try await world.drain()
            try await world.database.adminClient.execute("DELETE FROM jobs.job")
            world.provider.expire(session)
            world.clock.advance(to: try await end(world, id) + .minutes(10) - .seconds(1))
            _ = try await world.run(SweepCheckouts.kind, Array("{}".utf8))
            #expect(try await held(world, id) == 0)
            world.clock.advance(by: .seconds(1))
            _ = try await world.run(SweepCheckouts.kind, Array("{}".utf8))
            _ = try await world.run(SweepCheckouts.kind, Array("{}".utf8))
            #expect(try await held(world, id) == 1)
            try await world.drain()
            #expect(try await world.subscription(id).status == .canceled)
        }
    }
}
