public import Audit
internal import Core
internal import Orgs

extension AuditEventType {
    /// `subscription_kept`: an end that idleness had decided was taken back (BIL-057).
    public static let subscriptionKept = AuditEventType.billing("subscription_kept", .low, .org, .subscription)
}

/// An end that idleness had decided was taken back (BIL-057).
struct SubscriptionKeptEntry: SubscriptionEntry {
    static let type = AuditEventType.subscriptionKept
    let change: SubscriptionEntryFacts
}

/// Another method is charged from now on (BIL-075).
struct DefaultMethodChangedEntry: AuditEvent {
    static let type = AuditEventType.billing("payment_method_default_changed", .medium, .org, .billingCustomer)
    let org: Org.ID
    let method: ProviderID
    let retriesOpenInvoices: Bool

    var references: AuditReferences { AuditReferences(AuditReference(org), AuditReference(BillingCustomer.ID(uuid: org.uuid))) }
    var summary: String { "\(method.description) is the payment method of \(org)" }
    var data: [String: JSONValue] { ["retries_open_invoices": .bool(retriesOpenInvoices)] }
}

/// A method could not be added (STR-099).
struct MethodSetupFailedEntry: AuditEvent {
    static let type = AuditEventType.billing("payment_method_setup_failed", .low, .org, .billingCustomer)
    let org: Org.ID
    let cause: InboundEvent.ID?

    var references: AuditReferences {
        AuditReferences(AuditReference(org), AuditReference(BillingCustomer.ID(uuid: org.uuid))).adding(cause.map { AuditReference($0) })
    }
    var summary: String { "a payment method of \(org) was not accepted" }
}
