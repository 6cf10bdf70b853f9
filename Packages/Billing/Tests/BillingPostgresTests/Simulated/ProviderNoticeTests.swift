import Billing
import BillingPostgres
import Core
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import PlatformTesting
import Postgres
import Testing

/// What the provider announces, and money that nobody asked for; the clock is the world's, which starts on 15 January 2027.
@Suite struct ProviderNoticeTests {
    private func announced(_ world: SimulatedWorld) async throws -> [String] {
        try await world.database.adminClient.query(
            """
            SELECT (payload ->> 'renewsAt') || ' ' || (payload ->> 'endsTrial') AS what FROM jobs.event
            WHERE topic = 'billing.renewal_ahead' ORDER BY id
            """
        ).map { try $0.decode("what") }
    }

    /// Hands the last event of a type in once more under another id, as a second one of its kind.
    private func tellAgain(_ world: SimulatedWorld, _ type: String, of object: String, as id: String) async throws {
        let body = """
            {"id":"\(id)","object":"event","type":"\(type)","created":1,"livemode":false,"data":{"object":\(object)}}
            """
        try await world.mailbag.handIn([world.signed(Array(body.utf8))])
        try await world.worker.drain()
    }

    @Test func `STR-E56 STR-087 the warning of a one-day trial comes at once, and once; its end is then told of no more`() async throws {
        try await SimulatedWorld.with(policies: ["trial_days": 1]) { world in
            let sold = try await world.buyGraph()
            let row = try await world.subscription(sold.id)
            let end = try #require(row.trialEnd)
            #expect(end == SimulatedWorld.start + .days(1) && row.currentPeriod?.end == end)
            // It began with its warning: who hears of the beginning reminds at once, and nothing else was said before there was a graph.
            let begun = try await world.database.adminClient.query(
                "SELECT (payload ->> 'periodEnd')::timestamptz AS at FROM jobs.event WHERE topic = 'billing.subscription_activated'")
            #expect(try begun.map { try $0.decode("at", as: Instant.self) } == [end])
            #expect(try await announced(world).isEmpty)
            let object = #"{"id":"\#(sold.provider.rawValue)","object":"subscription","customer":"\#(sold.customer.rawValue)"}"#
            for id in ["evt_a", "evt_b"] { try await tellAgain(world, "customer.subscription.trial_will_end", of: object, as: id) }
            #expect(try await announced(world) == ["\(end) true"])
            // A warning that comes after the trial has ended is about nothing.
            try await world.pass(until: end + .hours(2))
            #expect(try await world.subscription(sold.id).status == .active)
            try await world.database.adminClient.execute("DELETE FROM billing.notice")
            try await tellAgain(world, "customer.subscription.trial_will_end", of: object, as: "evt_late")
            #expect(try await announced(world) == ["\(end) true"])
        }
    }

    @Test func `STR-087 STR-E56 the end of a trial is announced while it goes on, and not while the trial is to end with it`() async throws
    {
        try await SimulatedWorld.with(policies: ["trial_days": 10]) { world in
            let sold = try await world.buyGraph()
            let path = "/v1/subscriptions/\(sold.provider.rawValue)"
            let end = SimulatedWorld.start + .days(10)
            #expect(try await world.subscription(sold.id).trialEnd == end)
            try await world.simulator.call("POST", path, "cancel_at_period_end=true")
            try await world.pass(until: end - .days(3) + .hours(1))
            let object = #"{"id":"\#(sold.provider.rawValue)","object":"subscription","customer":"\#(sold.customer.rawValue)"}"#
            try await tellAgain(world, "customer.subscription.trial_will_end", of: object, as: "evt_ending")
            #expect(try await announced(world).isEmpty)
            try await world.simulator.call("POST", path, "cancel_at_period_end=false")
            try await world.settle()
            try await tellAgain(world, "customer.subscription.trial_will_end", of: object, as: "evt_going_on")
            #expect(try await announced(world) == ["\(end) true"])
        }
    }

