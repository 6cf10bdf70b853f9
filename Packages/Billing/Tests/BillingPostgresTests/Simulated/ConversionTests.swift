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

/// Customers that run and come to pay in another way, with the clock that the provider's simulator and the product share.
@Suite struct ConversionTests {
    @Test func `BIL-089 a graph goes from card to invoices and back at the ends of its periods, without a gap or a double charge`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let first = try #require(try await world.subscription(sold.id).currentPeriod)
            try await world.payByInvoice(true)
            try await world.payByInvoice(true)
            #expect(try await world.remote(sold)["cancel_at_period_end"] == true)
            let planned = try await world.subscription(sold.id)
            #expect(planned.status == .active && planned.endsAt == nil && planned.conversion == .netTerms)
            #expect(try await world.entries("subscription_conversion_planned") == 1)

            // Taken back before the end of the period, and wanted again.
            try await world.payByInvoice(false)
            #expect(try await world.remote(sold)["cancel_at_period_end"] == false)
            #expect(try await world.subscription(sold.id).conversion == nil)
            try await world.payByInvoice(true)
            #expect(try await world.remote(sold)["cancel_at_period_end"] == true)

            // No event comes, so that the end is found by looking; then they come, twice.
            world.mailbag.hold()
            try await world.pass(until: first.end + .hours(1))
            let letters = world.mailbag.empty()
            try await world.mailbag.handIn((letters + letters).map { world.signed($0.body) })
            try await world.settle()
            let invoiced = try await world.subscription(sold.id)
            #expect(invoiced.status == .active && invoiced.backing == .netTerms && invoiced.conversion == nil)
            #expect(invoiced.endsAt == nil && invoiced.providerLink == nil)
            let second = try #require(invoiced.currentPeriod)
            #expect(second == Period(start: first.end, end: first.end.addingMonths(1, anchoredOnDay: 15)))
            #expect(try await world.remote(sold)["status"]?.stringValue == "canceled")
            #expect(try await world.ownPeriods() == [second])
            #expect(try await world.charged() == 9_900)

            // Back to the card: the last period of ours is followed by one of the provider's, begun an hour late.
            try await world.payByInvoice(false)
            #expect(try await world.subscription(sold.id).conversion == nil)
            try await world.simulator.control("POST", "/clock", #"{"to":"\#(second.end + .hours(1))"}"#)
            try await world.settle()
            try await world.mailbag.handIn(world.mailbag.empty().map { world.signed($0.body) })
            try await world.settle()
            let charged = try await world.subscription(sold.id)
            #expect(charged.status == .active && charged.backing?.isCardBilled == true && charged.conversion == nil)
            #expect(charged.providerLink?.subscription != sold.provider)
            let third = try #require(charged.currentPeriod)
            #expect(third == Period(start: second.end, end: second.end.addingMonths(1, anchoredOnDay: 15)))
            #expect(try await world.ownPeriods() == [second])
            #expect(try await world.charged() == 19_800)
            // The order to bill that period once more, as after a crash, finds it charged.
            let again = RenewNetTerms(subscription: sold.id, periodEnd: second.end)
            try await world.store.withTransaction(.system) { try await $0.enqueue(again, JobOptions(runAt: world.now)) }
            try await world.pass(until: third.end + .hours(3))
            try await world.mailbag.handIn(world.mailbag.empty().map { world.signed($0.body) })
            try await world.settle()
            #expect(try await world.subscription(sold.id).currentPeriod?.start == third.end)
            #expect(try await world.ownPeriods() == [second])
            #expect(try await world.charged() == 29_700)

            #expect(try await world.entries("subscription_converted") == 2)
            #expect(try await world.events("subscription_ending") == 0)
            #expect(try await world.events("subscription_ended") == 0)
            #expect(try await world.entries("subscription_canceled") == 0)
        }
    }

    @Test func `BIL-089 what cannot be charged stays with our invoices, and a customer's own end is one whoever would have paid`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let other = try await world.sellAnother("kg0123456789abcdef0124")
            let first = try #require(try await world.subscription(sold.id).currentPeriod)
            try await world.payByInvoice(true)
            // The customer ends one of them itself: it ends, and is not billed by anybody.
            try await world.cancel(other.id, .periodEnd)
            try await world.settle()
            #expect(try await world.subscription(other.id).conversion == nil)
            try await world.pass(until: first.end + .hours(1))
            #expect(try await world.subscription(other.id).status == .canceled)
            #expect(try await world.events("subscription_ended") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE kind = 'own'") == 1)

            try await world.payByInvoice(false)
            let second = try #require(try await world.subscription(sold.id).currentPeriod)
            try await world.program(sold, "insufficient_funds")
            try await world.pass(until: second.end + .minutes(1))
            let kept = try await world.subscription(sold.id)
            #expect(kept.status == .active && kept.backing == .netTerms && kept.conversion == nil)
            #expect(kept.currentPeriod?.start == second.end)
            #expect(try await world.ownPeriods().count == 2)
            #expect(try await world.entries("subscription_conversion_failed") == 1)
            #expect(try await world.charged() == 19_800)
        }
    }

    @Test func `BIL-089 what was owed before is over only when all of it is paid at the provider`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.program(sold, "insufficient_funds")
            try await world.pass(.days(31) + .hours(2))
            #expect(try await world.subscription(sold.id).status == .pastDue)
            // It is billed by us from here on, and owes the provider two invoices.
            let client = world.database.adminClient
            try await client.execute(
                """
                UPDATE billing.subscription SET backing_kind = 'net_terms', backing_detail = NULL, provider_subscription_id = NULL,
                    provider_item_id = NULL, provider_price_id = NULL WHERE id = \(sold.id)
                """)
            try await client.execute(
                """
                INSERT INTO billing.invoice SELECT (jsonb_populate_record(i, jsonb_build_object(
                    'id', gen_random_uuid(), 'provider_invoice_id', 'in_other', 'number', NULL))).*
                FROM billing.invoice AS i WHERE i.kind = 'provider' AND i.status = 'open'
                """)
            let invoice = try #require(try await world.newestInvoice(sold)["id"]?.stringValue)
            try await world.simulator.call("POST", "/v1/invoices/\(invoice)/pay", "paid_out_of_band=true")
            try await world.settle()
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE kind = 'provider' AND status = 'open'") == 1)
            #expect(try await world.subscription(sold.id).status == .pastDue)

            try await client.execute("DELETE FROM billing.invoice WHERE provider_invoice_id = 'in_other'")
            try await world.simulator.call("POST", "/v1/invoices/\(invoice)", "metadata[note]=paid")
            try await world.settle()
            #expect(try await world.subscription(sold.id).status == .active)
            #expect(try await world.subscription(sold.id).backing == .netTerms)
        }
    }
}

extension SimulatedWorld {
    /// What an operator's command does.
    fileprivate func payByInvoice(_ enabled: Bool) async throws {
        try await services.money.invoices.setInvoiceBilling(
            of: org, enabled: enabled, terms: .net90, by: .system(component: "test"))
        try await settle()
    }

    /// The periods that our own invoices are about, oldest first.
    fileprivate func ownPeriods() async throws -> [Period?] {
        try await database.adminClient.query(
            "SELECT period_start, period_end FROM billing.invoice WHERE kind = 'own' AND status <> 'void' ORDER BY period_start"
        ).map { try Period(start: $0.decode("period_start"), end: $0.decode("period_end")) }
    }

    /// What the provider charged the customer in all.
    fileprivate func charged() async throws -> Int64? { try await simulator.ledger().first?["charged"]?.int }
}
