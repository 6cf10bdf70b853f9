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

/// Keys that were used for something else, deaths between a decision and what follows from it, two payments for one thing.
@Suite struct EdgesAtProviderTests {
    private func count(_ world: SimulatedWorld, _ method: String, _ path: String) async throws -> Int {
        try await world.simulator.transcript(method, path).count
    }

    @Test func `STR-009 STR-E32 a key that was used for another request stops the intent at once: an alarm, and not one more try`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.cancel(sold.id, .periodEnd)
            let row = try #require(
                try await world.database.adminClient.query("SELECT id FROM billing.intent WHERE kind = 'cancel_at_period_end'").first)
            let id: ProviderIntent.ID = try row.decode("id")
            // Somebody else has used the key, for another thing.
            var request = ClientRequest(
                "POST", world.simulator.baseURL + "/v1/customers/\(sold.customer.rawValue)", body: Array("description=other".utf8))
            request.headers["Authorization"] = "Bearer sk_test_fixture"
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
            request.headers["Idempotency-Key"] = "\(id)-1"
            #expect(try await world.simulator.transport.send(request).status == 200)
            let path = "/v1/subscriptions/\(sold.provider.rawValue)"
            try await world.settle()
            #expect(try await count(world, "POST", path) == 1)
            for _ in 1...3 { try await world.pass(.hours(9)) }
            #expect(try await count(world, "POST", path) == 1)
            let refused = try await world.count(
                "SELECT count(*) FROM billing.intent WHERE id = \(id) AND state = 'refused' AND generation = 1")
            #expect(refused == 1)
            #expect(try await world.entries("provider_cancel_failed") == 1)
            #expect(try await world.remote(sold)["cancel_at_period_end"] == false)
        }
    }

    @Test func `STR-009 STR-010 what a look finds done is not sent again, and no other key is made for it`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let path = "/v1/subscriptions/\(sold.provider.rawValue)"
            try await world.simulator.fault(#"{"kind":"cut_after","method":"POST","path":"\#(path)"}"#)
            try await world.cancel(sold.id, .periodEnd)
            try await world.worker.drain()
            try await world.simulator.control("DELETE", "/faults")
            let sent = try await count(world, "POST", path)
            #expect(sent >= 1)
            // Nineteen hours later the key still counts; a day later only a look does.
            try await world.simulator.control("POST", "/clock", #"{"by_seconds":75600}"#)
            try await world.settle()
            #expect(try await count(world, "POST", path) == sent)
            #expect(try await world.subscription(sold.id).providerSync == .confirmed)
            #expect(try await world.count("SELECT generation::bigint FROM billing.intent WHERE kind = 'cancel_at_period_end'") == 1)
            #expect(try await world.remote(sold)["cancel_at_period_end"] == true)
        }
    }

    @Test func `STR-E42 of two pages that were paid for one seat the second is ended and given back, once`() async throws {
        try await SimulatedWorld.with { world in
            var pages: [(url: String, id: Subscription.ID)] = []
            for plan in ["starter", "advanced"] {
                let request = CheckoutRequest(
                    principal: world.owner, namedOrg: nil, planName: plan, resourceType: .repository,
                    configuration: ["repository_name": "sec"])
                guard case .open(let url, _, let id) = try await world.services.billing.startCheckout(request) else {
                    throw NotPartOfTheTest()
                }
                pages.append((url, id))
                // As a page of long ago that the provider could not close any more.
                try await world.database.adminClient.execute("UPDATE billing.checkout SET started_by = \(User.ID.make(at: world.now))")
            }
            for page in pages { #expect(try await world.simulator.pay(page.url) == 303) }
            for _ in 1...4 { try await world.pass(.minutes(1)) }
            let rows = [try await world.subscription(pages[0].id), try await world.subscription(pages[1].id)]
            #expect(rows.filter { $0.status == .active }.count == 1)
            let kept = try #require(rows.first { $0.status == .active })
            let price: Int64 = kept.plan.key.name.contains("starter") ? 2_900 : 9_900
            let ledger = try #require(try await world.simulator.ledger().first)
            #expect(ledger["charged"]?.int == 12_800)
            #expect(ledger["refunded"]?.int == 12_800 - price)
            #expect(try await count(world, "POST", "/v1/refunds") == 1)
            let live = try await world.simulator.call("GET", "/v1/subscriptions")["data"]?.list
            #expect(live?.map { $0["status"]?.stringValue } == ["active"])
        }
    }

    @Test(arguments: [0, 2])
    func `STR-E64 BIL-060 a death between an end and what it gives back leaves one credit, resumed at once or after days`(_ days: Int64)
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.pass(.days(15) + .hours(12))
            // Decided, and nothing of it was sent.
            try await world.cancel(sold.id, .immediate)
            if days > 0 { try await world.simulator.control("POST", "/clock", #"{"by_seconds":\#(days * 86_400)}"#) }
            let balance = "/v1/customers/\(sold.customer.rawValue)/balance_transactions"
            try await world.simulator.fault(#"{"kind":"cut_after","method":"POST","path":"\#(balance)","count":1}"#)
            for _ in 1...4 { try await world.pass(.minutes(2)) }
            #expect(try await world.subscription(sold.id).status == .canceled)
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 1)
            #expect(try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit WHERE source = 'unused_time'") == 4_950)
            let lines = try await world.simulator.call("GET", balance)["data"]?.list ?? []
            #expect(lines.count <= 1)
            let ledger = try #require(try await world.simulator.ledger().first)
            #expect(ledger["balance"]?.int == (lines.isEmpty ? 0 : -4_950))
            #expect(ledger["refunded"]?.int == 0)
            #expect(try await world.events("account_credit_drifted") == 0)
        }
    }

    @Test func `STR-E66 credit that is larger than the next bill pays it whole, and the rest is kept for the bills after it`() async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            func credit(_ amount: Int64, _ currency: Currency) -> IssueAccountCredit {
                IssueAccountCredit(
                    org: world.org, amount: Money(minorUnits: amount, currency: currency), source: .goodwill, reason: "an apology",
                    key: "one \(currency)")
            }
            let person = AuditActor.system(component: "test")
            await #expect(throws: MoneyRefusal.currencyMismatch(expected: .usd)) {
                _ = try await world.services.money.credits.issue(credit(100, try #require(Currency("eur"))), by: person)
            }
            _ = try await world.services.money.credits.issue(credit(25_000, .usd), by: person)
            try await world.settle()
            for (month, rest, paid) in [(1, 15_100, 0), (2, 5_200, 0), (3, 0, 4_700)] {
                let end = try #require(try await world.subscription(sold.id).currentPeriod?.end)
                try await world.pass(until: end + .hours(2))
                for _ in 1...3 { try await world.pass(.minutes(1)) }
                let bill = try await world.newestInvoice(sold)
                #expect(bill["status"] == "paid", "month \(month)")
                #expect(bill["amount_paid"]?.int == Int64(paid), "month \(month)")
                #expect(try await world.simulator.ledger().first?["balance"]?.int == -Int64(rest), "month \(month)")
                let here = try await world.count(
                    "SELECT coalesce((SELECT provider_balance_after FROM billing.account_credit_entry ORDER BY seq DESC LIMIT 1), 0)::bigint"
                )
                #expect(here == rest, "month \(month)")
                #expect(try await world.subscription(sold.id).status == .active)
            }
            #expect(try await world.events("invoice_paid") == 4)
            #expect(try await world.events("account_credit_drifted") == 0)
        }
    }

    @Test(arguments: ["balance", "uncollectible"])
    func `STR-E65 a final bill of the provider that only gives back is neither a debt nor a second credit`(_ setting: String) async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.simulator.control("POST", "/settings", #"{"credit_on_cancel":"\#(setting)"}"#)
            try await world.pass(.days(15) + .hours(12))
            // Somebody ends it at the provider, and has what was not used billed there.
            try await world.simulator.call("DELETE", "/v1/subscriptions/\(sold.provider.rawValue)?invoice_now=true&prorate=true")
            for _ in 1...3 { try await world.pass(.minutes(1)) }
            #expect(try await world.subscription(sold.id).status == .canceled)
            #expect(try await world.newestInvoice(sold)["total"]?.int == -4_950)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == 2)
            #expect(try await world.count("SELECT coalesce(sum(amount_due - amount_paid), 0)::bigint FROM billing.invoice") == 0)
            try await world.pass(.days(40))
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 0)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case") == 0)
            #expect(try await world.events("payment_failed") == 0)
            #expect(try await world.park(of: "invoice.marked_uncollectible").isEmpty)
            #expect(try await world.simulator.ledger().first?["charged"]?.int == 9_900)
            #expect(try await world.simulator.ledger().first?["balance"]?.int == (setting == "balance" ? -4_950 : 0))
        }
    }

    @Test func `STR-029 only the card network's own sentence reaches a customer; every other text of the provider stays in the log`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            func refusal(_ number: Int) async throws -> BillingError? {
                do {
                    _ = try await world.sellAnother("kg000000000000000000000\(number)")
                    return nil
                } catch let error as BillingError { return error }
            }
            try await world.program(sold, "insufficient_funds")
            #expect(try await refusal(1) == .paymentDeclined("Your card was declined."))
            try await world.simulator.fault(
                #"{"kind":"error","method":"POST","path":"/v1/subscriptions","count":1,"status":400,"should_retry":false}"#)
            guard case .providerRefused = try await refusal(2) else { throw NotPartOfTheTest() }
            let told = try await world.database.adminClient.query("SELECT failure::text AS failure FROM billing.subscription")
            let texts = try told.compactMap { try $0.decode("failure", as: String?.self) }
            #expect(texts.count == 2)
            #expect(texts.contains { $0.contains("Your card was declined.") })
            // What the provider said of its own error is in no row and no event that a mail could print.
            #expect(!texts.contains { $0.contains("unknown error") })
            #expect(try await world.count("SELECT count(*) FROM jobs.event WHERE payload::text LIKE '%unknown error%'") == 0)
        }
    }
}

