public import Billing
public import Core
public import Orgs
internal import Postgres

extension PostgresBillingStoring {
    /// One invoice of an org that is no draft, with its lines.
    public func invoice(_ id: Invoice.ID, of org: Org.ID) async throws -> InvoiceView? {
        let results = try await client.pipeline(
            [
                """
                SELECT \(fragment: Invoice.columns), i.document FROM billing.invoice i
                WHERE i.org_id = \(org) AND i.id = \(id) AND i.status <> 'draft'
                """,
                """
                SELECT l.description, l.quantity, l.amount, l.period_start, l.period_end FROM billing.invoice_line l
                WHERE l.org_id = \(org) AND l.invoice_id = \(id) ORDER BY l.position
                """,
            ], scope: .org(org.uuid))
        guard results.count == 2, let row = results[0].first else { return nil }
        let lines = try results[1].map { row in
            InvoiceLine(
                description: try row.decode("description"), quantity: try row.decode("quantity"), amount: try row.decode("amount"),
                period: try row.period("period_start", "period_end"))
        }
        return InvoiceView(
            invoice: try Invoice(row: row, lines: lines),
            document: try row.decode("document", as: [UInt8]?.self).map(FrozenDocument.init(stored:)))
    }
}
