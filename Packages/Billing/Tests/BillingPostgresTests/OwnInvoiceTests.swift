import Audit
import BillingPostgres
import Core
@_spi(Authentication) import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Billing

@Suite struct OwnInvoiceTests {
    private func numbers(_ world: BillingWorld) async throws -> [String] {
        try await world.database.adminClient.query("SELECT number FROM billing.invoice WHERE number IS NOT NULL ORDER BY number")
            .map { try $0.decode("number") }
    }

    private func expected(_ month: String, _ count: Int) -> [String] {
        (1...max(1, count)).prefix(count).map { number in
            let digits = String(number)
            return "INV-\(month)-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
    }

    @Test func `BIL-078 two hundred finalisations at a month's edge, every third undone, leave numbers without a gap`() async throws {
        try await BillingWorld.with { world in
            world.clock.advance(to: try #require(Instant("2026-01-31T23:59:59Z")))
            var orgs: [Org.ID] = []
            for _ in 1...10 { orgs.append(try await world.anotherOrg()) }
            let payers = orgs
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    if number == 100 {
                        for _ in 1...60 { try await group.next() }
                        world.clock.advance(by: .seconds(1))
                    }
                    group.addTask {
                        do {
                            try await world.store.withTransaction(.system) { transaction in
                                let customer = try await transaction.lockCustomer(of: payers[number % 10], currency: .usd, now: world.now)
                                let draft = try OwnInvoice(
                                    id: .make(at: world.now), org: customer.org, subscription: nil, currency: .usd,
                                    lines: [try world.line(Int64(number) + 1)], period: nil, at: world.now)
                                _ = try await world.consequences.invoices.issue(
                                    draft, to: customer, by: world.operatorActor, in: transaction)
                                if number % 10 < 3 { throw GivenUp() }
                            }
                        } catch is GivenUp {}
                    }
                }
                try await group.waitForAll()
            }
            let all = try await numbers(world)
            #expect(all.count == 140)
            let january = all.filter { $0.hasPrefix("INV-2026-01-") }
            let february = all.filter { $0.hasPrefix("INV-2026-02-") }
            #expect(january == expected("2026-01", january.count))
            #expect(february == expected("2026-02", february.count))
            #expect(january.count >= 30)
            #expect(february.count >= 70)
            #expect(try await world.entries("invoice_generated") == 140)
            #expect(try await world.events("invoice_issued") == 140)
        }
    }

