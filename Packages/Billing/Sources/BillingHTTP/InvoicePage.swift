internal import Billing
internal import Core
internal import Orgs
internal import Pages

/// An own invoice as a page, made of its frozen content alone, so that the same invoice always gives the same bytes (BIL-081).
///
/// Only whether it is paid or void is of today, and marked (BIL-082).
enum InvoicePage {
    static func page(of document: InvoiceDocument, status: Invoice.Status) -> HTMLPage {
        HTMLPage(title: "Invoice \(document.number)", note: mark(status), content: content(document))
    }

    private static func mark(_ status: Invoice.Status) -> String? {
        switch status {
        case .paid: "Paid"
        case .void: "Void: not to be paid"
        case .draft, .open, .uncollectible: nil
        }
    }

    private static func content(_ document: InvoiceDocument) -> HTMLFragment {
        """
        <p>\(document.issuer.name)\(lines(document.issuer.address))\(taxID(document.issuer.taxID))</p>
        <p>To: \(document.customer.name)\(lines(recipient(document.customer)))\(taxID(document.customer.taxID))</p>
        <p>Issued \(day(document.issuedAt)), due \(day(document.dueDate)) (\(document.terms))</p>
        <table>
        <thead><tr><th scope="col">What</th><th scope="col">Quantity</th><th scope="col">Price</th><th scope="col">Amount</th></tr></thead>
        <tbody>
        \(document.lines.map { row($0, document.currency) })</tbody>
        </table>
        <dl>
        \(figures(document))</dl>
        """
    }

    private static func recipient(_ customer: InvoiceDocument.Customer) -> [String] {
        [customer.contact].compactMap(\.self).filter { $0 != customer.name } + customer.address + [customer.email].compactMap(\.self)
    }

    private static func lines(_ texts: [String]) -> [HTMLFragment] {
        texts.map { "<br>\($0)" }
    }

    private static func taxID(_ text: String?) -> HTMLFragment? {
        text.map { "<br>Tax id: \($0)" }
    }

    private static func row(_ line: OwnInvoiceLine, _ currency: Currency) -> HTMLFragment {
        let time: HTMLFragment? = line.period.map { "<br>\(day($0.start)) to \(day($0.end))" }
        return """
            <tr><td>\(line.description)\(time)</td><td>\(line.quantity)</td><td>\(amount(line.unitPrice, currency))</td><td>\(amount(line.amount, currency))</td></tr>

            """
    }

    private static func figures(_ document: InvoiceDocument) -> [HTMLFragment] {
        let sums = document.sums
        var rows = [("Subtotal", sums.subtotal)]
        if sums.discount != 0 { rows.append(("Discount", -sums.discount)) }
        if sums.tax != 0 { rows.append(("Tax", sums.tax)) }
        rows.append(("Total", sums.total))
        let credit = sums.total - document.amountDue
        if credit != 0 { rows.append(("Account credit", -credit)) }
        rows.append(("To pay", document.amountDue))
        return rows.map { name, value in
            "<dt>\(name)</dt><dd>\(amount(value, document.currency))</dd>\n"
        }
    }

    /// An amount with as many decimals as its currency has, such as `99.00 USD`.
    static func amount(_ minorUnits: Int64, _ currency: Currency) -> String {
        var digits = String(minorUnits.magnitude)
        if currency.exponent > 0 {
            let missing = currency.exponent + 1 - digits.utf8.count
            digits = String(repeating: "0", count: max(0, missing)) + digits
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -currency.exponent))
        }
        return (minorUnits < 0 ? "-" : "") + digits + " " + currency.code.uppercased()
    }

    private static func day(_ instant: Instant) -> String {
        String(instant.description.prefix(10))
    }
}
