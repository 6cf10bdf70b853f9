public import Core
public import Identity
public import Jobs
public import Orgs

/// What every event about a subscription tells.
public protocol SubscriptionDomainEvent: DomainEvent {
    /// Which subscription.
    var subscription: Subscription.ID { get }
}

extension SubscriptionDomainEvent {
    /// Events about one subscription are handled in order.
    public var eventKey: String { subscription.description }
}

/// What the events name: the subscription, who pays and what for.
public struct SubscriptionFacts: Codable, Sendable, Hashable {
    /// Which subscription.
    public let subscription: Subscription.ID
    /// Who pays.
    public let org: Org.ID
    /// What kind of thing is paid for.
    public let resourceType: ResourceType
    /// What is paid for, once it exists.
    public let resource: ResourceID?
    /// Whose seat it is.
    public let subscriber: User.ID?
    /// What was bought.
    public let plan: PlanReference

    /// Takes the facts of a subscription.
    public init(_ subscription: Subscription) {
        self.subscription = subscription.id
        org = subscription.org
        resourceType = subscription.resourceType
        resource = subscription.resource
        subscriber = subscription.subscriber
        plan = subscription.plan
    }
}

/// The payment is certain: whoever owns the kind of resource is to provision it now (T3).
public struct SubscriptionReadyToProvision: SubscriptionDomainEvent {
    /// `billing.subscription_ready_to_provision`
    public static let topic = "billing.subscription_ready_to_provision"
    /// Whose and what.
    public let facts: SubscriptionFacts
    /// To be shown when linking, activating or giving up.
    public let fence: Int64
    /// The wishes for the resource.
    public let configuration: JSONValue
    /// Who asked for it.
    public let requestedBy: User.ID?
    /// The operation that was begun with the sale, if one was.
    public let operation: String?

    /// Tells of it.
    public init(facts: SubscriptionFacts, fence: Int64, configuration: JSONValue, requestedBy: User.ID?, operation: String?) {
        self.facts = facts
        self.fence = fence
        self.configuration = configuration
        self.requestedBy = requestedBy
        self.operation = operation
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}

/// What was paid for runs (T5).
public struct SubscriptionActivated: SubscriptionDomainEvent {
    /// `billing.subscription_activated`
    public static let topic = "billing.subscription_activated"
    /// Whose and what.
    public let facts: SubscriptionFacts
    /// When.
    public let at: Instant
    /// Until when it is paid.
    public let periodEnd: Instant?

    /// Tells of it.
    public init(facts: SubscriptionFacts, at: Instant, periodEnd: Instant?) {
        self.facts = facts
        self.at = at
        self.periodEnd = periodEnd
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}

/// A new period was paid.
public struct SubscriptionRenewed: SubscriptionDomainEvent {
    /// `billing.subscription_renewed`
    public static let topic = "billing.subscription_renewed"
    /// Whose and what.
    public let facts: SubscriptionFacts
    /// What is paid for now.
    public let period: Period

    /// Tells of it.
    public init(facts: SubscriptionFacts, period: Period) {
        self.facts = facts
        self.period = period
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}

/// The end was decided and lies ahead (T19).
public struct SubscriptionEnding: SubscriptionDomainEvent {
    /// `billing.subscription_ending`
    public static let topic = "billing.subscription_ending"
    /// Whose and what.
    public let facts: SubscriptionFacts
    /// When it ends.
    public let endsAt: Instant
    /// Who decided.
    public let origin: Subscription.Cancellation.Origin
    /// The person who asked, when it was one.
    public let user: User.ID?

    /// Tells of it.
    public init(facts: SubscriptionFacts, endsAt: Instant, origin: Subscription.Cancellation.Origin, user: User.ID?) {
        self.facts = facts
        self.endsAt = endsAt
        self.origin = origin
        self.user = user
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}

/// It has ended: at once (T14, T20, T21), or by its period (the due job at its end).
public struct SubscriptionEnded: SubscriptionDomainEvent {
    /// `billing.subscription_ended`
    public static let topic = "billing.subscription_ended"
    /// Whose and what.
    public let facts: SubscriptionFacts
    /// When it ended.
    public let endedAt: Instant
    /// At once or with its period.
    public let mode: Subscription.Cancellation.Mode
    /// Who decided.
    public let origin: Subscription.Cancellation.Origin
    /// Through what; `delete-graph` takes care of the graph itself.
    public let via: String

    /// Tells of it.
    public init(
        facts: SubscriptionFacts, endedAt: Instant, mode: Subscription.Cancellation.Mode,
        origin: Subscription.Cancellation.Origin, via: String
    ) {
        self.facts = facts
        self.endedAt = endedAt
        self.mode = mode
        self.origin = origin
        self.via = via
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}

/// A pending end was taken back (T22), or a pause is over (T18).
public struct SubscriptionResumed: SubscriptionDomainEvent {
    /// `billing.subscription_resumed`
    public static let topic = "billing.subscription_resumed"
    /// Whose and what.
    public let facts: SubscriptionFacts
    /// Who had decided the end that was taken back; `nil` after a pause.
    public let endOrigin: Subscription.Cancellation.Origin?

    /// Tells of it.
    public init(facts: SubscriptionFacts, endOrigin: Subscription.Cancellation.Origin? = nil) {
        self.facts = facts
        self.endOrigin = endOrigin
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}

/// Access changed because of money: owed (T10, T12), or settled (T11, T13), or paused (T17).
public struct SubscriptionStandingChanged: SubscriptionDomainEvent {
    /// `billing.subscription_standing_changed`
    public static let topic = "billing.subscription_standing_changed"
    /// Whose and what.
    public let facts: SubscriptionFacts
    /// What it was.
    public let from: Subscription.Status
    /// What it is.
    public let to: Subscription.Status
    /// When the next consequence comes.
    public let deadline: Instant?

    /// Tells of it.
    public init(facts: SubscriptionFacts, from: Subscription.Status, to: Subscription.Status, deadline: Instant?) {
        self.facts = facts
        self.from = from
        self.to = to
        self.deadline = deadline
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}

/// What was paid for could not be delivered (T6); the money goes back.
public struct SubscriptionProvisioningFailed: SubscriptionDomainEvent {
    /// `billing.subscription_provisioning_failed`
    public static let topic = "billing.subscription_provisioning_failed"
    /// Whose and what.
    public let facts: SubscriptionFacts
    /// Why.
    public let failure: ProvisioningFailure
    /// Whether money was taken and goes back.
    public let isRefunded: Bool

    /// Tells of it.
    public init(facts: SubscriptionFacts, failure: ProvisioningFailure, isRefunded: Bool) {
        self.facts = facts
        self.failure = failure
        self.isRefunded = isRefunded
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}
