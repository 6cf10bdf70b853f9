import Core
import HTTPServer
import Orgs
import Pages
import PlatformTesting
import Testing

@testable import Billing
@testable import BillingHTTP

@Suite struct InvoicePageTests {
    private func document(_ names: [String], credit: Int64 = 0) throws -> InvoiceDocument {
        let now = try #require(Instant("2026-01-15T09:00:00Z"))
        let org = try #require(Org.ID("org_01KF0R5QG0000000000000000V"))
        var customer = BillingCustomer(org: org, currency: .usd, at: now)
        customer.contactName = "Zoë <script>alert(1)</script> & Söhne"
        customer.address = "Straße 1\n東京"
        customer.taxID = "DE123"
        let period = Period(start: now, end: now.addingMonths(1, anchoredOnDay: 15))
        var lines = try names.map {
            try OwnInvoiceLine(.charge, $0, subscription: nil, plan: nil, quantity: 2, unitPrice: 4_950, period: period)
        }
        lines.append(try OwnInvoiceLine(.discount, "A discount", subscription: nil, plan: nil, quantity: 1, unitPrice: -100, period: nil))
        lines.append(try OwnInvoiceLine(.tax, "VAT", subscription: nil, plan: nil, quantity: 1, unitPrice: 19, period: nil))
        let invoice = try OwnInvoice(
            id: try #require(Invoice.ID("binv_01KF0R5QG0000000000000000V")), org: org, subscription: nil, currency: .usd, lines: lines,
            period: period, at: now)
        let credits =
            credit == 0
            ? []
            : [
                InvoiceDocument.AppliedCredit(credit: try #require(AccountCredit.ID("bacr_01KF0R5QG0000000000000000V")), amount: credit)
            ]
        return InvoiceDocument(
            number: "INV-2026-01-0001", catalogue: try BuiltInCatalogue.load(), customer: customer, name: nil, invoice: invoice,
            credits: credits, at: now)
    }

    private func html(_ document: InvoiceDocument, _ status: Invoice.Status) -> String {
        guard case .bytes(let bytes) = InvoicePage.page(of: document, status: status).response().body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `BIL-081 the page of an invoice is the same bytes each time, with every text escaped and names intact`() throws {
        let document = try document(["Ladybug Standard", "\"<b>bold</b>\""], credit: 1_000)
        let page = html(document, .open)
        #expect(page == html(try FrozenDocument(document).content(), .open))
        #expect(!page.contains("<script>alert"))
        #expect(!page.contains("<b>bold"))
        #expect(page.contains("Zoë &lt;script&gt;"))
        #expect(page.contains("東京"))
        try Snapshot.verify(page, named: "invoice.html")
    }

    @Test func `BIL-082 paid and void are marked on the page`() throws {
        let document = try document(["Ladybug Standard"])
        #expect(html(document, .paid).contains(#"<p class="note">Paid</p>"#))
        #expect(html(document, .void).contains("Void"))
        #expect(!html(document, .open).contains(#"<p class="note">"#))
    }

    @Test func `BIL-081 five hundred lines are all there, and sums are readable`() throws {
        let page = html(try document((1...500).map { "Line \($0)" }), .open)
        #expect(page.contains("<td>Line 500<br>"))
        #expect(page.contains("<dt>To pay</dt><dd>49499.19 USD</dd>"))
    }

    @Test(arguments: [
        (Int64(9_900), "usd", "99.00 USD"), (-5, "usd", "-0.05 USD"), (1_200, "jpy", "1200 JPY"), (1_234, "kwd", "1.234 KWD"),
    ])
    func `amounts have the decimals of their currency`(_ minorUnits: Int64, _ code: String, _ text: String) throws {
        #expect(InvoicePage.amount(minorUnits, try #require(Currency(code))) == text)
    }
}
