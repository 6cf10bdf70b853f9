public import Audit
internal import Core
internal import Orgs

/// What the entries about one own invoice have in common (AUD-106).
protocol InvoiceEntry: AuditEvent {
    var invoice: OwnInvoice { get }
}

extension InvoiceEntry {
    var references: AuditReferences {
        AuditReferences(AuditReference(invoice.org), AuditReference(invoice.id)).adding(invoice.subscription.map { AuditReference($0) })
    }

    var summary: String { "\(invoice.number ?? invoice.id.description) is \(invoice.status.rawValue)" }

    var data: [String: JSONValue] { facts }

    /// What every entry tells.
    var facts: [String: JSONValue] {
        var data: [String: JSONValue] = [
            "status": .string(invoice.status.rawValue), "total": .integer(invoice.sums.total), "amount_due": .integer(invoice.amountDue),
            "applied_credit": .integer(invoice.appliedCredit), "currency": .string(invoice.currency.code),
        ]
        data["number"] = invoice.number.map { .string($0) }
        data["due_date"] = invoice.dueDate.map { .string($0.description) }
        return data
    }
}

struct InvoiceGeneratedEntry: InvoiceEntry {
    static let type = AuditEventType.billing("invoice_generated", .low, .org, .invoice)
    let invoice: OwnInvoice
    /// The SHA-256 of the frozen content.
    let hash: String
    var data: [String: JSONValue] { facts.merging(["sha256": .string(hash)]) { first, _ in first } }
}

struct InvoicePaidEntry: InvoiceEntry {
    static let type = AuditEventType.billing("invoice_paid", .low, .org, .invoice)
    let invoice: OwnInvoice
    let method: String
    var data: [String: JSONValue] { facts.merging(["method": .string(method)]) { first, _ in first } }
    var deduplicationKey: String? { "invoice_paid:\(invoice.id)" }
}

struct InvoiceMarkedPaidEntry: InvoiceEntry {
    static let type = AuditEventType.billing("invoice_marked_paid", .high, .org, .invoice)
    let invoice: OwnInvoice
    let payment: RecordedPayment
    var data: [String: JSONValue] {
        facts.merging(
            [
                "amount": .integer(payment.amount.minorUnits), "method": .string(payment.method), "reference": .string(payment.reference),
                "received_at": .string(payment.receivedAt.description), "open": .integer(invoice.amountOpen),
            ]) { first, _ in first }
    }
}

struct InvoiceOverdueEntry: InvoiceEntry {
    static let type = AuditEventType.billing("invoice_overdue", .medium, .org, .invoice)
    let invoice: OwnInvoice
    var deduplicationKey: String? { "invoice_overdue:\(invoice.id)" }
}

struct InvoiceVoidedEntry: InvoiceEntry {
    static let type = AuditEventType.billing("invoice_voided", .medium, .org, .invoice)
    let invoice: OwnInvoice
    var data: [String: JSONValue] { facts.merging(["reason": .string(invoice.voided?.reason ?? "")]) { first, _ in first } }
}

struct InvoiceUncollectibleEntry: InvoiceEntry {
    static let type = AuditEventType.billing("invoice_uncollectible", .high, .org, .invoice)
    let invoice: OwnInvoice
}

extension BillingAuditTypes {
    /// What own invoices tell (AUD-106).
    public static let ownInvoices: [AuditEventType] = [
        InvoiceGeneratedEntry.type, InvoicePaidEntry.type, InvoiceMarkedPaidEntry.type, InvoiceOverdueEntry.type, InvoiceVoidedEntry.type,
        InvoiceUncollectibleEntry.type,
    ]
}
