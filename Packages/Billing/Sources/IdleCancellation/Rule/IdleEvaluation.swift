public import Audit
public import Billing
public import Core
public import Orgs

/// One run of the rule with everything it looked at: a decision record that never changes (IDL-014).
public struct IdleEvaluation: Sendable, Hashable, Identifiable, IdentifiedEntity, AuditReferable {
    /// The id of an evaluation.
    public typealias ID = Identifier<IdleEvaluation>
    /// `bdec_…`
    public static let idPrefix = "bdec"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.decision

    /// What an evaluation came to.
    public enum Outcome: Hashable, Sendable {
        /// The renewal was called off.
        case fired
        /// It would have been, were the feature not only observing (IDL-067).
        case wouldFire
        /// It goes on.
        case skipped(IdleSkipReason)

        /// The stored word.
        public var word: String {
            switch self {
            case .fired: "fired"
            case .wouldFire: "would_fire"
            case .skipped(let reason): reason.rawValue
            }
        }

        /// Reads the stored word.
        public init?(word: String) {
            switch word {
            case "fired": self = .fired
            case "would_fire": self = .wouldFire
            default:
                guard let reason = IdleSkipReason(rawValue: word) else { return nil }
                self = .skipped(reason)
            }
        }

        /// Whether the facts of the period were weighed.
        public var isVerdict: Bool {
            if case .skipped(let reason) = self { reason.isVerdict } else { true }
        }
    }

    /// Its own id.
    public let id: ID
    /// Who pays.
    public let org: Org.ID
    /// Which subscription.
    public let subscription: Subscription.ID
    /// The provider event that started it; `nil` for a sweep or a release.
    public let event: InboundEvent.ID?
    /// What started it: `event`, `sweep` or `release`.
    public let source: IdleTrigger.Source
    /// What was looked at.
    public let facts: IdleFacts
    /// How many people the subject has.
    public let subjectSize: Int
    /// Where the latest use was recorded.
    public let activitySource: ActivityFact.Source?
    /// The threshold, where one could be told.
    public let threshold: Instant?
    /// The number of the read of the provider's object.
    public let readNumber: Int64
    /// Which rule.
    public let rule: RuleVersion
    /// What it came to.
    public let outcome: Outcome
    /// When.
    public let at: Instant

    /// Records a run.
    public init(
        id: ID, org: Org.ID, subscription: Subscription.ID, event: InboundEvent.ID?, source: IdleTrigger.Source, facts: IdleFacts,
        subjectSize: Int, activitySource: ActivityFact.Source?, threshold: Instant?, readNumber: Int64, rule: RuleVersion,
        outcome: Outcome, at: Instant
    ) {
        self.id = id
        self.org = org
        self.subscription = subscription
        self.event = event
        self.source = source
        self.facts = facts
        self.subjectSize = subjectSize
        self.activitySource = activitySource
        self.threshold = threshold
        self.readNumber = readNumber
        self.rule = rule
        self.outcome = outcome
        self.at = at
    }
}

/// What an evaluation is started by.
public struct IdleTrigger: Codable, Hashable, Sendable {
    /// The kinds.
    public enum Source: String, Codable, Sendable { case event, sweep, release }

    /// Which subscription.
    public let subscription: Subscription.ID
    /// What it is started by.
    public let source: Source
    /// The provider event.
    public let event: InboundEvent.ID?
    /// The held case that is looked at again.
    public let held: IdleCase.ID?

    /// Names a start.
    public init(subscription: Subscription.ID, source: Source, event: InboundEvent.ID? = nil, held: IdleCase.ID? = nil) {
        self.subscription = subscription
        self.source = source
        self.event = event
        self.held = held
    }
}
