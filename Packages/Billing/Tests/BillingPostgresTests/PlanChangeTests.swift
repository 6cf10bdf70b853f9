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

@Suite struct PlanChangeTests {
    private func request(_ id: Subscription.ID, _ plan: String = "ladybug-large", in world: BillingWorld) -> PlanChangeRequest {
        PlanChangeRequest(subscription: id, plan: .graph(plan), user: world.owner.userID, operation: nil)
    }

    private func change(_ id: Subscription.ID, _ plan: String = "ladybug-large", in world: BillingWorld) async throws -> Subscription {
        try await world.services.subscriptions.changePlan(request(id, plan, in: world))
    }

    private func state(_ world: BillingWorld) async throws -> [String] {
        try await world.database.adminClient.query("SELECT state FROM billing.plan_change ORDER BY created_at, id").map {
            try $0.decode("state")
        }
    }

    private func price(_ world: BillingWorld, _ id: ProviderID) async throws -> ProviderID? {
        try await world.provider.subscription(id, budget: .interactive).object?.price
    }

    @Test func `BIL-062 a change asks the provider once, then plan, price and credits change in one transaction`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let before = try await price(world, graph.provider)
            let row = try await change(graph.id, in: world)
            #expect(row.status == .active)
            #expect(row.plan.key == .graph("ladybug-large"))
            let after = try await price(world, graph.provider)
            #expect(after != before)
            #expect(row.providerLink?.price == after)
            #expect(world.provider.effects(of: "change_price") == 1)
            #expect(try await state(world) == ["committed"])
            #expect(try await world.entries("plan_upgraded") == 1)
            #expect(try await world.events("subscription_plan_changed") == 1)
            let pool = try await world.database.adminClient.query("SELECT allocation FROM billing.credit_pool").first
            #expect(try pool?.decode("allocation", as: Int64.self) != 800_000)
            let back = try await change(graph.id, "ladybug-standard", in: world)
            #expect(back.plan.key == .graph("ladybug-standard"))
            #expect(try await price(world, graph.provider) == before)
            #expect(try await world.entries("plan_downgraded") == 1)
        }
    }

    @Test func `BIL-062 nothing starts when it is not active, has the plan, is disputed, or the plan is unknown`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            await #expect(throws: BillingError.samePlan(.graph("ladybug-standard"))) {
                try await change(graph.id, "ladybug-standard", in: world)
            }
            await #expect(throws: BillingError.self) { try await change(graph.id, "nonsense", in: world) }
            await #expect(throws: BillingError.self) {
                try await world.services.subscriptions.changePlan(
                    PlanChangeRequest(
                        subscription: graph.id, plan: .repository("sec", "starter"), user: world.owner.userID, operation: nil))
            }
            try await world.database.adminClient.execute("UPDATE billing.customer SET disputed = true")
            await #expect(throws: BillingError.customerInDispute) { try await change(graph.id, in: world) }
            try await world.database.adminClient.execute("UPDATE billing.customer SET disputed = false")
            let command = CancelSubscription(
                subscription: graph.id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test")
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
            await #expect(throws: BillingError.subscriptionNotActive(.canceled)) { try await change(graph.id, in: world) }
            #expect(try await state(world).isEmpty)
            #expect(world.provider.effects(of: "change_price") == 0)
        }
    }

    @Test func `BIL-062 an owner changes the plan of a seat at once, a member does not`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            let (seats, sec) = (world.services.billing.seats, try #require(ResourceID("sec")))
            let seat = try await seats.subscribe(
                SeatRequest(principal: world.owner, repository: sec, planName: "starter", subscriber: nil))
            let member = try await world.admit(as: .member)
            await #expect(throws: OrgsError.ownerRequired) {
                try await seats.changePlan(
                    SeatChangeRequest(principal: member, repository: sec, subscriber: world.owner.userID, planName: "advanced"))
            }
            await #expect(throws: BillingError.notFound) {
                try await seats.changePlan(
                    SeatChangeRequest(principal: world.owner, repository: sec, subscriber: member.userID, planName: "advanced"))
            }
            let view = try await seats.changePlan(
                SeatChangeRequest(principal: world.owner, repository: sec, subscriber: nil, planName: "advanced"))
            #expect(view.subscription.id == seat.subscription.id)
            #expect(view.subscription.plan.key == .repository("sec", "advanced"))
            #expect(view.subscription.status == .active)
            #expect(view.price.minorUnits > seat.price.minorUnits)
            #expect(world.provider.effects(of: "change_price") == 1)
        }
    }

    @Test func `BIL-065 a payment that is declined leaves the old plan, the old price and nothing that upgrades`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let before = try await price(world, graph.provider)
            world.provider.fail(
                "change_price", with: .refused(ProviderRefusal(kind: .declined, code: "card_declined", customerMessage: "No funds.")))
            await #expect(throws: BillingError.paymentDeclined("No funds.")) { try await change(graph.id, in: world) }
            let row = try await world.subscription(graph.id)
            #expect(row.status == .active)
            #expect(row.plan.key == .graph("ladybug-standard"))
            #expect(try await price(world, graph.provider) == before)
            #expect(try await state(world) == ["failed"])
            #expect(try await world.entries("plan_change_failed") == 1)
            #expect(try await world.events("subscription_plan_change_failed") == 1)
            #expect(try await change(graph.id, in: world).plan.key == .graph("ladybug-large"))
        }
    }

    @Test func `BIL-066 and BIL-068 an answer that is lost is found out, and a job ends what the caller left`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.provider.fail("change_price", with: .unknown(ProviderFailure(kind: .timeout)))
            await #expect(throws: BillingError.self) { try await change(graph.id, in: world) }
            #expect(try await world.subscription(graph.id).status == .upgrading)
            await #expect(throws: BillingError.subscriptionBusy(.upgrading)) { try await change(graph.id, in: world) }
            for _ in 0..<4 {
                world.clock.advance(by: .minutes(1))
                try await world.drain()
            }
            let row = try await world.subscription(graph.id)
            #expect(row.status == .active)
            #expect(row.plan.key == .graph("ladybug-large"))
            #expect(world.provider.effects(of: "change_price") == 1)
            #expect(try await state(world) == ["committed"])
        }
    }

    @Test func `BIL-066 a way back that the provider refuses is gone on with by what it charges, and nothing stays upgrading`() async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let before = try await price(world, graph.provider)
            let subscriptions = world.services.subscriptions
            try await subscriptions.prepareSale(of: .graph("ladybug-large"), interval: .monthly)
            let asked = PlanChangeRequest(
                subscription: graph.id, plan: .graph("ladybug-large"), user: world.owner.userID, operation: "op_of_a_graph")
            let begun = try await world.store.withTransaction(.system) { try await subscriptions.beginPlanChange(asked, in: $0) }
            #expect(try await subscriptions.settlePlanChange(begun.id)?.state == .priced)
            world.provider.fail("change_price", with: .refused(ProviderRefusal(kind: .declined, code: "card_declined")))
            let failure = ProvisioningFailure(code: "NO_ROOM", message: "There is no room.", at: world.now)
            try await world.store.withTransaction(.system) {
                try await subscriptions.revertPlanChange(begun.id, because: failure, in: $0)
            }
            try await world.drain()
            #expect(try await state(world) == ["compensating"])
            #expect(try await price(world, graph.provider) != before)
            for _ in 1...3 {
                world.clock.advance(by: .minutes(1))
                try await world.drain()
            }
            #expect(try await state(world) == ["reverted"])
            #expect(try await price(world, graph.provider) == before)
            let row = try await world.subscription(graph.id)
            #expect(row.status == .active)
            #expect(row.plan.key == .graph("ladybug-standard"))
        }
    }

    @Test func `BIL-066 and BIL-067 a change that nobody finishes is taken back at its deadline, with the old price and plan`() async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let before = try await price(world, graph.provider)
            let subscriptions = world.services.subscriptions
            try await subscriptions.prepareSale(of: .graph("ladybug-large"), interval: .monthly)
            let asked = PlanChangeRequest(
                subscription: graph.id, plan: .graph("ladybug-large"), user: world.owner.userID, operation: "op_of_a_graph")
            let begun = try await world.store.withTransaction(.system) { try await subscriptions.beginPlanChange(asked, in: $0) }
            #expect(try await subscriptions.settlePlanChange(begun.id)?.state == .priced)
            #expect(try await price(world, graph.provider) != before)
            for _ in 0..<59 {
                world.clock.advance(by: .minutes(1))
                try await world.drain()
            }
            #expect(try await world.subscription(graph.id).status == .upgrading)
            for _ in 0..<3 {
                world.clock.advance(by: .minutes(1))
                try await world.drain()
            }
            let row = try await world.subscription(graph.id)
            #expect(row.status == .active)
            #expect(row.plan.key == .graph("ladybug-standard"))
            #expect(try await price(world, graph.provider) == before)
            #expect(try await state(world) == ["reverted"])
            #expect(try await world.entries("plan_change_reverted") == 1)
            #expect(try await world.events("subscription_plan_change_failed") == 1)
            await #expect(throws: BillingError.self) {
                try await world.store.withTransaction(.system) { _ = try await subscriptions.commitPlanChange(begun.id, in: $0) }
            }
        }
    }
}
