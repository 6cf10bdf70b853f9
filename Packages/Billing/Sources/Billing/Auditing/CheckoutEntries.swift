internal import Audit
internal import Core

/// What the entries about one checkout have in common (AUD-102).
protocol CheckoutEntry: AuditEvent {
    var checkout: Checkout { get }
    var cause: InboundEvent.ID? { get }
}

extension CheckoutEntry {
    var references: AuditReferences {
        AuditReferences(AuditReference(checkout.org), AuditReference(checkout.id), AuditReference(checkout.subscription))
            .adding(cause.map { AuditReference($0) })
    }

    var summary: String { "\(checkout.id) \(checkout.state.rawValue) for \(checkout.subscription)" }

    var data: [String: JSONValue] {
        var data: [String: JSONValue] = ["state": .string(checkout.state.rawValue)]
        data["session"] = checkout.session.map { .string($0.description) }
        data["payment_status"] = checkout.paymentStatus.map { .string($0) }
        return data
    }
}

struct CheckoutStartedEntry: CheckoutEntry {
    static let type = AuditEventType.billing("checkout_started", .low, .org, .checkout, .subscription)
    let checkout: Checkout
    let cause: InboundEvent.ID?
}

struct CheckoutCompletedEntry: CheckoutEntry {
    static let type = AuditEventType.billing("checkout_completed", .low, .org, .checkout, .subscription)
    let checkout: Checkout
    let cause: InboundEvent.ID?
}

struct CheckoutExpiredEntry: CheckoutEntry {
    static let type = AuditEventType.billing("checkout_expired", .low, .org, .checkout, .subscription)
    let checkout: Checkout
    let cause: InboundEvent.ID?
}

struct CheckoutRetiredEntry: CheckoutEntry {
    static let type = AuditEventType.billing("checkout_retired", .low, .org, .checkout, .subscription)
    let checkout: Checkout
    let cause: InboundEvent.ID?
}

/// Another tier was wished for than is paid for; the paid plan decides (BIL-009, GRA-004, SEC-220).
struct TierMismatchEntry: CheckoutEntry {
    static let type = AuditEventType.billing("tier_mismatch", .medium, .org, .checkout, .subscription)
    let checkout: Checkout
    let cause: InboundEvent.ID?
    let wished: String
    let paid: PlanReference

    var summary: String { "\(wished) was wished for, \(paid.key.name) is paid for" }

    var data: [String: JSONValue] {
        ["wished_tier": .string(wished), "paid_plan": .string(paid.key.description), "plan_version": .integer(Int64(paid.version))]
    }
}

struct CheckoutPaidLateEntry: CheckoutEntry {
    static let type = AuditEventType.billing("checkout_paid_late", .high, .org, .checkout, .subscription)
    let checkout: Checkout
    let cause: InboundEvent.ID?
}
