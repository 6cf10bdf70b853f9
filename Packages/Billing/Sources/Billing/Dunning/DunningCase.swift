public import Audit
public import Core
public import Orgs

/// A debt for a running subscription, from its first failed charge until it is paid or the subscription is over (BIL-090).
public struct DunningCase: Sendable, Hashable, IdentifiedEntity, AuditReferable {
    /// The id of a case.
    public typealias ID = Identifier<DunningCase>
    /// `bdun_…`
    public static let idPrefix = "bdun"
    /// What the log calls it.
    public static let auditKind = AuditReferenceKind.dunningCase

    /// How a case was closed.
    public enum Outcome: String, Codable, Sendable, CaseIterable {
        /// Nothing is owed any more.
        case paid
        /// The subscription is over.
        case ended
        /// What was owed was taken back or given up.
        case dropped
    }

    /// Its own id.
    public let id: ID
    /// Who owes.
    public let org: Org.ID
    /// What for.
    public let subscription: Subscription.ID
    /// When the first charge failed; every deadline counts from here.
    public let openedAt: Instant
    /// The stage that was told last.
    public var stage: DunningStage?
    /// How often charging was seen to fail.
    public var attempts: Int
    /// How it was closed; `nil` while it is open.
    public var outcome: Outcome?

    /// Opens a case.
    public init(id: ID, org: Org.ID, subscription: Subscription.ID, openedAt: Instant) {
        self.id = id
        self.org = org
        self.subscription = subscription
        self.openedAt = openedAt
        attempts = 1
    }
}

/// When a debtor is reminded (BIL-091).
public enum DunningStage: String, Codable, Sendable, CaseIterable {
    case day0 = "day_0"
    case day3 = "day_3"
    case day7 = "day_7"
    case day13 = "day_13"
    /// Service is read only from now on.
    case readOnly = "read_only"
    /// One day is left.
    case lastDay = "last_day"
    /// It is over.
    case ended

    /// When it is told; `nil` for what is told by the move of the subscription itself.
    func instant(openedAt: Instant, finalDeadline: Instant) -> Instant? {
        switch self {
        case .day0: openedAt
        case .day3: openedAt + .days(3)
        case .day7: openedAt + .days(7)
        case .day13: openedAt + .days(13)
        case .lastDay: finalDeadline - .days(1)
        case .readOnly, .ended: nil
        }
    }
}
