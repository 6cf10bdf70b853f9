public import Core
public import Identity
public import Orgs

/// One invoice as it is shown: the mirror of its figures and, for an own one, what was frozen when it got its number.
public struct InvoiceView: Sendable, Hashable {
    /// The invoice with its lines.
    public let invoice: Invoice
    /// What was frozen; empty for the provider's invoices, which the provider shows itself.
    public let document: FrozenDocument?

    /// Puts both together.
    public init(invoice: Invoice, document: FrozenDocument?) {
        self.invoice = invoice
        self.document = document
    }
}

/// Reads one invoice, part of ``BillingStore``; two statements (BIL-153).
public protocol InvoiceReading: Sendable {
    /// One invoice of an org that is no draft.
    func invoice(_ id: Invoice.ID, of org: Org.ID) async throws -> InvoiceView?
}

/// What the routes ask about one invoice.
public protocol InvoiceViewing: Sendable {
    /// One invoice; owners and admins.
    ///
    /// - Throws: ``BillingError/notFound`` for one of another org, a draft and one that is not there.
    func invoice(_ id: Invoice.ID, of org: Org.ID, as principal: Principal) async throws -> InvoiceView
}

/// Shows single invoices.
public struct InvoiceReader<Store: BillingStore>: InvoiceViewing {
    let store: Store
    let authorizer: any OrgAuthorizer

    /// One invoice.
    public func invoice(_ id: Invoice.ID, of org: Org.ID, as principal: Principal) async throws -> InvoiceView {
        _ = try authorizer.adminScope(for: principal, in: org)
        guard let view = try await store.invoice(id, of: org) else { throw BillingError.notFound }
        return view
    }
}
