import Billing
import BillingPostgres
import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// Credit notes that somebody makes at the provider; the clock is the world's.
@Suite struct CreditNoteTests {
    private func credited(_ world: SimulatedWorld, _ invoice: String) async throws -> Int {
        try await world.count("SELECT amount_credited FROM billing.invoice WHERE provider_invoice_id = \(invoice)")
    }

    private func settle(_ world: SimulatedWorld) async throws {
        for _ in 1...3 { try await world.pass(.minutes(1)) }
    }

    @Test func `STR-106 a credit note on a paid bill is told in its figures and becomes credit, once, which the next bill consumes`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let invoice = try #require(try await world.newestInvoice(sold)["id"]?.stringValue)
            for amount in [2_500, 400] {
                try await world.simulator.call("POST", "/v1/credit_notes", "invoice=\(invoice)&amount=\(amount)&credit_amount=\(amount)")
                try await settle(world)
            }
            #expect(try await credited(world, invoice) == 2_900)
            let ledger = try await world.database.adminClient.query(
                "SELECT amount FROM billing.account_credit WHERE source = 'refund_to_credit' AND invoice_id IS NOT NULL ORDER BY amount"
            ).map { try $0.decode("amount", as: Int64.self) }
            #expect(ledger == [400, 2_500])
            let balance = try await world.store.withTransaction(.system) { try await $0.creditBalance(of: world.org, .usd) }
            #expect(balance.provider == 2_900 && balance.local == 0)
            #expect(try await world.simulator.ledger().first?["balance"]?.int == -2_900)
            #expect(try await world.events("account_credit_issued") == 2)
            // A note that is only written on, and another look at everything, change nothing.
            let note = try await world.simulator.call("GET", "/v1/credit_notes?invoice=\(invoice)")["data"]?.list.first?["id"]?.stringValue
            try await world.simulator.call("POST", "/v1/credit_notes/\(try #require(note))", "memo=thanks")
            try await settle(world)
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 2)
            #expect(try await world.events("account_credit_drifted") == 0)
            try await world.pass(.days(31) + .hours(3))
            try await settle(world)
            #expect(try await world.simulator.ledger().first?["charged"]?.int == 9_900 + 7_000)
            let left = try await world.store.withTransaction(.system) { try await $0.creditBalance(of: world.org, .usd) }
            #expect(left.provider == 0 && left.local == 0)
            #expect(try await world.entries("account_credit_applied") == 2)
        }
    }

    @Test func `STR-106 a credit note on an open bill takes off what is owed, and owes it again when it is taken back`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.program(sold, "generic_decline")
            try await world.pass(.days(31) + .hours(2))
            let bill = try await world.newestInvoice(sold)
            let invoice = try #require(bill["id"]?.stringValue)
            #expect(bill["status"] == "open")
            let note = try await world.simulator.call("POST", "/v1/credit_notes", "invoice=\(invoice)&amount=1000")
            try await settle(world)
            #expect(try await credited(world, invoice) == 1_000)
            let id = try #require(note["id"]?.stringValue)
            try await world.simulator.call("POST", "/v1/credit_notes/\(id)/void")
            try await settle(world)
            #expect(try await credited(world, invoice) == 0)
            // Nothing of it was ever paid, so that nothing became credit.
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 0)
        }
    }
}
