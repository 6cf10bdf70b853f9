public import Core

/// Whether what a subscription pays for may be used now, why, and when that changes (billing.md, section 5).
///
/// The same answer serves authorisation, explanation and notices.
public struct AccessDecision: Hashable, Sendable {
    /// What may be done.
    public enum Level: String, Sendable, Comparable {
        case none
        case read
        case readWrite = "read_write"

        /// Less access is smaller.
        public static func < (left: Level, right: Level) -> Bool {
            left.order < right.order
        }

        private var order: Int {
            switch self {
            case .none: 0
            case .read: 1
            case .readWrite: 2
            }
        }
    }

    /// Why.
    public enum Reason: String, Sendable {
        case resourceGone = "RESOURCE_GONE"
        case resourceClosing = "RESOURCE_CLOSING"
        case resourceSuspended = "RESOURCE_SUSPENDED"
        case resourceFailed = "RESOURCE_FAILED"
        case resourceNotReady = "RESOURCE_NOT_READY"
        case billingOff = "BILLING_OFF"
        case complimentary = "COMPLIMENTARY"
        case noSubscription = "NO_SUBSCRIPTION"
        case notStarted = "NOT_STARTED"
        case failed = "FAILED"
        case ended = "ENDED"
        case paymentRequired = "PAYMENT_REQUIRED"
        case canceledReadOnly = "CANCELED_READ_ONLY"
        case disputed = "DISPUTED"
        case paused = "PAUSED"
        case ending = "ENDING"
        case grace = "GRACE"
        case active = "ACTIVE"
    }

    /// What may be done.
    public let level: Level
    /// Why.
    public let reason: Reason
    /// When the answer changes by itself; `nil` when it does not.
    public let changesAt: Instant?

    /// Makes a decision.
    public init(_ level: Level, _ reason: Reason, changesAt: Instant? = nil) {
        self.level = level
        self.reason = reason
        self.changesAt = changesAt
    }
}

/// How far the resource itself has come, in the words of Billing; the package that owns it translates.
public enum ResourceState: String, Sendable, CaseIterable {
    case provisioning, active, suspended, deprovisioning, deprovisioned, failed
}

/// What the access function looks at.
public struct AccessFacts: Sendable, Hashable {
    /// How far the resource has come; `nil` for what has no state of its own.
    public var resource: ResourceState?
    /// What pays for it.
    public var subscription: Subscription?
    /// Whether anybody is billed on this deployment.
    public var billingEnabled: Bool
    /// Whether the org disputes a payment and its plan then allows reading only.
    public var isReadOnlyByDispute: Bool

    /// Gathers the facts.
    public init(resource: ResourceState?, subscription: Subscription?, billingEnabled: Bool, isReadOnlyByDispute: Bool) {
        self.resource = resource
        self.subscription = subscription
        self.billingEnabled = billingEnabled
        self.isReadOnlyByDispute = isReadOnlyByDispute
    }
}

extension AccessDecision {
    /// Decides by the first row of the table that fits; an equal instant counts as passed.
    public static func decide(_ facts: AccessFacts, now: Instant) -> AccessDecision {
        if let closed = decideByResource(facts.resource) { return closed }
        guard let subscription = facts.subscription else {
            return facts.billingEnabled ? AccessDecision(.none, .noSubscription) : AccessDecision(.readWrite, .billingOff)
        }
        if let free = decideByBacking(subscription) { return free }
        return decideBySubscription(subscription, facts: facts, now: now)
    }

    private static func decideByResource(_ state: ResourceState?) -> AccessDecision? {
        switch state {
        case .deprovisioned: AccessDecision(.none, .resourceGone)
        case .deprovisioning: AccessDecision(.none, .resourceClosing)
        case .suspended: AccessDecision(.none, .resourceSuspended)
        case .failed: AccessDecision(.none, .resourceFailed)
        case .provisioning: AccessDecision(.none, .resourceNotReady)
        case .active, .none: nil
        }
    }

    private static func decideByBacking(_ subscription: Subscription) -> AccessDecision? {
        guard subscription.status == .active else { return nil }
        switch subscription.backing {
        case .billingDisabled: return AccessDecision(.readWrite, .billingOff)
        case .complimentary: return AccessDecision(.readWrite, .complimentary)
        case .providerSubscription, .netTerms, .none: return nil
        }
    }

    private static func decideBySubscription(_ subscription: Subscription, facts: AccessFacts, now: Instant) -> AccessDecision {
        let ending = subscription.isEnding(at: now)
        switch subscription.status {
        case .pending, .pendingPayment, .provisioning: return AccessDecision(.none, .notStarted)
        case .failed: return AccessDecision(.none, .failed)
        case .unpaid where subscription.startedAt == nil: return AccessDecision(.none, .notStarted)
        case .canceled where !ending: return AccessDecision(.none, .ended)
        default: break
        }
        if subscription.status == .unpaid || subscription.graceDeadline.map({ $0 <= now }) == true {
            let level: Level = subscription.resourceType == .repository ? .none : .read
            return AccessDecision(level, .paymentRequired, changesAt: ending ? subscription.endsAt : subscription.finalDeadline)
        }
        let isGraph = subscription.resourceType == .graph
        let byIdleness = subscription.cancellation?.origin == .idle
        if ending, isGraph, !byIdleness { return AccessDecision(.read, .canceledReadOnly, changesAt: subscription.endsAt) }
        if facts.isReadOnlyByDispute { return AccessDecision(.read, .disputed, changesAt: ending ? subscription.endsAt : nil) }
        if subscription.status == .paused { return AccessDecision(.read, .paused) }
        if ending {
            let next = [subscription.endsAt, subscription.graceDeadline].compactMap(\.self).min()
            return AccessDecision(.readWrite, .ending, changesAt: next)
        }
        if subscription.status == .pastDue { return AccessDecision(.readWrite, .grace, changesAt: subscription.graceDeadline) }
        return AccessDecision(.readWrite, .active)
    }
}
