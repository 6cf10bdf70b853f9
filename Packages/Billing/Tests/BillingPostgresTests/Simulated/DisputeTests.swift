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

/// Cards whose holders contest what they are charged.
@Suite struct DisputeTests {
    private func dispute(_ world: SimulatedWorld) async throws -> String {
        let list = try await world.simulator.call("GET", "/v1/disputes")["data"]?.list ?? []
        return try #require(list.first?["id"]?.stringValue)
    }

    private func isDisputed(_ world: SimulatedWorld) async throws -> Bool {
        try #require(try await world.store.customer(of: world.org)?.customer).disputed
    }

    private func evidence(_ words: String, _ world: SimulatedWorld) async throws {
        try await world.simulator.call(
            "POST", "/v1/disputes/\(try await dispute(world))", "evidence[uncategorized_text]=\(words)&submit=true")
        try await world.settle()
    }

    @Test(arguments: ["4000000000000259", "4000000000002685"])
    func `STR-105 STR-E73 a dispute is noted once, stops new sales and refunds, and what is won is as if it had never been`(_ card: String)
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph(card: card)
            try await world.pass(.minutes(2))
            #expect(try await isDisputed(world))
            #expect(try await world.entries("dispute_opened") == 1)
            #expect(try await world.events("dispute_opened") == 1)
            await #expect(throws: BillingError.customerInDispute) {
                _ = try await world.services.subscriptions.entitlement(of: world.org, to: .graph("ladybug-large"))
            }
            await #expect(throws: BillingError.customerInDispute) { _ = try await world.change(sold.id, to: "ladybug-large") }
            // The plan's policy is to keep: nothing is taken from the customer meanwhile.
            #expect(try await world.subscription(sold.id).status == .active)
            let payment = try #require(
                try await world.database.adminClient.query("SELECT provider_payment_id FROM billing.collected_payment").first)
            let refund = RefundRequest(
                org: world.org, payment: ProviderID(try payment.decode("provider_payment_id")), amount: 100, reason: "asked for",
                key: "one",
                actor: .system(component: "test"))
            await #expect(throws: BillingError.customerInDispute) { _ = try await world.services.refunds.refund(refund) }
            #expect(try await world.simulator.transcript("POST", "/v1/refunds").isEmpty)
            try await evidence("winning_evidence", world)
            #expect(try await !isDisputed(world))
            #expect(try await world.entries("dispute_closed") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.dispute WHERE status = 'won'") == 1)
            _ = try await world.change(sold.id, to: "ladybug-large")
            _ = try await world.services.refunds.refund(refund)
            try await world.settle()
            #expect(try await world.simulator.ledger().first?["refunded"]?.int == 100)
        }
    }

    @Test func `STR-105 what is lost is booked as lost: it can neither be given back again nor credited`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph(card: "4000000000000259")
            try await world.pass(.minutes(2))
            try await evidence("losing_evidence", world)
            #expect(try await !isDisputed(world))
            #expect(
                try await world.count(
                    "SELECT count(*) FROM audit.entry WHERE type = 'dispute_closed' AND (data ->> 'lost')::int = 9900 AND ref_dispute IS NOT NULL"
                )
                    == 1)
            let payment = try #require(
                try await world.database.adminClient.query("SELECT provider_payment_id FROM billing.collected_payment").first)
            let refund = RefundRequest(
                org: world.org, payment: ProviderID(try payment.decode("provider_payment_id")), amount: 100, reason: "asked for",
                key: "one",
                actor: .system(component: "test"))
            await #expect(throws: BillingError.refundTooLarge(left: 0)) { _ = try await world.services.refunds.refund(refund) }
            try await world.cancel(sold.id, .immediate)
            try await world.settle()
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 0)
        }
    }

    @Test func `STR-105 an inquiry of the bank has withdrawn nothing and stops nothing`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph(card: "4000000000001976")
            try await world.pass(.minutes(2))
            #expect(try await world.count("SELECT count(*) FROM billing.dispute WHERE status = 'inquiry'") == 1)
            #expect(try await !isDisputed(world))
            _ = try await world.change(sold.id, to: "ladybug-large")
            try await evidence("winning_evidence", world)
            #expect(try await world.count("SELECT count(*) FROM billing.dispute WHERE status = 'closed'") == 1)
            // It is noted, and told to nobody: no money was taken.
            #expect(try await world.entries("dispute_opened") == 1)
            #expect(try await world.events("dispute_opened") == 0)
            #expect(try await world.events("dispute_closed") == 0)
        }
    }

    @Test func `STR-105 BIL-100 an inquiry that becomes a chargeback is told like one that began as it`() async throws {
        try await SimulatedWorld.with { world in
            _ = try await world.buyGraph(card: "4000000000001976")
            try await world.pass(.minutes(2))
            #expect(try await world.events("dispute_opened") == 0)
            try await world.simulator.control(
                "POST", "/acts", #"{"act":"escalate_dispute","dispute":"\#(try await dispute(world))"}"#)
            for _ in 1...2 { try await world.settle() }
            #expect(try await isDisputed(world))
            #expect(try await world.count("SELECT count(*) FROM billing.dispute WHERE status = 'open'") == 1)
            #expect(try await world.events("dispute_opened") == 1)
            #expect(try await world.entries("dispute_opened") == 2)
            try await evidence("losing_evidence", world)
            #expect(try await !isDisputed(world))
            #expect(try await world.events("dispute_closed") == 1)
        }
    }

    @Test
    func `STR-E73 BIL-100 T20 an account that ends disputed subscriptions ends the row an hour later, with the provider as its origin`()
        async throws
    {
        try await SimulatedWorld.with { world in
            try await world.simulator.control("POST", "/settings", #"{"dispute_cancel":true}"#)
            let sold = try await world.buyGraph(card: "4000000000000259")
            try await world.pass(.minutes(30))
            #expect(try await world.subscription(sold.id).status == .active)
            try await world.pass(.minutes(40))
            let row = try await world.subscription(sold.id)
            #expect(row.status == .canceled)
            #expect(row.cancellation?.origin == .provider)
            #expect(try await world.events("subscription_ended") == 1)
            // Nobody asked for that end: no time is credited for it.
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 0)
        }
    }

    @Test func `STR-105 its news in any order and twice leave the same rows`() async throws {
        try await SimulatedWorld.with { world in
            _ = try await world.buyGraph(card: "4000000000000259")
            world.mailbag.hold()
            try await world.pass(.minutes(2))
            try await evidence("losing_evidence", world)
            let letters = world.mailbag.empty()
            #expect(letters.count >= 3)
            try await world.mailbag.handIn(letters.reversed() + letters)
            try await world.worker.drain()
            #expect(try await world.count("SELECT count(*) FROM billing.dispute WHERE status = 'lost'") == 1)
            #expect(try await world.entries("dispute_opened") == 1)
            #expect(try await world.entries("dispute_closed") == 1)
            #expect(try await !isDisputed(world))
        }
    }
}
