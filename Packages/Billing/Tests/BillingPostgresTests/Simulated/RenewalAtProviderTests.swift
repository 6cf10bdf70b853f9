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

/// Renewals, failures and recoveries as the provider plays them, day by day.
@Suite struct RenewalAtProviderTests {
    @Test func `STR-E50 STR-094 a first payment that is declined gives no access and starts no dunning, and the page can still be paid`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let (url, _, id) = try await world.page()
            #expect(try await world.simulator.pay(url, card: "4000000000000002") == 402)
            try await world.settle()
            #expect(try await world.subscription(id).status == .pendingPayment)
            #expect(try await world.events("payment_failed") == 0)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case") == 0)
            #expect(try await world.simulator.pay(url) == 303)
            try await world.settle()
            #expect(try await world.subscription(id).status == .provisioning)
        }
    }

    @Test func `STR-E50 STR-094 a subscription whose first payment never came lapses after 23 hours with its invoice void`() async throws {
        try await SimulatedWorld.with { world in
            let (_, _, id) = try await world.page()
            let customer = try #require(try await world.services.store(world.store, customerOf: world.org))
            let price = try #require(
                try await world.database.adminClient.query(
                    "SELECT provider_price_id FROM billing.plan_price WHERE provider_price_id IS NOT NULL"
                ).first
            ).decode("provider_price_id", as: String.self)
            try await world.simulator.call("POST", "/v1/payment_methods/pm_card_chargeCustomerFail/attach", "customer=\(customer.rawValue)")
            try await world.simulator.call(
                "POST", "/v1/subscriptions",
                """
                customer=\(customer.rawValue)&items[0][price]=\(price)&payment_behavior=default_incomplete\
                &metadata[trellis_subscription]=\(id)&metadata[trellis_org]=\(world.org)
                """)
            try await world.settle()
            #expect(try await world.subscription(id).status == .pendingPayment)
            try await world.pass(.hours(24))
            let over = try await world.subscription(id)
            #expect(over.status == .canceled)
            #expect(over.cancellation?.origin == .provider)
            #expect(over.startedAt == nil)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE status = 'void'") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case") == 0)
            #expect(try await world.events("payment_failed") == 0)
        }
    }

    @Test func `STR-E52 a failed renewal runs its grace, and a new card that pays ends it`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.program(sold, "insufficient_funds", "insufficient_funds")
            try await world.pass(.days(31) + .hours(2))
            let due = try await world.subscription(sold.id)
            #expect(due.status == .pastDue)
            let grace = try #require(due.graceDeadline)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case WHERE closed_at IS NULL") == 1)
            try await world.pass(.days(3))
            // The provider tried once more: the deadline stays, the attempts are counted.
            #expect(try await world.subscription(sold.id).graceDeadline == grace)
            #expect(try await world.count("SELECT max(attempts)::bigint FROM billing.dunning_case") == 2)
            let card = try await world.simulator.call(
                "POST", "/v1/payment_methods/pm_card_mastercard/attach", "customer=\(sold.customer.rawValue)")
            let method = try #require(card["id"]?.stringValue)
            try await world.simulator.call("POST", "/v1/subscriptions/\(sold.provider.rawValue)", "default_payment_method=\(method)")
            let invoice = try #require(try await world.newestInvoice(sold)["id"]?.stringValue)
            try await world.simulator.call("POST", "/v1/invoices/\(invoice)/pay")
            try await world.settle()
            let settled = try await world.subscription(sold.id)
            #expect(settled.status == .active)
            #expect(settled.graceDeadline == nil)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case WHERE closed_at IS NULL") == 0)
            #expect(try await world.simulator.ledger().first?["charged"]?.int == 19_800)
            try await world.pass(.days(20))
            #expect(try await world.subscription(sold.id).status == .active)
        }
    }

    @Test(arguments: ["cancel", "unpaid", "past_due"])
    func `STR-E53 whatever the account does once its retries are used up, the row has a defined state`(_ action: String) async throws {
        try await SimulatedWorld.with { world in
            try await world.simulator.control("POST", "/settings", #"{"end_action":"\#(action)","retry_days":[2,2]}"#)
            let sold = try await world.buyGraph()
            try await world.program(sold, "generic_decline", "generic_decline", "generic_decline", "generic_decline", "generic_decline")
            try await world.pass(.days(31) + .hours(2))
            #expect(try await world.subscription(sold.id).status == .pastDue)
            try await world.pass(.days(7))
            let row = try await world.subscription(sold.id)
            switch action {
            case "cancel":
                #expect(row.status == .canceled)
                #expect(row.cancellation?.origin == .paymentFailure)
            case "unpaid": #expect(row.status == .unpaid)
            default:
                #expect(row.status == .pastDue)
                // Ours comes by its own date although the provider says nothing more.
                try await world.pass(.days(8))
                #expect(try await world.subscription(sold.id).status == .unpaid)
                try await world.pass(.days(14))
                #expect(try await world.subscription(sold.id).status == .canceled)
                #expect(try await world.remote(sold)["status"] == "canceled")
            }
            #expect(try await world.simulator.ledger().first?["charged"]?.int == 9_900)
        }
    }

    @Test func `STR-E54 a draft notice that nobody acknowledges for days takes nobody's access`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let end = try #require(try await world.subscription(sold.id).currentPeriod?.end)
            try await world.pass(until: end + .minutes(-1))
            world.mailbag.breakDown(true)
            try await world.pass(until: end + .hours(2))
            // Unacknowledged, the draft waits; the row knows nothing, and says so by staying as it is.
            #expect(try await world.newestInvoice(sold)["status"] == "draft")
            #expect(try await world.subscription(sold.id).status == .active)
            try await world.pass(until: end + .days(2))
            #expect(try await world.subscription(sold.id).status == .active)
            #expect(try await world.subscription(sold.id).closedAt == nil)
            try await world.pass(until: end + .days(3) + .hours(1))
            #expect(try await world.newestInvoice(sold)["status"] == "paid")
            world.mailbag.breakDown(false)
            try await world.pass(.days(2))
            let row = try await world.subscription(sold.id)
            #expect(row.status == .active)
            #expect(row.currentPeriod?.start == end)
            #expect(try await world.events("subscription_renewed") == 1)
        }
    }

    @Test(arguments: ["card", "declined", "cancel", "pause"])
    func `STR-E55 a trial goes over to active or past due, or to what the account wishes for those without a method`(_ policy: String)
        async throws
    {
        try await SimulatedWorld.with { world in
            let (sold, end) = try await trial(policy, in: world)
            #expect(try await world.subscription(sold.id).trialEnd == end)
            if policy == "declined" { try await world.program(sold, "insufficient_funds") }
            try await world.pass(until: end + .hours(2))
            let row = try await world.subscription(sold.id)
            switch policy {
            case "card":
                #expect(row.status == .active)
                #expect(try await world.simulator.ledger().first?["charged"]?.int == 9_900)
            case "declined":
                #expect(row.status == .pastDue)
                #expect(try await world.simulator.ledger().first?["charged"]?.int == 0)
            case "pause":
                #expect(row.status == .paused)
                let customer = sold.customer.rawValue
                let card = try await world.simulator.call("POST", "/v1/payment_methods/pm_card_visa/attach", "customer=\(customer)")
                try await world.simulator.call(
                    "POST", "/v1/customers/\(customer)",
                    "invoice_settings[default_payment_method]=\(card["id"]?.stringValue ?? "")")
                try await world.simulator.call("POST", "/v1/subscriptions/\(sold.provider.rawValue)/resume")
                try await world.settle()
                #expect(try await world.subscription(sold.id).status == .active)
                #expect(try await world.simulator.ledger().first?["charged"]?.int == 9_900)
            default: #expect(row.status == .canceled)
            }
        }
    }

    @Test(arguments: [Subscription.Cancellation.Mode.periodEnd, .immediate])
    func `STR-E55 a trial that is cancelled ends with the trial or at once, as asked, and is never charged`(
        _ mode: Subscription.Cancellation.Mode
    ) async throws {
        try await SimulatedWorld.with { world in
            let (sold, end) = try await trial("card", in: world)
            try await world.pass(.days(3))
            try await world.cancel(sold.id, mode)
            try await world.settle()
            let row = try await world.subscription(sold.id)
            #expect(row.endsAt == (mode == .immediate ? world.now : end))
            try await world.pass(until: end + .hours(3))
            #expect(try await world.subscription(sold.id).closedAt != nil)
            #expect(try await world.remote(sold)["status"] == "canceled")
            #expect(try await world.simulator.ledger().first?["charged"]?.int == 0)
        }
    }

    /// A row whose subscription began with a trial of ten days.
    private func trial(_ policy: String, in world: SimulatedWorld) async throws -> (SimulatedWorld.Sold, Instant) {
        let (_, _, id) = try await world.page()
        let customer = try #require(try await world.services.store(world.store, customerOf: world.org))
        let hasCard = policy == "card" || policy == "declined"
        if hasCard {
            let card = try await world.simulator.call("POST", "/v1/payment_methods/pm_card_visa/attach", "customer=\(customer.rawValue)")
            try await world.simulator.call(
                "POST", "/v1/customers/\(customer.rawValue)",
                "invoice_settings[default_payment_method]=\(card["id"]?.stringValue ?? "")")
        }
        let price = try #require(
            try await world.database.adminClient.query(
                "SELECT provider_price_id FROM billing.plan_price WHERE provider_price_id IS NOT NULL"
            )
            .first
        ).decode("provider_price_id", as: String.self)
        let behavior = hasCard ? "" : "&trial_settings[end_behavior][missing_payment_method]=\(policy)"
        try await world.simulator.call(
            "POST", "/v1/subscriptions",
            """
            customer=\(customer.rawValue)&items[0][price]=\(price)&trial_period_days=10&metadata[trellis_subscription]=\(id)\
            &metadata[trellis_org]=\(world.org)\(behavior)
            """)
        try await world.settle()
        let sold = try await world.provision(id, as: "kg0123456789abcdef0123")
        return (sold, SimulatedWorld.start + .days(10))
    }

    @Test func `STR-E68 what is cancelled while it owes ends now, and its open invoice is never collected`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.program(sold, "generic_decline")
            try await world.pass(.days(31) + .hours(2))
            #expect(try await world.subscription(sold.id).status == .pastDue)
            try await world.cancel(sold.id, .immediate)
            try await world.settle()
            #expect(try await world.subscription(sold.id).status == .canceled)
            // The card would pay now: nobody asks it.
            try await world.pass(.days(40))
            #expect(try await world.simulator.ledger().first?["charged"]?.int == 9_900)
            #expect(try await world.remote(sold)["status"] == "canceled")
            #expect(try await world.subscription(sold.id).status == .canceled)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case WHERE closed_at IS NULL") == 0)
        }
    }
}