/// What the provider bears of one subscription.
@Suite struct BillRateTests {
    @Test func `STR-018 a subscription is billed at most eight times a minute and sixteen times a day; a further change waits its turn`()
        async throws
    {
        try await SimulatedWorld.with(policies: ["proration": "charge_now"]) { world in
            let sold = try await world.buyGraph()
            let path = "/v1/subscriptions/\(sold.provider.rawValue)"
            let plans = ["ladybug-large", "ladybug-standard"]
            func sent() async throws -> Int {
                try await world.simulator.transcript("POST", path).filter { $0["idempotency_key"]?.stringValue != nil }.count
            }
            for number in 0..<8 { _ = try await world.change(sold.id, to: plans[number % 2]) }
            #expect(try await sent() == 8)
            // The ninth is accepted and kept, and whoever waits is told to come again.
            await #expect(throws: BillingError.self) { _ = try await world.change(sold.id, to: plans[0]) }
            #expect(try await sent() == 8)
            #expect(try await world.subscription(sold.id).status == .upgrading)
            try await world.pass(.seconds(61))
            for _ in 1...3 { try await world.pass(.seconds(31)) }
            #expect(try await sent() == 9)
            #expect(try await world.subscription(sold.id).plan.key == .graph("ladybug-large"))
            try await world.pass(.minutes(2))
            for number in 1...7 { _ = try await world.change(sold.id, to: plans[number % 2]) }
            #expect(try await sent() == 16)
            try await world.pass(.minutes(5))
            await #expect(throws: BillingError.self) { _ = try await world.change(sold.id, to: plans[0]) }
            try await world.pass(.hours(12))
            #expect(try await sent() == 16)
            #expect(try await world.subscription(sold.id).plan.key == .graph("ladybug-standard"))
        }
    }
}
