public import Audit
public import Billing
public import Core
public import Identity
public import Orgs

/// The record of one period in which nobody used what is paid for; it carries a cancellation from the decision to its end.
///
/// There is at most one for a subscription and a period (IDL-013).
public struct IdleCase: Sendable, Hashable, Identifiable, IdentifiedEntity, AuditReferable {
    /// The id of a case.
    public typealias ID = Identifier<IdleCase>
    /// `icase_…`
    public static let idPrefix = "icase"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.idleCase

    /// Its own id; it is the marker at the provider as well.
    public let id: ID
    /// Who pays.
    public let org: Org.ID
    /// What would end.
    public let subscription: Subscription.ID
    /// What is paid for.
    public let resource: ResourceID?
    /// Whose use counts.
    public let subject: IdleSubject
    /// The period in which it was decided, as the provider counts it; its end is the paid end.
    public let period: Period
    /// How often the price is charged.
    public let interval: RenewalInterval
    /// A use from this instant on keeps the subscription.
    public let threshold: Instant
    /// The last use that was known at the decision.
    public let lastActivity: Instant?
    /// The decision record it follows from.
    public let evaluation: IdleEvaluation.ID
    /// The provider event that started the evaluation.
    public let event: InboundEvent.ID?
    /// The subscription at the provider.
    public let providerSubscription: ProviderID
    /// How far it has come.
    public var state: IdleCaseState
    /// When access ends, should nobody take it back.
    public var endsAt: Instant
    /// The end that the provider confirmed.
    public var providerEnd: Instant?
    /// The provider's own instant of the cancellation; with the marker it proves that the end is ours.
    public var providerCanceledAt: Instant?
    /// The order to set the end.
    public var endIntent: ProviderIntent.ID?
    /// The order to clear it.
    public var clearIntent: ProviderIntent.ID?
    /// By which way it was taken back.
    public var via: ReversalVia?
    /// Why it is held, or why an order of it waits for an operator.
    public var note: String?
    /// When it was decided; `nil` for one that was never carried out.
    public var decidedAt: Instant?
    /// When the provider confirmed the end and the mails left.
    public var confirmedAt: Instant?
    /// The person whose use or wish took it back.
    public var acceptedBy: User.ID?
    /// When a reversal was accepted.
    public var acceptedAt: Instant?
    /// When the final state was reached.
    public var settledAt: Instant?
    /// When the end of access was moved to the paid end and 72 hours.
    public var extendedAt: Instant?
    /// When it was made.
    public let createdAt: Instant

    /// Makes a case of a fresh decision.
    public init(
        id: ID, org: Org.ID, subscription: Subscription.ID, resource: ResourceID?, subject: IdleSubject, period: Period,
        interval: RenewalInterval, threshold: Instant, lastActivity: Instant?, evaluation: IdleEvaluation.ID, event: InboundEvent.ID?,
        providerSubscription: ProviderID, state: IdleCaseState, at now: Instant
    ) {
        self.id = id
        self.org = org
        self.subscription = subscription
        self.resource = resource
        self.subject = subject
        self.period = period
        self.interval = interval
        self.threshold = threshold
        self.lastActivity = lastActivity
        self.evaluation = evaluation
        self.event = event
        self.providerSubscription = providerSubscription
        self.state = state
        endsAt = period.end
        decidedAt = state == .decided ? now : nil
        createdAt = now
    }

    /// Whether the mails that tell of the end have left.
    public var wasTold: Bool { confirmedAt != nil }

    /// The latest instant to which a slow provider may move the end of access (IDL-045).
    public var extendedEnd: Instant { period.end + .hours(72) }

    /// Moves on.
    ///
    /// - Throws: ``IdleTransitionRefused`` when the table has no such move; nothing has changed then.
    public mutating func move(to next: IdleCaseState, at now: Instant) throws(IdleTransitionRefused) {
        guard state.mayBecome(next) else { throw IdleTransitionRefused(from: state, to: next) }
        state = next
        if next == .decided { decidedAt = now }
        if next.isFinal { settledAt = now }
    }
}

/// By which way an idle cancellation was taken back.
public enum ReversalVia: String, Codable, Sendable, CaseIterable {
    /// The link of the mail.
    case link
    /// Somebody used the product.
    case activity
    /// The provider's own pages.
    case portal
    /// An owner, or the person whose seat it is, in the product.
    case owner
    /// Somebody who runs the product.
    case `operator`
}
