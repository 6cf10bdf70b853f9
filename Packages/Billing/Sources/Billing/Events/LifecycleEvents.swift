public import Core
internal import Jobs

/// The provider announced the next renewal (STR-089), or the end of a trial, with which the first charge comes (STR-087).
public struct RenewalAhead: SubscriptionDomainEvent {
    /// `billing.renewal_ahead`
    public static let topic = "billing.renewal_ahead"
    /// Whose and what.
    public let facts: SubscriptionFacts
    /// When it renews.
    public let renewsAt: Instant
    /// Whether a trial ends then; events of before trials were told of do not say.
    public let endsTrial: Bool?
    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }

    /// Tells of it.
    public init(facts: SubscriptionFacts, renewsAt: Instant, endsTrial: Bool) {
        self.facts = facts
        self.renewsAt = renewsAt
        self.endsTrial = endsTrial
    }
}

/// The card that is charged ends before the next renewal (BIL-076, OPS-114).
public struct CardEnding: SubscriptionDomainEvent {
    /// `billing.card_ending`
    public static let topic = "billing.card_ending"
    /// The first that it cannot pay.
    public let facts: SubscriptionFacts
    /// Which card.
    public let method: ProviderID
    /// The last second of the month that is printed on it.
    public let endsOn: Instant
    /// When the subscription renews.
    public let renewsAt: Instant
    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }

    /// Tells of it.
    public init(facts: SubscriptionFacts, method: ProviderID, endsOn: Instant, renewsAt: Instant) {
        self.facts = facts
        self.method = method
        self.endsOn = endsOn
        self.renewsAt = renewsAt
    }
}

/// The first payment failed for good; nothing was delivered (STR-081).
public struct FirstPaymentFailed: SubscriptionDomainEvent {
    /// `billing.first_payment_failed`
    public static let topic = "billing.first_payment_failed"
    /// Whose and what.
    public let facts: SubscriptionFacts
    /// Why, for the customer.
    public let failure: ProvisioningFailure
    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }

    /// Tells of it.
    public init(facts: SubscriptionFacts, failure: ProvisioningFailure) {
        self.facts = facts
        self.failure = failure
    }
}

/// A debt has reached a stage of its reminders (BIL-091).
public struct DunningStageReached: SubscriptionDomainEvent {
    /// `billing.dunning_stage_reached`
    public static let topic = "billing.dunning_stage_reached"
    /// Whose and what.
    public let facts: SubscriptionFacts
    /// The case it belongs to.
    public let debt: DunningCase.ID
    /// Which stage.
    public let stage: DunningStage
    /// What is owed, where it is known.
    public let amount: Money?
    /// When the provider tries again.
    public let nextAttempt: Instant?
    /// When the next consequence follows.
    public let deadline: Instant?
    /// The page on which it can be paid.
    public let payURL: String?
    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }

    /// Tells of it.
    public init(
        facts: SubscriptionFacts, debt: DunningCase.ID, stage: DunningStage, amount: Money?, nextAttempt: Instant?, deadline: Instant?,
        payURL: String?
    ) {
        self.facts = facts
        self.debt = debt
        self.stage = stage
        self.amount = amount
        self.nextAttempt = nextAttempt
        self.deadline = deadline
        self.payURL = payURL
    }
}
