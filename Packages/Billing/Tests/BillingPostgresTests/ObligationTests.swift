import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

/// What an org has to end before it is deleted, one thing after the other; the clock stands where a test puts it.
@Suite struct ObligationTests {
    @Test
    func `BIL-061 ORG-090 each subscription of an org ends by itself, whatever it was doing, and an end that is asked for twice is one`()
        async throws
    {
        try await BillingWorld.with { world in
            let running = try await world.activeGraph()
            let ending = try await world.sellAnother("kg0123456789abcdef0124")
            let over = try await world.sellAnother("kg0123456789abcdef0125")
            for id in [ending.id, over.id] { try await plan(world, id) }
            try await world.drain()
            let other = try await world.anotherOrg()
            let obligations = world.services.billing.obligations
            let found = try await world.store.withTransaction(.system) { try await obligations.obligations(of: world.org, in: $0) }
            #expect(Set(found.map(\.id)) == Set([running.id, ending.id, over.id].map(\.description)))
            let names = ["3", "4", "5"].map { "Ladybug Standard of kg0123456789abcdef012\($0)" }
            #expect(Set(found.map(\.name)) == Set(names), "\(found.map(\.name))")
            // Nobody ends what is another org's, or nothing at all.
            for id in [running.id.description, "nonsense"] { #expect(try await end(world, id, of: other) == .ended) }
            #expect(try await world.subscription(running.id).status == .active)
            // The first ends now; a stop after it leaves the others as they were.
            for _ in 1...2 { #expect(try await end(world, running.id.description) == .ended) }
            try await world.drain()
            #expect(try await world.subscription(running.id).closedAt == world.now)
            #expect(try await world.subscription(running.id).cancellation?.origin == .user)
            #expect(world.provider.effects(of: "cancel_now") == 1)
            #expect(try await world.subscription(ending.id).isEnding(at: world.now))
            // An end that was planned is brought forward.
            #expect(try await end(world, ending.id.description) == .ended)
            try await world.drain()
            #expect(try await world.subscription(ending.id).closedAt == world.now)
            #expect(world.provider.effects(of: "cancel_now") == 2)
            // What has ended by itself is closed by its own job, and waited for.
            let instant = try #require(try await world.subscription(over.id).endsAt)
            world.provider.end(over.provider, reason: "cancellation_requested")
            world.clock.advance(to: instant)
            #expect(try await end(world, over.id.description) == .waiting(.seconds(2)))
            try await world.drain()
            #expect(try await end(world, over.id.description) == .ended)
            #expect(world.provider.effects(of: "cancel_now") == 2)
            let left = try await world.store.withTransaction(.system) { try await obligations.obligations(of: world.org, in: $0) }
            #expect(left.isEmpty)
        }
    }

    @Test func `BIL-061 a page that nobody paid is closed first; an outage is waited out, and what was paid meanwhile is refused in words`()
        async throws
    {
        try await BillingWorld.with { world in
            let page = try await world.checkout()
            let obligation = page.subscription.description
            world.provider.fail("expire_checkout", with: .retryLater(ProviderFailure(kind: .unreachable)))
            #expect(try await end(world, obligation) == .waiting(.seconds(30)))
            #expect(try await world.subscription(page.subscription).status == .pendingPayment)
            world.clock.advance(by: .minutes(10))
            try await world.drain()
            #expect(try await end(world, obligation) == .ended)
            #expect(try await world.subscription(page.subscription).startedAt == nil)
            // The customer was faster than the page was closed.
            let late = try await world.checkout()
            _ = try #require(world.provider.pay(late.session))
            let first = try await end(world, late.subscription.description)
            #expect(first == .refused("It was paid a moment ago and is being set up."))
            try await world.deliver("checkout.session.completed", late.session)
            try await world.drain()
            let second = try await end(world, late.subscription.description)
            #expect(second == .refused("It is being set up or changed (provisioning)."))
            #expect(try await world.subscription(late.subscription).status == .provisioning)
            #expect(world.provider.effects(of: "cancel_now") == 0)
        }
    }

    private func end(_ world: BillingWorld, _ obligation: String, of org: Org.ID? = nil) async throws -> OrgObligationOutcome {
        try await world.services.billing.obligations.end(obligation, of: org ?? world.org, for: world.owner.userID)
    }

    private func plan(_ world: BillingWorld, _ id: Subscription.ID) async throws {
        let command = CancelSubscription(
            subscription: id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "delete-graph", bringingForward: false)
        _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
    }
}