    @Test func `BIL-078 a thousand finalisations, two hundred at once, give a thousand consecutive numbers`() async throws {
        try await BillingWorld.with { world in
            var orgs: [Org.ID] = []
            for _ in 1...25 { orgs.append(try await world.anotherOrg()) }
            let payers = orgs
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<1_000 {
                    // As many at a time as wait for a connection without being turned away on a busy machine.
                    if number >= 200 { try await group.next() }
                    group.addTask { try await world.invoice(100, to: payers[number % 25]) }
                }
                try await group.waitForAll()
            }
            #expect(try await numbers(world).sorted { ($0.count, $0) < ($1.count, $1) } == expected("2026-01", 1_000))
            #expect(try await world.count("SELECT last FROM billing.invoice_counter") == 1_000)
            // Beyond four digits the number grows.
            try await world.database.adminClient.execute("UPDATE billing.invoice_counter SET last = 9999")
            #expect(try await world.invoice(100).number == "INV-2026-01-10000")
        }
    }

    @Test func `BIL-078 nobody but the numbering function changes a counter`() async throws {
        try await BillingWorld.with { world in
            try await world.invoice(100)
            for client in [world.database.client, world.database.systemClient] {
                await #expect(throws: PostgresError.self) {
                    try await client.execute("UPDATE billing.invoice_counter SET last = 0", scope: .system)
                }
                await #expect(throws: PostgresError.self) {
                    try await client.execute("DELETE FROM billing.invoice_counter", scope: .system)
                }
            }
        }
    }

    @Test func `BIL-080 what was finalised stays as it was, whatever changes later`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice(.net15)
            let id = try await world.invoicedGraph()
            let row = try #require(
                try await world.database.adminClient.query("SELECT id, encode(document_hash, 'hex') AS hash FROM billing.invoice").first)
            let invoice = try await world.ownInvoice(try row.decode("id"))
            let content = try #require(invoice.document).content()
            #expect(content.number == "INV-2026-01-0001")
            #expect(content.lines.map(\.description) == ["Ladybug Standard"])
            #expect(content.lines.map(\.subscription) == [id])
            #expect(content.terms == "net_15")
            #expect(content.dueDate == world.now + .days(15))
            #expect(content.issuer.name == "Trellis")
            #expect(content.amountDue == 9_900)
            let hash = try row.decode("hash", as: String.self)
            // The names and terms change; the document does not.
            try await world.database.adminClient.execute(
                "UPDATE billing.customer SET contact_name = 'Somebody else', payment_terms = 'net_90', tax_id = 'X'")
            let later = try #require(
                try await world.database.adminClient.query(
                    "SELECT encode(sha256(document), 'hex') AS made, encode(document_hash, 'hex') AS kept FROM billing.invoice"
                ).first)
            #expect(try later.decode("made", as: String.self) == hash)
            #expect(try later.decode("kept", as: String.self) == hash)
            #expect(
                try await world.count("SELECT count(*) FROM audit.entry WHERE type = 'invoice_generated' AND data ->> 'sha256' = \(hash)")
                    == 1)
            let attempts: [Statement] = [
                "UPDATE billing.invoice SET document = 'x', document_hash = sha256('x')", "UPDATE billing.invoice SET number = 'INV-1'",
                "UPDATE billing.invoice SET total = 1, subtotal = 1, amount_due = 1", "UPDATE billing.invoice SET due_date = now()",
                "UPDATE billing.invoice SET status = 'draft'", "UPDATE billing.invoice_line SET description = 'another'",
                "DELETE FROM billing.invoice_line", "TRUNCATE billing.invoice CASCADE",
            ]
            for attempt in attempts {
                await #expect(throws: PostgresError.self, "\(attempt)") { try await world.database.adminClient.execute(attempt) }
            }
        }
    }

    @Test func `BIL-080 an invoice whose lines do not add up gets no number`() async throws {
        try await BillingWorld.with { world in
            let draft = try await world.money.invoices.prepare([try world.line(500)], for: nil, to: world.org, period: nil)
            try await world.database.adminClient.execute("UPDATE billing.invoice_line SET amount = 499")
            await #expect(throws: (any Error).self) { try await world.money.invoices.finalise(draft.id, by: world.operatorActor) }
            #expect(try await numbers(world).isEmpty)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice_counter") == 0)
        }
    }

    @Test func `BIL-088 voiding needs a reason, keeps the number and is not for what was paid`() async throws {
        try await BillingWorld.with { world in
            let first = try await world.invoice(1_000)
            let invoices = world.money.invoices
            await #expect(throws: MoneyRefusal.reasonRequired) { try await invoices.void(first.id, because: "", by: world.operatorActor) }
            let voided = try await invoices.void(first.id, because: "wrong org", by: world.operatorActor)
            #expect(voided.status == .void)
            #expect(voided.number == first.number)
            #expect(try await world.ownInvoice(first.id) == voided)
            #expect(try await world.invoice(1_000).number == "INV-2026-01-0002")
            await #expect(throws: MoneyRefusal.invoiceNotAllowed(.void)) {
                try await invoices.void(first.id, because: "again", by: world.operatorActor)
            }
            let paid = try await world.invoice(700)
            _ = try await pay(world, 700, paid.id, "T-1")
            await #expect(throws: MoneyRefusal.invoiceNotAllowed(.paid)) {
                try await invoices.void(paid.id, because: "too late", by: world.operatorActor)
            }
            // A draft that is discarded never had a number.
            let draft = try await invoices.prepare([try world.line(5)], for: nil, to: world.org, period: nil)
            let discarded = try await invoices.void(draft.id, because: "not needed", by: world.operatorActor)
            #expect(discarded.number == nil)
            #expect(try await world.invoice(1).number == "INV-2026-01-0004")
            #expect(try await world.entries("invoice_voided") == 2)
        }
    }

    private func pay(_ world: BillingWorld, _ cents: Int64, _ id: Invoice.ID, _ reference: String) async throws -> OwnInvoice {
        try await world.money.invoices.recordPayment(
            of: Money(minorUnits: cents, currency: .usd), for: id, method: "bank_transfer", reference: reference, receivedAt: world.now,
            by: world.operatorActor)
    }

    @Test func `BIL-087 a part keeps it open, all pays it, more becomes credit, and twice is refused`() async throws {
        try await BillingWorld.with { world in
            let invoice = try await world.invoice(1_000)
            let part = try await pay(world, 400, invoice.id, "T-1")
            #expect(part.status == .open)
            #expect(part.amountOpen == 600)
            await #expect(throws: MoneyRefusal.keyReused) { try await pay(world, 100, invoice.id, "T-1") }
            #expect(try await world.ownInvoice(invoice.id).amountOpen == 600)
            await #expect(throws: MoneyRefusal.invoiceNotAllowed(.open)) {
                try await world.money.invoices.void(invoice.id, because: "paid in part", by: world.operatorActor)
            }
            let all = try await pay(world, 750, invoice.id, "T-2")
            #expect(all.status == .paid)
            #expect(all.paidAt == world.now)
            #expect(try await world.balance().total == 150)
            await #expect(throws: MoneyRefusal.invoiceNotAllowed(.paid)) { try await pay(world, 1, invoice.id, "T-3") }
            #expect(try await world.entries("invoice_marked_paid") == 2)
            #expect(try await world.entries("invoice_paid") == 1)
            #expect(try await world.events("invoice_paid") == 1)
        }
    }

    @Test func `BIL-077 one invoice is shown to owners and admins of its org, with what was frozen`() async throws {
        try await BillingWorld.with { world in
            let invoice = try await world.invoice(700)
            let reader = world.money.invoiceReader
            let view = try await reader.invoice(invoice.id, of: world.org, as: world.owner)
            #expect(view.invoice.number == invoice.number)
            #expect(view.invoice.lines.map(\.amount) == [700])
            #expect(view.document == invoice.document)
            let member = try await world.admit(as: .member)
            await #expect(throws: (any Error).self) { try await reader.invoice(invoice.id, of: world.org, as: member) }
            let foreign = try await world.invoice(5, to: try await world.anotherOrg())
            await #expect(throws: BillingError.notFound) { try await reader.invoice(foreign.id, of: world.org, as: world.owner) }
            let draft = try await world.money.invoices.prepare([try world.line(5)], for: nil, to: world.org, period: nil)
            await #expect(throws: BillingError.notFound) { try await reader.invoice(draft.id, of: world.org, as: world.owner) }
        }
    }
}
