public import Billing
public import Core
internal import Identity
internal import Orgs

/// Why a subscription would or would not be called off, and what came of it so far (IDL-068).
public struct IdleExplanation: Sendable, Hashable {
    /// The subscription as our rows have it.
    public let mirror: IdleMirror
    /// What the rule looks at.
    public let facts: IdleFacts
    /// A use from this instant on keeps it.
    public let threshold: Instant?
    /// What an evaluation would come to now, leaving probe and guard aside.
    public let outcome: IdleEvaluation.Outcome
    /// All its cases, newest first.
    public let cases: [IdleCase]
    /// Its latest evaluations, newest first.
    public let evaluations: [IdleEvaluation]
    /// When it is looked at next.
    public let nextEvaluation: Instant?
    /// The earliest instant at which want of use could end it, if nobody uses it from now on.
    public let earliestEnd: Instant?

    /// Whether it takes part at all.
    public var isCovered: Bool { facts.payer == .provider && facts.isPlanCovered }
    /// The case of the running period or of one before that is not final.
    public var current: IdleCase? { cases.first { !$0.state.isFinal } }
    /// Which mails a decision would hold.
    public var wouldSend: [String] { outcome == .fired ? ["idle_cancel"] : [] }
    /// What a decision would write.
    public var wouldWrite: [String] {
        outcome == .fired
            ? ["evaluation", "idle_case", "subscription", "subscription_auto_canceled", "intent", "held_mails", "end_job"] : ["evaluation"]
    }
}

/// One line of a look ahead.
public struct IdlePreview: Sendable, Hashable {
    /// The subscription.
    public let subscription: Subscription.ID
    /// What an evaluation would come to.
    public let outcome: IdleEvaluation.Outcome
    /// A use from this instant on would keep it.
    public let threshold: Instant?
    /// The latest use.
    public let lastActivity: Instant?
}

/// Which part of all subscriptions is looked at.
public struct IdlePreviewRequest: Sendable, Hashable {
    /// As if it were this instant.
    public let at: Instant
    /// After this subscription.
    public let after: Subscription.ID?
    /// How many at most.
    public let limit: Int

    /// Describes a part.
    public init(at instant: Instant, after: Subscription.ID?, limit: Int) {
        self.at = instant
        self.after = after
        self.limit = limit
    }
}

/// An outcome that another rule would change.
public struct IdleReplayDifference: Sendable, Hashable {
    /// What was decided then.
    public let evaluation: IdleEvaluation
    /// What would be decided.
    public let verdict: IdleVerdict
}

/// What another rule would have made of stored evaluations.
public struct IdleReplayReport: Sendable, Hashable {
    /// How many were looked at.
    public let count: Int
    /// Those that would be different.
    public let differences: [IdleReplayDifference]
    /// The last one that was looked at, to go on from.
    public let last: IdleEvaluation.ID?
}
