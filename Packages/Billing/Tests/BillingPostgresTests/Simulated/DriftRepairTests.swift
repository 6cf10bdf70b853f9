import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingStripe
import BillingTesting
import Core
import Cryptography
import EventLoops
import HTTPClient
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// What operators do about differences from the provider; the clock is the world's.
@Suite struct DriftRepairTests {
    private static let why = "the provider was asked by hand"

    private func reconcile(_ world: SimulatedWorld) async throws {
        try await world.store.withTransaction(.system) { try await $0.enqueue(ReconcileProvider(), .standard) }
        try await world.worker.drain()
    }

    private func open(_ world: SimulatedWorld) async throws -> [String: DriftItem.ID] {
        let rows = try await world.database.adminClient.query("SELECT category, id FROM billing.drift_item WHERE state = 'open'")
        return try rows.reduce(into: [:]) { $0[try $1.decode("category", as: String.self)] = try $1.decode("id", as: DriftItem.ID.self) }
    }

    private func apply(_ id: DriftItem.ID, _ world: SimulatedWorld, by name: String = "Ada") async throws -> DriftRepairPlan {
        try await world.services.driftRepairs.apply(id, because: Self.why, by: name, as: .system(component: "test"))
    }

    /// What nobody may find changed after a look.
    private func written(_ world: SimulatedWorld) async throws -> Int {
        try await world.count(
            """
            SELECT (SELECT count(*) FROM billing.intent) + (SELECT count(*) FROM audit.entry) + (SELECT count(*) FROM billing.decision)
                + (SELECT count(*) FROM jobs.job) + (SELECT sum(version) FROM billing.subscription)::bigint
            """)
    }