    @Test func `STR-097 what was paid beyond a bill is credit of its own, once, the first of an org too, and the next bill takes it`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let invoice = try #require(try await world.newestInvoice(sold)["id"]?.stringValue)
            func overpay(_ amount: Int) async throws {
                try await world.simulator.control(
                    "POST", "/acts", #"{"act":"overpay_invoice","invoice":"\#(invoice)","amount":\#(amount)}"#)
                for _ in 1...3 { try await world.pass(.minutes(1)) }
            }
            func credits() async throws -> [Int64] {
                try await world.database.adminClient.query(
                    """
                    SELECT c.amount FROM billing.account_credit AS c JOIN billing.invoice AS i ON i.id = c.invoice_id
                    WHERE c.source = 'overpayment' AND i.provider_invoice_id = \(invoice) ORDER BY c.amount
                    """
                ).map { try $0.decode("amount") }
            }
            try await overpay(2_000)
            #expect(try await credits() == [2_000])
            try await overpay(900)
            #expect(try await credits() == [900, 2_000])
            let object = #"{"id":"ccsbtxn_1","object":"customer_cash_balance_transaction","customer":"\#(sold.customer.rawValue)"}"#
            try await tellAgain(world, "customer_cash_balance_transaction.created", of: object, as: "evt_cash")
            try await world.settle()
            #expect(try await credits() == [900, 2_000])
            let balance = try await world.store.withTransaction(.system) { try await $0.creditBalance(of: world.org, .usd) }
            #expect(balance.provider == 2_900 && balance.local == 0)
            #expect(try await world.events("account_credit_issued") == 2)
            #expect(try await world.events("account_credit_drifted") == 0)
            try await world.pass(.days(31) + .hours(3))
            for _ in 1...3 { try await world.pass(.minutes(1)) }
            #expect(try await world.simulator.ledger().first?["charged"]?.int == 9_900 + 7_000)
            #expect(try await world.entries("account_credit_applied") == 2)
        }
    }

    @Test func `STR-098 a bill that the provider sent is reminded of before its day and after it, once each; one that it charges is not`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            func reminders() async throws -> [String] {
                try await world.database.adminClient.query(
                    """
                    SELECT (payload ->> 'stage') || ' ' || (payload -> 'facts' -> 'amountOpen' ->> 'minorUnits') AS what FROM jobs.event
                    WHERE topic = 'billing.invoice_reminder_due' ORDER BY id
                    """
                ).map { try $0.decode("what") }
            }
            let path = "/v1/subscriptions/\(sold.provider.rawValue)"
            try await world.simulator.call("POST", path, "collection_method=send_invoice&days_until_due=10")
            let renewal = try #require(try await world.subscription(sold.id).currentPeriod?.end)
            try await world.pass(until: renewal + .hours(2))
            let bill = try await world.newestInvoice(sold)
            #expect(bill["status"] == "open" && bill["collection_method"] == "send_invoice")
            let due = Instant(secondsSinceEpoch: bill["due_date"]?.int ?? 0)
            try await world.pass(until: due - .days(3) + .hours(1))
            #expect(try await reminders() == ["due_soon 9900"])
            try await world.pass(until: due + .hours(1))
            #expect(try await reminders() == ["due_soon 9900", "overdue_1 9900"])
            let id = try #require(bill["id"]?.stringValue)
            let object = #"{"id":"\#(id)","object":"invoice"}"#
            try await tellAgain(world, "invoice.overdue", of: object, as: "evt_twice")
            #expect(try await reminders().count == 2)
            // What was paid, and what is charged by itself, is nobody's to be reminded of.
            try await world.simulator.call("POST", "/v1/invoices/\(id)/pay", "paid_out_of_band=true")
            try await world.settle()
            try await world.database.adminClient.execute("DELETE FROM billing.notice")
            try await tellAgain(world, "invoice.overdue", of: object, as: "evt_paid")
            try await world.simulator.call("POST", path, "collection_method=charge_automatically")
            try await world.program(sold, "insufficient_funds")
            let next = try #require(try await world.subscription(sold.id).currentPeriod?.end)
            try await world.pass(until: next + .hours(2))
            let charged = try await world.newestInvoice(sold)
            #expect(charged["status"] == "open" && charged["id"]?.stringValue != id)
            let other = #"{"id":"\#(charged["id"]?.stringValue ?? "")","object":"invoice"}"#
            try await tellAgain(world, "invoice.overdue", of: other, as: "evt_charged")
            #expect(try await reminders().count == 2)
        }
    }
}
