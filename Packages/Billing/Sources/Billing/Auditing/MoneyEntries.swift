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

/// The bank wants its customer to confirm a payment (AUD-107).
struct PaymentActionRequiredEntry: AuditEvent {
    static let type = AuditEventType.billing("payment_action_required", .medium, .org, .subscription, .invoice)
    let subscription: Subscription
    let invoice: Invoice.ID
    let amount: Money

    var references: AuditReferences {
        AuditReferences(AuditReference(subscription.org), AuditReference(subscription.id), AuditReference(invoice))
    }
    var summary: String { "the payment of \(invoice) waits for its confirmation" }
    var data: [String: JSONValue] { ["amount": .integer(amount.minorUnits), "currency": .string(amount.currency.code)] }
}

/// A bill was issued with something taken off (AUD-107).
struct DiscountAppliedEntry: AuditEvent {
    static let type = AuditEventType.billing("discount_applied", .low, .org, .invoice)
    let org: Org.ID
    let invoice: Invoice.ID
    let subscription: Subscription.ID?
    let discount: Money

    var references: AuditReferences {
        AuditReferences(AuditReference(org), AuditReference(invoice)).adding(subscription.map { AuditReference($0) })
    }
    var summary: String { "\(discount.minorUnits) \(discount.currency) were taken off \(invoice)" }
    var data: [String: JSONValue] { ["amount": .integer(discount.minorUnits), "currency": .string(discount.currency.code)] }
    var deduplicationKey: String? { "discount_applied:\(invoice)" }
}

/// Money came in or went out (AUD-107); from a thousand of the currency on it is an alarm.
struct FinancialTransactionEntry: AuditEvent {
    static let type = AuditEventType.billing("financial_transaction", .medium, .org)

    /// What moved it.
    enum Cause: Sendable {
        /// A charge for a bill of the provider.
        case charge(Invoice.ID)
        /// Money that was noted for an own bill.
        case recorded(Invoice.ID)
        /// A refund.
        case refund(Refund.ID, of: Invoice.ID)
        /// A payment that its bank took back for good.
        case dispute(Dispute.ID, of: Invoice.ID)
        /// Account credit that was paid out.
        case payout(AccountCredit.ID)
    }

    let org: Org.ID
    let cause: Cause
    let amount: Money

    /// From how many minor units on it is an alarm.
    static func alarm(in currency: Currency) -> Int64 { (0..<currency.exponent).reduce(1_000) { value, _ in value * 10 } }

    var risk: AuditRisk { amount.minorUnits >= Self.alarm(in: amount.currency) ? .high : .medium }
    var references: AuditReferences {
        let references = AuditReferences(AuditReference(org))
        return switch cause {
        case .charge(let invoice), .recorded(let invoice): references.adding(AuditReference(invoice))
        case .refund(let refund, let invoice): references.adding(AuditReference(refund)).adding(AuditReference(invoice))
        case .dispute(let dispute, let invoice): references.adding(AuditReference(dispute)).adding(AuditReference(invoice))
        case .payout(let credit): references.adding(AuditReference(credit))
        }
    }
    var summary: String { "\(amount.minorUnits) \(amount.currency) \(isIncoming ? "came in" : "went out")" }
    var data: [String: JSONValue] {
        [
            "amount": .integer(amount.minorUnits), "currency": .string(amount.currency.code),
            "direction": .string(isIncoming ? "in" : "out"), "kind": .string(kind),
        ]
    }

    private var isIncoming: Bool {
        switch cause {
        case .charge, .recorded: true
        case .refund, .dispute, .payout: false
        }
    }

    private var kind: String {
        switch cause {
        case .charge: "charge"
        case .recorded: "recorded_payment"
        case .refund: "refund"
        case .dispute: "dispute"
        case .payout: "payout"
        }
    }
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