    @Test func `BIL-124 repairs are previewed, ordered by a person by name through the normal commands, and running twice repairs no more`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let simulator = world.simulator
            let served = try await world.buyGraph("kg0000000000000000001")
            let repriced = try await world.sellAnother("kg0000000000000000002")
            let lost = try await world.sellAnother("kg0000000000000000003")
            world.mailbag.hold()
            let price = try #require(try await world.subscription(served.id).providerLink?.price).rawValue
            // Somebody pays and has nothing for it: the order to end it never left.
            try await world.services.controls.set(.providerWrites, isOn: false, because: "a fault is looked into", by: "Ada")
            try await world.cancel(served.id, .immediate)
            try await world.database.adminClient.execute("UPDATE billing.intent SET state = 'superseded' WHERE state = 'queued'")
            try await world.database.adminClient.execute("UPDATE billing.subscription SET provider_sync = 'confirmed'")
            try await world.services.controls.set(.providerWrites, isOn: true, because: "the fault was found", by: "Ada")
            // Somebody sells by hand, another one gives a discount, and one subscription is gone without a trace.
            try await simulator.call(
                "POST", "/v1/subscriptions", "customer=\(served.customer.rawValue)&items[0][price]=\(price)&trial_period_days=30")
            let product = try await simulator.call("POST", "/v1/products", "name=other")
            let other = try await simulator.call(
                "POST", "/v1/prices",
                "product=\(product["id"]?.stringValue ?? "")&currency=usd&unit_amount=100&recurring[interval]=month")
            let item = try await world.remote(repriced)["items"]?["data"]?.list.first?["id"]?.stringValue ?? ""
            try await simulator.call(
                "POST", "/v1/subscriptions/\(repriced.provider.rawValue)",
                "items[0][id]=\(item)&items[0][price]=\(other["id"]?.stringValue ?? "")&proration_behavior=none")
            try await simulator.call("DELETE", "/v1/subscriptions/\(lost.provider.rawValue)")
            try await world.database.adminClient.execute(
                "UPDATE billing.subscription SET provider_subscription_id = 'sub_gone', backing_detail = 'sub_gone' WHERE id = \(lost.id)")
            try await reconcile(world)
            let found = try await open(world)
            let wanted: [String: DriftRepair] = [
                "missing_here": .endThere, "missing_there": .endHere, "paid_without_service": .endThere, "price": .oldPrice,
            ]
            #expect(Set(found.keys) == Set(wanted.keys))
            let before = try await written(world)
            for (category, id) in found {
                let plan = try await world.services.driftRepairs.propose(id)
                #expect(plan.repair == wanted[category] && plan.effects.count == 1 && !plan.isRepeated && !plan.repair.isSafe)
                await #expect(throws: DriftRepairs<TestBillingStore>.Refusal.nobody) { _ = try await apply(id, world, by: "") }
            }
            #expect(try await written(world) == before)
            for (_, id) in found {
                let proposed = try await world.services.driftRepairs.propose(id)
                let ordered = try await apply(id, world)
                #expect(ordered.repair == proposed.repair && ordered.effects == proposed.effects && !ordered.isRepeated)
            }
            let orders = try await world.count("SELECT count(*) FROM billing.intent")
            for (category, id) in found where category != "missing_there" {
                // Of a row that was ended nothing is left to do.
                if let again = try? await apply(id, world) { #expect(again.isRepeated) }
            }
            #expect(try await world.count("SELECT count(*) FROM billing.intent") == orders)
            for _ in 1...2 { try await world.settle() }
            try await reconcile(world)
            #expect(try await open(world).isEmpty)
            #expect(try await world.subscription(lost.id).status == .canceled)
            #expect(try await world.subscription(repriced.id).status == .active)
            #expect(try await world.remote(repriced)["items"]?["data"]?.list.first?["price"]?["unit_amount"]?.int == 9_900)
            let running = try await simulator.call("GET", "/v1/subscriptions?status=all&limit=100")["data"]?.list.filter {
                $0["status"]?.stringValue != "canceled"
            }
            #expect(running?.map { $0["id"]?.stringValue } == [repriced.provider.rawValue])
            #expect(try await world.entries("provider_drift_repair_ordered") == 4)
            #expect(try await world.count("SELECT count(*) FROM billing.decision WHERE rule = 'drift_repair' AND actor = 'Ada'") == 4)
            await #expect(throws: DriftRepairs<TestBillingStore>.Refusal.closed(.repaired)) {
                _ = try await apply(try #require(found["price"]), world)
            }
            try await reconcile(world)
            #expect(try await world.count("SELECT count(*) FROM billing.intent") == orders)
        }
    }

    @Test func `BIL-124 what no command repairs may stay by a name and a reason, until it is another difference or the time is over`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let wish = IssueAccountCredit(
                org: world.org, amount: Money(minorUnits: 1_000, currency: .usd), source: .goodwill, reason: "an apology", key: "one")
            _ = try await world.services.money.credits.issue(wish, by: .system(component: "test"))
            try await world.settle()
            world.mailbag.hold()
            let path = "/v1/customers/\(sold.customer.rawValue)/balance_transactions"
            try await world.simulator.call("POST", path, "amount=300&currency=usd")
            try await reconcile(world)
            let first = try #require(try await open(world)["balance"])
            let repairs = world.services.driftRepairs
            await #expect(throws: DriftRepairs<TestBillingStore>.Refusal.byHand(.balance)) { _ = try await repairs.propose(first) }
            let actor = AuditActor.system(component: "test")
            await #expect(throws: DriftRepairs<TestBillingStore>.Refusal.reason) {
                _ = try await repairs.dismiss(first, until: nil, because: "short", by: "Ada", as: actor)
            }
            let end = world.now + .days(30)
            _ = try await repairs.dismiss(first, until: end, because: "agreed with the customer", by: "Ada", as: actor)
            #expect(try await world.entries("provider_drift_dismissed") == 1)
            try await reconcile(world)
            #expect(try await open(world).isEmpty)
            // Another figure is another difference.
            try await world.simulator.call("POST", path, "amount=200&currency=usd")
            try await reconcile(world)
            #expect(try await open(world)["balance"] != nil)
            try await world.simulator.call("POST", path, "amount=-200&currency=usd")
            try await reconcile(world)
            let told = try await world.entries("provider_drift_detected")
            // Once the time is over the first one is told again.
            world.clock.advance(to: end)
            try await reconcile(world)
            let again = try #require(try await open(world)["balance"])
            #expect(again != first)
            #expect(try await world.entries("provider_drift_detected") == told + 1)
        }
    }
}
