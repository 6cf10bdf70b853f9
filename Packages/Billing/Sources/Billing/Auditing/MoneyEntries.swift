internal import Audit
internal import Core
internal import Orgs

/// A paid invoice (AUD-106, AUD-107).
struct PaymentSucceededEntry: AuditEvent {
    static let type = AuditEventType.billing("payment_succeeded", .low, .org, .invoice)
    let invoice: Invoice
    let cause: InboundEvent.ID?

    var references: AuditReferences {
        AuditReferences(AuditReference(invoice.org), AuditReference(invoice.id))
            .adding(invoice.subscription.map { AuditReference($0) }).adding(cause.map { AuditReference($0) })
    }
    var summary: String { "\(invoice.id) paid \(invoice.amountPaid) \(invoice.currency)" }
    var data: [String: JSONValue] { ["amount": .integer(invoice.amountPaid), "currency": .string(invoice.currency.code)] }
    var deduplicationKey: String? { "payment_succeeded:\(invoice.id)" }
}

/// A payment that failed (AUD-107).
struct PaymentFailedEntry: AuditEvent {
    static let type = AuditEventType.billing("payment_failed", .medium, .org, .subscription)
    let subscription: Subscription
    let invoice: Invoice.ID?
    let cause: InboundEvent.ID?

    var references: AuditReferences {
        AuditReferences(AuditReference(subscription.org), AuditReference(subscription.id))
            .adding(invoice.map { AuditReference($0) }).adding(cause.map { AuditReference($0) })
    }
    var summary: String { "payment for \(subscription.id) failed" }
}

/// What the entries about one refund have in common (AUD-107).
protocol RefundEntry: AuditEvent {
    var org: Org.ID { get }
    var subscription: Subscription.ID { get }
    var intent: ProviderIntent.ID { get }
    var amount: Money { get }
}

extension RefundEntry {
    var references: AuditReferences { AuditReferences(AuditReference(org), AuditReference(subscription), AuditReference(intent)) }
    var summary: String { "refund of \(amount.minorUnits) \(amount.currency) for \(subscription)" }
    var data: [String: JSONValue] { ["amount": .integer(amount.minorUnits), "currency": .string(amount.currency.code)] }
}

struct RefundRequestedEntry: RefundEntry {
    static let type = AuditEventType.billing("refund_requested", .medium, .org, .subscription)
    let org: Org.ID
    let subscription: Subscription.ID
    let intent: ProviderIntent.ID
    let amount: Money
}

struct RefundProcessedEntry: RefundEntry {
    static let type = AuditEventType.billing("refund_processed", .medium, .org, .subscription)
    let org: Org.ID
    let subscription: Subscription.ID
    let intent: ProviderIntent.ID
    let amount: Money
}

struct RefundFailedEntry: RefundEntry {
    static let type = AuditEventType.billing("refund_failed", .high, .org, .subscription)
    let org: Org.ID
    let subscription: Subscription.ID
    let intent: ProviderIntent.ID
    let amount: Money
}
