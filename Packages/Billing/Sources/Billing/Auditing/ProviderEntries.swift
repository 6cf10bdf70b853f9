internal import Audit
internal import Core
internal import Orgs

/// Whom an event was found to concern.
struct ResolvedEvent: Sendable, Hashable {
    let org: Org.ID
    let subscription: Subscription.ID?
}

/// What the entries about one provider event have in common (AUD-110): the event is a reference by itself (AUD-008).
protocol WebhookEntry: AuditEvent {
    var event: InboundEvent { get }
    var resolved: ResolvedEvent? { get }
}

extension WebhookEntry {
    var references: AuditReferences {
        AuditReferences(AuditReference(event.id)).adding(resolved.map { AuditReference($0.org) })
            .adding(resolved?.subscription.map { AuditReference($0) })
    }

    var summary: String { "\(event.type) \(event.id)" }

    var data: [String: JSONValue] {
        var data: [String: JSONValue] = ["type": .string(event.type), "livemode": .bool(event.livemode)]
        data["object"] = event.objectID.map { .string($0.description) }
        data["reason"] = event.parkReason.map { .string($0.rawValue) }
        return data
    }
}

struct WebhookReceivedEntry: WebhookEntry {
    static let type = AuditEventType.billing("webhook_received", .low, .providerEvent)
    let event: InboundEvent
    let resolved: ResolvedEvent?
}

struct WebhookAppliedEntry: WebhookEntry {
    static let type = AuditEventType.billing("webhook_applied", .low, .providerEvent)
    let event: InboundEvent
    let resolved: ResolvedEvent?
}

struct WebhookParkedEntry: WebhookEntry {
    static let type = AuditEventType.billing("webhook_parked", .medium, .providerEvent)
    let event: InboundEvent
    let resolved: ResolvedEvent?
}

/// What the entries about one decision at the provider have in common (AUD-111).
protocol ProviderDecisionEntry: AuditEvent {
    var intent: ProviderIntent { get }
    var subscription: Subscription { get }
    var detail: String? { get }
}

extension ProviderDecisionEntry {
    var references: AuditReferences {
        AuditReferences(AuditReference(subscription.id), AuditReference(subscription.org), AuditReference(intent.id))
    }
    var summary: String { "\(intent.command.kind) \(intent.id) for \(subscription.id)" }
    var data: [String: JSONValue] {
        var data: [String: JSONValue] = ["command": .string(intent.command.kind), "attempts": .integer(Int64(intent.attempts))]
        data["detail"] = detail.map { .string($0) }
        return data
    }
}

struct ProviderCancelRequestedEntry: ProviderDecisionEntry {
    static let type = AuditEventType.billing("provider_cancel_requested", .low, .subscription)
    let intent: ProviderIntent
    let subscription: Subscription
    let detail: String?
}

struct ProviderCancelConfirmedEntry: ProviderDecisionEntry {
    static let type = AuditEventType.billing("provider_cancel_confirmed", .low, .subscription)
    let intent: ProviderIntent
    let subscription: Subscription
    let detail: String?
}

struct ProviderCancelFailedEntry: ProviderDecisionEntry {
    static let type = AuditEventType.billing("provider_cancel_failed", .high, .subscription)
    let intent: ProviderIntent
    let subscription: Subscription
    let detail: String?
    /// Once for each decision, however often it is tried.
    var deduplicationKey: String? { "provider_cancel_failed \(intent.id)" }
}

struct ProviderOutcomeUnknownEntry: ProviderDecisionEntry {
    static let type = AuditEventType.billing("provider_outcome_unknown", .medium, .subscription)
    let intent: ProviderIntent
    let subscription: Subscription
    let detail: String?
    /// Once for each decision, however often it is asked for again.
    var deduplicationKey: String? { "provider_outcome_unknown \(intent.id)" }
}

struct ProviderOutcomeResolvedEntry: ProviderDecisionEntry {
    static let type = AuditEventType.billing("provider_outcome_resolved", .low, .subscription)
    let intent: ProviderIntent
    let subscription: Subscription
    let detail: String?
    /// A decision is settled once.
    var deduplicationKey: String? { "provider_outcome_resolved \(intent.id)" }
}
