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

/// Changes of plan that wait at the provider for their payment; the clock stands until a test moves it.
@Suite struct PendingUpdateTests {
    private struct Waiting {
        let id: Subscription.ID
        let provider: ProviderID
        let old: ProviderID
        let new: ProviderID
    }

    /// A change that the provider has accepted, and for which the old price is charged until it is paid.
    private func waiting(_ world: BillingWorld) async throws -> Waiting {
        let graph = try await world.activeGraph()
        let shown = try #require(try await world.provider.subscription(graph.provider, budget: .interactive).object)
        world.provider.fail("change_price", with: .succeeded(.subscription(shown)))
        let wish = PlanChangeRequest(
            subscription: graph.id, plan: .graph("ladybug-large"), user: world.owner.userID, operation: nil)
        await #expect(throws: BillingError.providerTimeout) { try await world.services.subscriptions.changePlan(wish) }
        #expect(try await world.subscription(graph.id).status == .upgrading)
        let new = try await world.database.adminClient.query(
            "SELECT provider_price_id FROM billing.plan_price WHERE plan_key = 'graph:ladybug-large' AND provider_price_id IS NOT NULL")
        return Waiting(
            id: graph.id, provider: graph.provider, old: try #require(shown.price),
            new: ProviderID(try #require(new.first).decode("provider_price_id", as: String.self)))
    }

    private func state(_ world: BillingWorld) async throws -> [String] {
        try await world.database.adminClient.query("SELECT state FROM billing.plan_change").map { try $0.decode("state") }
    }

    @Test(arguments: ["customer.subscription.pending_update_applied", "customer.subscription.updated"])
    func `STR-088 a change that was paid in the end is finished, whatever told of it, and its price is nobody else's`(_ type: String)
        async throws
    {
        try await BillingWorld.with { world in
            let change = try await waiting(world)
            // News that show the old price change nothing.
            try await world.deliver("customer.subscription.updated", change.provider)
            try await world.drain()
            #expect(try await state(world) == ["started"])
            world.provider.changePrice(ofSubscription: change.provider, to: change.new)
            let event = try await world.deliver(type, change.provider)
            try await world.drain()
            #expect(try await world.store.event(event)?.state == .done)
            #expect(try await state(world) == ["priced"])
            world.clock.advance(by: .minutes(1))
            try await world.drain()
            #expect(try await state(world) == ["committed"])
            let row = try await world.subscription(change.id)
            #expect(row.status == .active && row.plan.key == .graph("ladybug-large") && row.providerLink?.price == change.new)
            #expect(try await world.events("subscription_plan_changed") == 1)
            let after = try await world.deliver("customer.subscription.updated", change.provider)
            try await world.drain()
            #expect(try await world.store.event(after)?.state == .done)
        }
    }

    @Test func `STR-088 a change that nobody paid in time is taken back: the old plan stays, and who asked is told`() async throws {
        try await BillingWorld.with { world in
            let change = try await waiting(world)
            try await world.deliver("customer.subscription.pending_update_expired", change.provider)
            try await world.drain()
            #expect(try await state(world) == ["failed"])
            let row = try await world.subscription(change.id)
            #expect(row.status == .active && row.plan.key == .graph("ladybug-standard") && row.providerLink?.price == change.old)
            #expect(try await world.events("subscription_plan_change_failed") == 1)
            #expect(try await world.entries("plan_change_failed") == 1)
            // A second one of its kind, and one for a subscription that does not change, find nothing to do.
            let late = try await world.deliver("customer.subscription.pending_update_expired", change.provider)
            try await world.drain()
            #expect(try await world.store.event(late)?.state == .done)
            #expect(try await world.events("subscription_plan_change_failed") == 1)
        }
    }

    @Test func `STR-088 a change whose order is still under way is not taken back by what the provider showed before it`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let failure = ProviderOutcome.retryLater(ProviderFailure(kind: .unreachable))
            world.provider.fail("change_price", with: failure, failure, failure, failure)
            let wish = PlanChangeRequest(
                subscription: graph.id, plan: .graph("ladybug-large"), user: world.owner.userID, operation: nil)
            await #expect(throws: BillingError.self) { try await world.services.subscriptions.changePlan(wish) }
            try await world.deliver("customer.subscription.pending_update_expired", graph.provider)
            try await world.drain()
            #expect(try await state(world) == ["started"])
            for _ in 1...6 {
                world.clock.advance(by: .minutes(1))
                try await world.drain()
            }
            #expect(try await state(world) == ["committed"])
        }
    }

    @Test(arguments: [true, false])
    func `STR-088 a change whose news were lost is looked at when its time is over`(_ wasPaid: Bool) async throws {
        try await BillingWorld.with { world in
            let change = try await waiting(world)
            if wasPaid {
                world.provider.changePrice(ofSubscription: change.provider, to: change.new)
            } else {
                world.provider.endPendingUpdate(of: change.provider)
            }
            world.clock.advance(by: .minutes(61))
            try await world.drain()
            world.clock.advance(by: .minutes(1))
            try await world.drain()
            #expect(try await state(world) == [wasPaid ? "committed" : "failed"])
            let plan = try await world.subscription(change.id).plan.key
            #expect(plan == .graph(wasPaid ? "ladybug-large" : "ladybug-standard"))
        }
    }
}
