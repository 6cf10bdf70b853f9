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

/// What an end at once gives back, and that it does so once.
@Suite struct UnusedTimeAtProviderTests {
    private func owedThere(_ world: SimulatedWorld) async throws -> Int64 {
        -(try await world.simulator.ledger().first?["balance"]?.int ?? 0)
    }

    /// 9,900 for the 31 days from 15 January to 15 February: what is left at an instant, rounded down.
    private func left(_ world: SimulatedWorld) -> Int64 {
        let end = SimulatedWorld.start + .days(31)
        return 9_900 * (end.secondsSinceEpoch - world.now.secondsSinceEpoch) / (31 * 86_400)
    }

    @Test
    func `BIL-059 BIL-060 STR-E63 an end at once gives the unused time back as credit, once, and the provider bills nothing of its own`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.pass(.days(10) + .seconds(17))
            let expected = left(world)
            try await world.cancel(sold.id, .immediate)
            for _ in 1...3 { try await world.pass(.minutes(2)) }
            #expect(
                try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit WHERE source = 'unused_time'")
                    == Int(expected))
            #expect(try await world.remote(sold)["status"] == "canceled")
            let calls = try await world.simulator.transcript("DELETE", "/v1/subscriptions/\(sold.provider.rawValue)")
            #expect(calls.count == 1)
            #expect(calls.first?["query"]?.stringValue?.contains("prorate=false") == true)
            #expect(try await world.simulator.call("GET", "/v1/invoices?subscription=\(sold.provider.rawValue)")["data"]?.list.count == 1)
            #expect(try await world.events("account_credit_issued") == 1)
        }
    }

    @Test func `STR-E63 BIL-059 a partial refund is taken off first, and an end in the first second gives everything else back`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let payment = try #require(
                try await world.database.adminClient.query("SELECT provider_payment_id FROM billing.collected_payment").first)
            _ = try await world.services.refunds.refund(
                RefundRequest(
                    org: world.org, payment: ProviderID(try payment.decode("provider_payment_id")), amount: 3_300, reason: "asked for",
                    key: "one", actor: .system(component: "test")))
            try await world.settle()
            try await world.cancel(sold.id, .immediate)
            try await world.settle()
            #expect(try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit WHERE source = 'unused_time'") == 6_600)
        }
    }

    @Test func `BIL-096 what an end gave back as credit is not refunded once more`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.pass(.days(15) + .hours(12))
            try await world.cancel(sold.id, .immediate)
            try await world.settle()
            #expect(try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit WHERE invoice_id IS NOT NULL") == 4_950)
            let payment = try #require(
                try await world.database.adminClient.query("SELECT provider_payment_id FROM billing.collected_payment").first)
            let id = ProviderID(try payment.decode("provider_payment_id"))
            func refund(_ amount: Int64) async throws {
                _ = try await world.services.refunds.refund(
                    RefundRequest(
                        org: world.org, payment: id, amount: amount, reason: "asked for", key: "k\(amount)",
                        actor: .system(component: "test")))
            }
            await #expect(throws: BillingError.refundTooLarge(left: 4_950)) { try await refund(9_900) }
            // What was withdrawn of the credit can be refunded again.
            let credit = try #require(try await world.database.adminClient.query("SELECT id FROM billing.account_credit").first)
            try await world.services.money.credits.revoke(
                try credit.decode("id"), because: "given by mistake", by: .system(component: "test"))
            for _ in 1...3 { try await world.pass(.minutes(1)) }
            try await refund(9_900)
            try await world.settle()
            #expect(try await world.simulator.ledger().first?["refunded"]?.int == 9_900)
        }
    }

    @Test(arguments: ["balance", "uncollectible"])
    func
        `STR-033 unused time is a credit note on the paid bill, once; a bill at an end there that only gives back is neither debt nor credit`(
            _ setting: String
        ) async throws
    {
        try await SimulatedWorld.with { world in
            try await world.simulator.control("POST", "/settings", #"{"credit_on_cancel":"\#(setting)"}"#)
            let sold = try await world.buyGraph()
            let other = try await world.sellAnother("kg2222222222222222222b")
            let bill = try #require(try await world.newestInvoice(sold)["id"]?.stringValue)
            func balance() async throws -> AccountCreditBalance {
                try await world.store.withTransaction(.system) { try await $0.creditBalance(of: world.org, .usd) }
            }
            try await world.pass(.days(15) + .hours(12))
            try await world.cancel(sold.id, .immediate)
            for _ in 1...3 { try await world.pass(.minutes(1)) }
            let credit = try #require(try await world.database.adminClient.query("SELECT id FROM billing.account_credit").first)
            let notes = try await world.simulator.call("GET", "/v1/credit_notes?invoice=\(bill)")["data"]?.list ?? []
            #expect(notes.map { $0["amount"]?.int } == [4_950])
            let tags = notes.first?["metadata"]
            #expect(tags?["trellis_credit"]?.stringValue == (try credit.decode("id", as: AccountCredit.ID.self)).description)
            #expect(tags?["trellis_intent"] != nil && tags?["trellis_org"]?.stringValue == world.org.description)
            let moves = try await world.simulator.transcript("POST", "/v1/customers/\(sold.customer.rawValue)/balance_transactions")
            #expect(moves.isEmpty)
            // Its own news has come: the bill tells of it, and the ledger has it once, as the provider has it.
            #expect(try await world.count("SELECT amount_credited FROM billing.invoice WHERE provider_invoice_id = \(bill)") == 4_950)
            #expect(try await balance() == AccountCreditBalance(currency: .usd, local: 0, provider: 4_950))
            #expect(try await owedThere(world) == 4_950)
            #expect(try await world.events("account_credit_drifted") == 0)
            // Somebody ends the other one in the provider's pages, with a bill for what was not used of it.
            let path = "/v1/subscriptions/\(other.provider.rawValue)"
            try await world.simulator.call("DELETE", path + "?invoice_now=true&prorate=true")
            for _ in 1...3 { try await world.pass(.minutes(1)) }
            let last = try await world.newestInvoice(other)
            #expect(try #require(last["total"]).int < 0)
            #expect(last["status"]?.stringValue == (setting == "balance" ? "paid" : "uncollectible"))
            #expect(try await world.subscription(other.id).closedAt != nil)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE status = 'open'") == 0)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case") == 0)
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 1)
            #expect(try await balance().total == 4_950)
        }
    }

    @Test func `BIL-059 below the minimum nothing is given, and an end with the period gives nothing`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            // 49 cents of 9,900 are about three hours and forty minutes.
            try await world.pass(until: SimulatedWorld.start + .days(31) + .hours(-3))
            try await world.cancel(sold.id, .immediate)
            let other = try await world.sellAnother("kg2222222222222222222b")
            try await world.cancel(other.id, .periodEnd)
            try await world.settle()
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 0)
            #expect(try await owedThere(world) == 0)
        }
    }
}
