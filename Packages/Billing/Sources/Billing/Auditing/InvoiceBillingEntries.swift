public import Audit
internal import Core
internal import Orgs

/// What the entries about who pays by invoice have in common (AUD-101).
protocol InvoiceBillingEntry: AuditEvent {
    var customer: BillingCustomer { get }
}

extension InvoiceBillingEntry {
    var references: AuditReferences { AuditReferences(AuditReference(customer.org), AuditReference(customer.id)) }
    var summary: String { "\(customer.org) pays \(customer.invoiceBillingEnabled ? "by invoice" : "by card")" }
    var data: [String: JSONValue] { ["terms": .string(customer.paymentTerms.rawValue)] }
}

struct InvoiceBillingEnabledEntry: InvoiceBillingEntry {
    static let type = AuditEventType.billing("invoice_billing_enabled", .medium, .org, .billingCustomer)
    let customer: BillingCustomer
}

struct InvoiceBillingDisabledEntry: InvoiceBillingEntry {
    static let type = AuditEventType.billing("invoice_billing_disabled", .medium, .org, .billingCustomer)
    let customer: BillingCustomer
}

struct PaymentTermsChangedEntry: InvoiceBillingEntry {
    static let type = AuditEventType.billing("payment_terms_changed", .medium, .org, .billingCustomer)
    let customer: BillingCustomer
}

extension BillingAuditTypes {
    /// What is told about who pays by invoice.
    public static let invoiceBilling: [AuditEventType] = [
        InvoiceBillingEnabledEntry.type, InvoiceBillingDisabledEntry.type, PaymentTermsChangedEntry.type,
    ]
}
