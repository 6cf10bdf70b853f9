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

/// Bills that are taken back or given up after they fell due.
@Suite struct VoidedBillTests {
    private func owedThere(_ world: SimulatedWorld) async throws -> Int64 {
        -(try await world.simulator.ledger().first?["balance"]?.int ?? 0)
    }

    private func owedHere(_ world: SimulatedWorld) async throws -> Int {
        try await world.count(
            "SELECT coalesce((SELECT provider_balance_after FROM billing.account_credit_entry ORDER BY seq DESC LIMIT 1), 0)::bigint")
    }

    /// A graph whose renewal took all the credit there was and was declined for the rest.
    private func debt(_ world: SimulatedWorld, credit: Int64) async throws -> SimulatedWorld.Sold {
        let sold = try await world.buyGraph()
        if credit > 0 {
            let wish = IssueAccountCredit(
                org: world.org, amount: Money(minorUnits: credit, currency: .usd), source: .goodwill, reason: "an apology", key: "one")
            _ = try await world.services.money.credits.issue(wish, by: .system(component: "test"))
            try await world.settle()
            #expect(try await owedThere(world) == credit)
        }
        try await world.program(sold, "insufficient_funds", "insufficient_funds", "insufficient_funds", "insufficient_funds")
        try await world.pass(.days(31) + .hours(2))
        #expect(try await world.subscription(sold.id).status == .pastDue)
        return sold
    }

    @Test
    func `STR-E67 STR-096 BIL-118 voiding a bill that used credit gives the credit back in both ledgers, once, and its dunning stops`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await debt(world, credit: 3_000)
            // Issued, the bill has taken the credit, and the ledger knows before anybody paid (BIL-116).
            for _ in 1...2 { try await world.pass(.minutes(1)) }
            #expect(try await owedThere(world) == 0)
            #expect(try await owedHere(world) == 0)
            #expect(try await world.entries("account_credit_applied") == 1)
            let invoice = try #require(try await world.newestInvoice(sold)["id"]?.stringValue)
            let told = try await world.events("dunning_stage_reached")
            try await world.simulator.call("POST", "/v1/invoices/\(invoice)/void")
            for _ in 1...3 { try await world.pass(.minutes(1)) }
            #expect(try await owedThere(world) == 3_000)
            #expect(try await owedHere(world) == 3_000)
            #expect(try await world.entries("account_credit_restored") == 1)
            #expect(try await world.events("account_credit_drifted") == 0)
            #expect(try await world.count("SELECT count(*) FROM billing.dunning_case WHERE closed_at IS NULL") == 0)
            #expect(try await world.subscription(sold.id).status == .active)
            try await world.pass(.days(20))
            #expect(try await world.events("dunning_stage_reached") == told)
            #expect(try await world.subscription(sold.id).status == .active)
        }
    }

    @Test func `STR-096 a bill that is given up ends its dunning although the provider still calls the subscription past due`() async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await debt(world, credit: 0)
            let told = try await world.events("dunning_stage_reached")
            // The debt is gone here; what the provider makes of the subscription has not been heard.
            world.mailbag.hold()
            let invoice = try #require(try await world.newestInvoice(sold)["id"]?.stringValue)
            try await world.simulator.call("POST", "/v1/invoices/\(invoice)/mark_uncollectible")
            try await world.database.adminClient.execute(
                "UPDATE billing.invoice SET status = 'uncollectible' WHERE provider_invoice_id = \(invoice)")
            try await world.pass(.days(29))
            _ = world.mailbag.empty()
            #expect(try await world.events("dunning_stage_reached") == told)
            #expect(try await world.subscription(sold.id).status == .pastDue)
            #expect(try await world.events("subscription_ended") == 0)
        }
    }
}
