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

/// News about things around a subscription: payments, schedules, prices, products, customers, bills that could not be finalised.
@Suite struct HintsAtProviderTests {
    private func type(_ letter: Mailbag.Letter) throws -> String {
        try #require(JSON.decode(JSONValue.self, from: letter.body)["type"]?.stringValue)
    }

    private func handIn(_ id: String, _ type: String, _ object: String, _ world: SimulatedWorld) async throws {
        let body = #"{"id":"\#(id)","object":"event","type":"\#(type)","created":1,"livemode":false,"data":{"object":\#(object)}}"#
        try await world.mailbag.handIn([world.signed(Array(body.utf8))])
        try await world.worker.drain()
    }

    private func drift(_ world: SimulatedWorld, _ state: String) async throws -> [String] {
        try await world.database.adminClient.query(
            "SELECT category || ' ' || severity AS item FROM billing.drift_item WHERE state = \(state) ORDER BY category"
        ).map { try $0.decode("item") }
    }

    @Test(arguments: ["released", "updated", "completed"])
    func `STR-107 what a schedule did to a subscription is read there, also when only the schedule is told of`(_ what: String) async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            world.mailbag.hold()
            try await world.simulator.call("POST", "/v1/subscriptions/\(sold.provider.rawValue)", "cancel_at_period_end=true")
            try await world.settle()
            _ = world.mailbag.empty()
            let (owned, released) =
                what == "released" ? ("null", "\"\(sold.provider.rawValue)\"") : ("\"\(sold.provider.rawValue)\"", "null")
            try await handIn(
                "evt_schedule", "subscription_schedule.\(what)",
                #"{"id":"sub_sched_1","object":"subscription_schedule","subscription":\#(owned),"released_subscription":\#(released)}"#,
                world)
            let row = try await world.subscription(sold.id)
            #expect(row.cancellation?.origin == .portal)
            #expect(row.endsAt == row.currentPeriod?.end)
        }
    }

    @Test func `STR-107 a schedule that was aborted has ended its subscription for debt`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            world.mailbag.hold()
            try await world.simulator.call("DELETE", "/v1/subscriptions/\(sold.provider.rawValue)")
            try await world.settle()
            _ = world.mailbag.empty()
            try await handIn(
                "evt_schedule", "subscription_schedule.aborted",
                #"{"id":"sub_sched_1","object":"subscription_schedule","subscription":"\#(sold.provider.rawValue)"}"#, world)
            let row = try await world.subscription(sold.id)
            #expect(row.status == .canceled)
            #expect(row.cancellation?.origin == .paymentFailure)
        }
    }

    @Test(arguments: ["charge.succeeded", "payment_intent.succeeded", "invoice_payment.paid"])
    func `STR-109 news of a payment is only a reason to read the bill that it pays, which tells of itself once`(_ first: String)
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let end = try #require(try await world.subscription(sold.id).currentPeriod?.end)
            world.mailbag.hold()
            try await world.pass(until: end + .hours(2))
            let letters = world.mailbag.empty()
            for letter in letters where try type(letter) == first { try await world.mailbag.handIn([world.signed(letter.body)]) }
            try await world.worker.drain()
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE status = 'paid'") == 2)
            #expect(try await world.subscription(sold.id).currentPeriod?.start == end)
            try await world.mailbag.handIn(letters.map { world.signed($0.body) })
            try await world.worker.drain()
            #expect(try await world.events("invoice_paid") == 2)
            #expect(try await world.events("subscription_renewed") == 1)
            // A payment for something that is none of ours is nobody's concern here, and waits for nobody.
            try await handIn(
                "evt_other", "charge.succeeded", #"{"id":"ch_other","object":"charge","payment_intent":"pi_other"}"#, world)
            let ignored = try await world.count(
                "SELECT count(*) FROM billing.inbound_event WHERE provider_event_id = 'evt_other' AND outcome = 'ignored'")
            #expect(ignored == 1)
        }
    }

    @Test func `STR-109 a charge that failed is no notice of its own: the bill is read, and its failure told once`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.program(sold, "insufficient_funds")
            world.mailbag.hold()
            try await world.pass(.days(31) + .hours(2))
            let letters = world.mailbag.empty()
            for wanted in ["charge.failed", "payment_intent.payment_failed"] {
                for letter in letters where try type(letter) == wanted { try await world.mailbag.handIn([world.signed(letter.body)]) }
                try await world.worker.drain()
                #expect(try await world.subscription(sold.id).status == .pastDue)
                #expect(try await world.events("payment_failed") == 1)
            }
        }
    }

    @Test func `STR-108 a price or product that somebody changed is drift until it is as it was`() async throws {
        try await SimulatedWorld.with { world in
            _ = try await world.buyGraph()
            let found = try #require(
                try await world.database.adminClient.query(
                    "SELECT provider_price_id, provider_product_id FROM billing.plan_price WHERE provider_price_id IS NOT NULL"
                ).first)
            let (price, product): (String, String) = (try found.decode("provider_price_id"), try found.decode("provider_product_id"))
            let name = try await world.simulator.call("GET", "/v1/products/\(product)")["name"]?.stringValue ?? ""
            try await world.simulator.call("POST", "/v1/prices/\(price)", "active=false")
            try await world.simulator.call("POST", "/v1/products/\(product)", "name=Renamed")
            try await world.settle()
            #expect(try await drift(world, "open") == ["amount high", "product medium"])
            #expect(try await world.entries("provider_drift_detected") == 2)
            // A night does not close what it did not look for.
            try await world.store.withTransaction(.system) { try await $0.enqueue(ReconcileProvider(), .standard) }
            try await world.settle()
            #expect(try await drift(world, "open") == ["amount high", "product medium"])
            try await world.simulator.call("POST", "/v1/prices/\(price)", "active=true")
            try await world.simulator.call("POST", "/v1/products/\(product)", "name=\(StripeText.form(name))")
            try await world.settle()
            #expect(try await drift(world, "open").isEmpty)
            #expect(try await drift(world, "repaired").count == 2)
        }
    }

    @Test func `STR-102 a customer that was changed there is read again; our billing address stays, and a difference is drift`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let path = "/v1/customers/\(sold.customer.rawValue)"
            try await world.database.adminClient.execute("UPDATE billing.customer SET billing_email = 'bills@example.com'")
            let wish = IssueAccountCredit(
                org: world.org, amount: Money(minorUnits: 500, currency: .usd), source: .goodwill, reason: "an apology", key: "one")
            _ = try await world.services.money.credits.issue(wish, by: .system(component: "test"))
            try await world.settle()
            let card = try await world.simulator.call(
                "POST", "/v1/payment_methods/pm_card_mastercard/attach", "customer=\(sold.customer.rawValue)")
            let method = try #require(card["id"]?.stringValue)
            try await world.simulator.call(
                "POST", path, "email=other@example.com&invoice_settings[default_payment_method]=\(method)")
            try await world.settle()
            let kept = try await world.count("SELECT count(*) FROM billing.customer WHERE billing_email = 'bills@example.com'")
            #expect(kept == 1)
            #expect(try await drift(world, "open") == ["contact medium"])
            let told = try await world.count("SELECT count(*) FROM billing.drift_item WHERE ours LIKE '%@%' OR theirs LIKE '%@%'")
            #expect(told == 0)
            let isDefault = try await world.count(
                "SELECT count(*) FROM billing.payment_method WHERE provider_method_id = \(method) AND is_default")
            #expect(isDefault == 1)
            // Somebody takes from the balance: it is compared, and the difference told.
            for _ in 1...3 { try await world.pass(.minutes(1)) }
            try await world.simulator.call("POST", path + "/balance_transactions", "amount=300&currency=usd")
            for _ in 1...3 { try await world.pass(.minutes(1)) }
            #expect(try await world.events("account_credit_drifted") >= 1)
            try await world.simulator.call("POST", path, "email=bills@example.com")
            try await world.settle()
            #expect(try await drift(world, "open").isEmpty)
        }
    }

    @Test func `STR-092 a bill that could not be finalised is drift of high severity until it is`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let end = try #require(try await world.subscription(sold.id).currentPeriod?.end)
            try await world.pass(until: end + .minutes(5))
            let draft = try await world.newestInvoice(sold)
            #expect(draft["status"] == "draft")
            let id = try #require(draft["id"]?.stringValue)
            try await handIn("evt_failed", "invoice.finalization_failed", #"{"id":"\#(id)","object":"invoice"}"#, world)
            #expect(try await drift(world, "open") == ["finalization high"])
            #expect(try await world.entries("provider_drift_detected") == 1)
            #expect(try await world.subscription(sold.id).status == .active)
            try await world.pass(until: end + .hours(2))
            #expect(try await drift(world, "repaired") == ["finalization high"])
        }
    }

    @Test func `STR-E28 of two items with different intervals the earliest renews, the latest bounds access, and nothing breaks`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let (_, _, id) = try await world.page()
            let customer = try #require(try await world.services.store(world.store, customerOf: world.org))
            let card = try await world.simulator.call("POST", "/v1/payment_methods/pm_card_visa/attach", "customer=\(customer.rawValue)")
            try await world.simulator.call(
                "POST", "/v1/customers/\(customer.rawValue)",
                "invoice_settings[default_payment_method]=\(card["id"]?.stringValue ?? "")")
            let price = try #require(
                try await world.database.adminClient.query(
                    "SELECT provider_price_id FROM billing.plan_price WHERE provider_price_id IS NOT NULL"
                ).first
            ).decode("provider_price_id", as: String.self)
            let product = try await world.simulator.call("POST", "/v1/products", "name=yearly")
            let yearly = try await world.simulator.call(
                "POST", "/v1/prices", "product=\(product["id"]?.stringValue ?? "")&currency=usd&unit_amount=100&recurring[interval]=year")
            try await world.simulator.call(
                "POST", "/v1/subscriptions",
                """
                customer=\(customer.rawValue)&items[0][price]=\(price)&items[1][price]=\(yearly["id"]?.stringValue ?? "")\
                &metadata[trellis_subscription]=\(id)&metadata[trellis_org]=\(world.org)
                """)
            try await world.settle()
            let sold = try await world.provision(id, as: "kg0123456789abcdef0123")
            let first = try #require(try await world.subscription(id).currentPeriod)
            #expect(first.end == SimulatedWorld.start + .days(31))
            try await world.pass(until: first.end + .hours(2))
            #expect(try await world.subscription(id).status == .active)
            // The monthly item renewed; the yearly one still began when it did.
            let second = try #require(try await world.subscription(id).currentPeriod)
            #expect(second.start == first.start && second.end > first.end)
            #expect(try await world.remote(sold)["items"]?["data"]?.list.count == 2)
        }
    }
}

enum StripeText {
    /// A text as a value of a form.
    static func form(_ text: String) -> String {
        text.utf8.map { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + Hex.encode([byte])
        }.joined()
    }
}
