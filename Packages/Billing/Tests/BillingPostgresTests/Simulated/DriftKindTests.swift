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

/// Every kind of difference between here and there, one at a time (BIL-123).
@Suite struct DriftKindTests {
    private func reconcile(_ world: SimulatedWorld) async throws {
        try await world.store.withTransaction(.system) { try await $0.enqueue(ReconcileProvider(), .standard) }
        try await world.worker.drain()
    }

    private func found(_ world: SimulatedWorld) async throws -> [String] {
        try await world.database.adminClient.query(
            "SELECT category || ' ' || severity AS item FROM billing.drift_item WHERE state = 'open' ORDER BY category"
        ).map { try $0.decode("item") }
    }

    /// Makes a difference that no event tells of.
    private func disturb(_ category: DriftItem.Category, _ sold: SimulatedWorld.Sold, _ world: SimulatedWorld) async throws {
        let simulator = world.simulator
        let (path, customer) = ("/v1/subscriptions/\(sold.provider.rawValue)", "/v1/customers/\(sold.customer.rawValue)")
        let price = try #require(try await world.subscription(sold.id).providerLink?.price).rawValue
        switch category {
        case .missingHere:
            try await simulator.call(
                "POST", "/v1/subscriptions", "customer=\(sold.customer.rawValue)&items[0][price]=\(price)&trial_period_days=30")
        case .missingThere:
            try await world.database.adminClient.execute(
                "UPDATE billing.subscription SET provider_subscription_id = 'sub_gone', backing_detail = 'sub_gone' WHERE id = \(sold.id)")
        case .status:
            try await world.program(sold, "insufficient_funds")
            try await simulator.control("POST", "/clock", #"{"by_seconds":2764800}"#)
        case .endDate:
            let date = (world.now + .days(3)).secondsSinceEpoch
            try await simulator.call("POST", path, "cancel_at_period_end=false&cancel_at=\(date)")
        case .period: try await simulator.control("POST", "/clock", #"{"by_seconds":2764800}"#)
        case .price:
            let product = try await simulator.call("POST", "/v1/products", "name=other")
            let other = try await simulator.call(
                "POST", "/v1/prices",
                "product=\(product["id"]?.stringValue ?? "")&currency=usd&unit_amount=100&recurring[interval]=month")
            let item = try await world.remote(sold)["items"]?["data"]?.list.first?["id"]?.stringValue ?? ""
            try await simulator.call(
                "POST", path, "items[0][id]=\(item)&items[0][price]=\(other["id"]?.stringValue ?? "")&proration_behavior=none")
        case .amount: try await simulator.call("POST", "/v1/prices/\(price)", "active=false")
        case .balance: try await simulator.call("POST", customer + "/balance_transactions", "amount=300&currency=usd")
        case .method:
            try await simulator.call("POST", "/v1/payment_methods/pm_card_mastercard/attach", "customer=\(sold.customer.rawValue)")
        case .customerLink:
            let other = try await simulator.call("POST", "/v1/customers", "name=other")
            try await world.database.adminClient.execute(
                "UPDATE billing.customer SET provider_customer_id = \(other["id"]?.stringValue ?? "")")
        case .paidWithoutService:
            try await world.services.controls.set(.providerWrites, isOn: false, because: "a fault is looked into", by: "Ada")
            try await world.cancel(sold.id, .immediate)
            try await world.database.adminClient.execute("UPDATE billing.subscription SET provider_sync = 'confirmed'")
        case .serviceWithoutPayment: try await simulator.call("DELETE", path)
        case .invoice:
            let bill = try await simulator.call(
                "POST", "/v1/invoices", "customer=\(sold.customer.rawValue)&auto_advance=false&currency=usd")
            try await simulator.call("POST", "/v1/invoices/\(bill["id"]?.stringValue ?? "")/finalize")
            // What is younger may still be told by an event.
            try await simulator.control("POST", "/clock", #"{"by_seconds":1000}"#)
        case .refund:
            let payment = try await simulator.call("GET", "/v1/payment_intents")["data"]?.list.first?["id"]?.stringValue ?? ""
            try await simulator.call("POST", "/v1/refunds", "payment_intent=\(payment)&amount=100")
        case .dispute: try await simulator.control("POST", "/clock", #"{"by_seconds":120}"#)
        case .product, .contact, .finalization: break
        }
    }

    @Test(
        arguments: DriftItem.Category.allCases.filter { ![.product, .contact, .finalization].contains($0) })
    func `BIL-123 STR-127 STR-E58 each kind of difference is found by the night, with how bad it is and what to do about it`(
        _ category: DriftItem.Category
    )
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph(card: category == .dispute ? "4000000000000259" : "4242424242424242")
            if category == .balance {
                let wish = IssueAccountCredit(
                    org: world.org, amount: Money(minorUnits: 1_000, currency: .usd), source: .goodwill, reason: "an apology", key: "one")
                _ = try await world.services.money.credits.issue(wish, by: .system(component: "test"))
                try await world.settle()
            }
            if category == .endDate {
                try await world.cancel(sold.id, .periodEnd)
                try await world.settle()
            }
            try await reconcile(world)
            #expect(try await found(world).isEmpty)
            world.mailbag.hold()
            // Found, and left to a person to look at.
            try await world.services.controls.set(.autoRepair, isOn: false, because: "a person looks first", by: "Ada")
            try await disturb(category, sold, world)
            try await reconcile(world)
            let items = try await found(world)
            #expect(items.contains("\(category.rawValue) \(category.severity.rawValue)"), "\(items)")
            let told = try await world.count(
                """
                SELECT count(*) FROM audit.entry WHERE type = 'provider_drift_detected' AND data ->> 'category' = \(category.rawValue)
                    AND length(data ->> 'proposed_repair') > 10
                    AND risk = \(category.severity == .critical ? "high" : "medium")
                """)
            #expect(told == 1)
            // A night later it is the same difference.
            try await reconcile(world)
            #expect(try await found(world) == items)
        }
    }

    @Test func `STR-127 STR-128 what happened in a month without any event is found by night, mirrored by reading, and then gone`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph(card: "4000000000000259")
            world.mailbag.hold()
            let payment = try await world.simulator.call("GET", "/v1/payment_intents")["data"]?.list.first?["id"]?.stringValue ?? ""
            try await world.simulator.call("POST", "/v1/refunds", "payment_intent=\(payment)&amount=100")
            let bill = try await world.simulator.call(
                "POST", "/v1/invoices", "customer=\(sold.customer.rawValue)&auto_advance=false&currency=usd")
            try await world.simulator.call("POST", "/v1/invoices/\(bill["id"]?.stringValue ?? "")/finalize")
            try await world.simulator.control("POST", "/clock", #"{"by_seconds":2764800}"#)
            // What was paid in between is mirrored by the first night, and what became of those payments by the second.
            for _ in 1...3 {
                try await reconcile(world)
                try await world.worker.drain()
            }
            #expect(try await found(world).isEmpty)
            let seen = try await world.database.adminClient.query("SELECT DISTINCT category FROM billing.drift_item ORDER BY category").map
            {
                try $0.decode("category", as: String.self)
            }
            #expect(Set(seen).isSuperset(of: ["dispute", "invoice", "period", "refund"]), "\(seen)")
            #expect(try await world.count("SELECT count(*) FROM billing.refund WHERE amount = 100 AND status = 'succeeded'") == 1)
            let contested = try await world.simulator.call("GET", "/v1/disputes?limit=100")["data"]?.list.count
            #expect(try await world.count("SELECT count(*) FROM billing.dispute") == contested)
            let theirs = try await world.simulator.call("GET", "/v1/invoices?limit=100")["data"]?.list.count
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == theirs)
            // Each look was decided by a rule, and a stored decision that is put to it again is answered in the same way (BIL-129).
            let decisions = try await world.store.withTransaction(.system) {
                try await $0.decisions(by: .driftRepair, since: SimulatedWorld.start, limit: 100)
            }
            #expect(decisions.count >= 4)
            for decision in decisions { #expect(try DecisionReplay().outcome(of: decision) == decision.outcome) }
            #expect(try await world.count("SELECT count(*) FROM billing.decision WHERE catalogue_hash IS NULL") == 0)
        }
    }

    @Test func `BIL-123 a customer that pays by other cards is read again, and an order without row or payment is critical`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            world.mailbag.hold()
            try await disturb(.method, sold, world)
            for _ in 1...2 {
                try await reconcile(world)
                try await world.worker.drain()
            }
            #expect(try await found(world).isEmpty)
            #expect(try await world.count("SELECT count(*) FROM billing.payment_method WHERE state <> 'detached'") == 2)
            #expect(DriftItem.Category.allCases.filter { $0.severity == .critical } == [.paidWithoutService, .serviceWithoutPayment])
        }
    }
}
