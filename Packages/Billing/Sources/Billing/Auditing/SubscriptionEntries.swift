internal import Audit
internal import Core
internal import Orgs

extension AuditEventType {
    /// Declares one of Billing's types.
    static func billing(_ name: String, _ risk: AuditRisk, _ requires: AuditReferenceKind...) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .billing, component: "billing", requires: requires)
    }
}

/// What the entries about one subscription have in common (AUD-103).
protocol SubscriptionEntry: AuditEvent {
    var change: SubscriptionEntryFacts { get }
}

/// A move of a subscription, as entries tell it.
struct SubscriptionEntryFacts: Sendable {
    let before: Subscription.Status?
    let subscription: Subscription
    /// The provider event it follows from, which every such entry refers to (STR-068).
    let cause: InboundEvent.ID?
    let via: String?
}

extension SubscriptionEntry {
    var references: AuditReferences {
        AuditReferences(AuditReference(change.subscription.org), AuditReference(change.subscription.id))
            .adding(change.cause.map { AuditReference($0) })
    }

    var summary: String {
        let subscription = change.subscription
        return "\(subscription.id) \(change.before.map { $0.rawValue + " to " } ?? "")\(subscription.status.rawValue)"
    }

    var data: [String: JSONValue] {
        let subscription = change.subscription
        var data: [String: JSONValue] = [
            "status": .string(subscription.status.rawValue), "plan": .string(subscription.plan.description),
            "resource_type": .string(subscription.resourceType.rawValue),
        ]
        data["previous_status"] = change.before.map { .string($0.rawValue) }
        data["resource"] = subscription.resource.map { .string($0.description) }
        data["period_start"] = subscription.currentPeriod.map { .string($0.start.description) }
        data["period_end"] = subscription.currentPeriod.map { .string($0.end.description) }
        data["ends_at"] = subscription.endsAt.map { .string($0.description) }
        data["mode"] = subscription.cancellation.map { .string($0.mode.rawValue) }
        data["origin"] = subscription.cancellation.map { .string($0.origin.rawValue) }
        data["failure"] = subscription.failure.map { .string($0.code) }
        data["via"] = change.via.map { .string($0) }
        return data
    }

    var changes: [AuditChange] {
        guard let before = change.before, before != change.subscription.status else { return [] }
        return [AuditChange("status", from: .string(before.rawValue), to: .string(change.subscription.status.rawValue))]
    }
}

struct SubscriptionCreatedEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_created", .low, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionProvisioningStartedEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_provisioning_started", .low, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionActivatedEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_activated", .low, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionRenewedEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_renewed", .low, .org, .subscription)
    let change: SubscriptionEntryFacts
}

/// What pays for it changes with the end of its period, or no longer does (BIL-089).
struct SubscriptionConversionPlannedEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_conversion_planned", .medium, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionConvertedEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_converted", .medium, .org, .subscription)
    let change: SubscriptionEntryFacts
}

/// It would be paid for by card, and there is none that could be charged (BIL-089).
struct SubscriptionConversionFailedEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_conversion_failed", .high, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionPastDueEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_past_due", .medium, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionUnpaidEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_unpaid", .medium, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionRecoveredEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_recovered", .low, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionPausedEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_paused", .medium, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionResumedEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_resumed", .medium, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionCanceledEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_canceled", .medium, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionExpiredEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_expired", .medium, .org, .subscription)
    let change: SubscriptionEntryFacts
}

struct SubscriptionFailedEntry: SubscriptionEntry {
    static let type = AuditEventType.billing("subscription_failed", .high, .org, .subscription)
    let change: SubscriptionEntryFacts
}
