public import Core

/// What the keep page shows for a token, by opening it and by acting (idle-cancel.md, S5).
public enum KeepPage: Sendable, Hashable {
    /// The link is none of ours, or none can be checked.
    case invalid
    /// The period has ended already.
    case periodEnded
    /// It can be taken back; opening shows the form.
    case pending(KeepPageFacts)
    /// It was taken back by this link.
    case continues(KeepPageFacts)
    /// It goes on by another path.
    case alreadyActive(KeepPageFacts)
    /// The org or the provider ended it by a decision of its own, or nothing is pending.
    case endedOtherwise(KeepPageFacts)

    /// The word that counters use.
    public var result: String {
        switch self {
        case .invalid: "invalid"
        case .periodEnded: "period_ended"
        case .pending: "pending"
        case .continues: "continues"
        case .alreadyActive: "already_active"
        case .endedOtherwise: "ended_otherwise"
        }
    }
}

/// All that the holder of a link may know (IDL-053).
public struct KeepPageFacts: Sendable, Hashable {
    /// What is paid for.
    public let resource: String
    /// Who pays.
    public let org: String
    /// When the period ends: until then it can be kept, and then it renews when it is.
    public let periodEnd: Instant

    /// Tells the facts.
    public init(resource: String, org: String, periodEnd: Instant) {
        self.resource = resource
        self.org = org
        self.periodEnd = periodEnd
    }
}

/// What people call the things that a case is about.
public struct IdleNames: Sendable, Hashable {
    /// The graph or repository.
    public let resource: String
    /// The org.
    public let org: String

    /// Gives names.
    public init(resource: String, org: String) {
        self.resource = resource
        self.org = org
    }
}

/// Knows what people call things.
public protocol IdleNaming: Sendable {
    /// The names for a case; `nil` when its org or subscription is gone.
    func names(of idleCase: IdleCase) async throws -> IdleNames?
}

/// Answers the keep page.
public protocol KeepPageResponding: Sendable {
    /// What opening the link shows. Nothing is written, whoever opens it (IDL-051).
    ///
    /// - Throws: what the store throws.
    func show(_ token: String) async throws -> KeepPage

    /// Takes the cancellation back, once; again it shows what became of it.
    ///
    /// - Throws: what the store throws; nothing was done then.
    func act(_ token: String) async throws -> KeepPage
}
