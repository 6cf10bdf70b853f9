public import Core
public import Jobs
public import Orgs

/// What every event about an own invoice, or about one that the provider sent, tells.
public struct OwnInvoiceFacts: Codable, Sendable, Hashable {
    /// Which invoice.
    public let invoice: Invoice.ID
    /// Who pays.
    public let org: Org.ID
    /// What for, when it bills one subscription.
    public let subscription: Subscription.ID?
    /// The number on it.
    public let number: String
    /// How far it has come.
    public let status: Invoice.Status
    /// What is to be paid in money.
    public let amountDue: Money
    /// What is still to be paid.
    public let amountOpen: Money
    /// When it is due.
    public let dueDate: Instant?

    init(_ invoice: OwnInvoice) {
        self.invoice = invoice.id
        org = invoice.org
        subscription = invoice.subscription
        number = invoice.number ?? ""
        status = invoice.status
        amountDue = Money(minorUnits: invoice.amountDue, currency: invoice.currency)
        amountOpen = Money(minorUnits: invoice.amountOpen, currency: invoice.currency)
        dueDate = invoice.dueDate
    }

    /// An invoice that the provider sent, of which so much is still to be paid.
    init(_ invoice: Invoice, remaining: Int64) {
        self.invoice = invoice.id
        org = invoice.org
        subscription = invoice.subscription
        number = invoice.number ?? ""
        status = invoice.status
        amountDue = Money(minorUnits: invoice.amountDue, currency: invoice.currency)
        amountOpen = Money(minorUnits: remaining, currency: invoice.currency)
        dueDate = invoice.dueDate
    }
}

/// An own invoice got its number (NOT-132).
public struct InvoiceIssued: DomainEvent {
    /// `billing.invoice_issued`
    public static let topic = "billing.invoice_issued"
    /// Which and whose.
    public let facts: OwnInvoiceFacts

    init(_ invoice: OwnInvoice) { facts = OwnInvoiceFacts(invoice) }

    /// Events about one org's money are handled in order.
    public var eventKey: String { facts.org.description }
}

/// An own invoice was voided or given up (NOT-135).
public struct InvoiceCorrected: DomainEvent {
    /// `billing.invoice_corrected`
    public static let topic = "billing.invoice_corrected"
    /// Which and whose.
    public let facts: OwnInvoiceFacts

    init(_ invoice: OwnInvoice) { facts = OwnInvoiceFacts(invoice) }

    /// Events about one org's money are handled in order.
    public var eventKey: String { facts.org.description }
}

/// An open invoice, of ours or sent by the provider, is due soon or overdue: one reminder each (NOT-134, BIL-086, STR-098).
public struct InvoiceReminderDue: DomainEvent {
    /// `billing.invoice_reminder_due`
    public static let topic = "billing.invoice_reminder_due"
    /// Which and whose.
    public let facts: OwnInvoiceFacts
    /// Which reminder.
    public let stage: InvoiceStage

    init(_ invoice: OwnInvoice, stage: InvoiceStage) {
        facts = OwnInvoiceFacts(invoice)
        self.stage = stage
    }

    init(_ sent: Invoice, remaining: Int64, stage: InvoiceStage) {
        facts = OwnInvoiceFacts(sent, remaining: remaining)
        self.stage = stage
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { facts.org.description }
}
