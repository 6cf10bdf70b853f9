public import Audit
public import Core
public import Identity
public import Orgs

/// An amount of AI credits, in hundredths.
public struct AICredits: Hashable, Comparable, Codable, Sendable {
    /// How many hundredths.
    public let hundredths: Int64

    /// Makes an amount.
    public init(hundredths: Int64) { self.hundredths = hundredths }

    /// Makes an amount of whole credits.
    public init(_ whole: Int) { hundredths = Int64(whole) * 100 }

    /// As the number that is shown.
    public var number: Double { Double(hundredths) / 100 }

    /// Compares by size.
    public static func < (left: AICredits, right: AICredits) -> Bool { left.hundredths < right.hundredths }
}

/// The AI credits of one top-level graph or one seat, for one month at a time; credits never move between pools (BIL-101, BIL-152).
public struct CreditPool: Sendable, Hashable, Identifiable, IdentifiedEntity, AuditReferable {
    /// The id of a pool.
    public typealias ID = Identifier<CreditPool>
    /// `crd_…`
    public static let idPrefix = "crd"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.creditPool

    /// Its own id.
    public let id: ID
    /// Who pays.
    public let org: Org.ID
    /// By which subscription.
    public let subscription: Subscription.ID
    /// The graph, or the repository of the seat.
    public let resource: ResourceID
    /// Whose seat; empty for a graph.
    public let subscriber: User.ID?
    /// What is left.
    public var balance: AICredits
    /// What each month brings.
    public var allocation: AICredits
    /// The instant from which months are counted.
    public let anchor: Instant
    /// The month that the balance belongs to.
    public var window: Period
    /// When the month's credits were posted; empty until the first are.
    public var allocatedAt: Instant?
    /// When it ended.
    public var closedAt: Instant?
    /// When it was made.
    public let createdAt: Instant

    /// Describes a pool.
    public init(
        id: ID, org: Org.ID, subscription: Subscription.ID, resource: ResourceID, subscriber: User.ID?, balance: AICredits,
        allocation: AICredits, anchor: Instant, window: Period, allocatedAt: Instant?, closedAt: Instant?, createdAt: Instant
    ) {
        self.id = id
        self.org = org
        self.subscription = subscription
        self.resource = resource
        self.subscriber = subscriber
        self.balance = balance
        self.allocation = allocation
        self.anchor = anchor
        self.window = window
        self.allocatedAt = allocatedAt
        self.closedAt = closedAt
        self.createdAt = createdAt
    }

    /// The month of an anchor that contains an instant: calendar months on the anchor's day, clamped to shorter ones (BIL-107).
    public static func window(containing now: Instant, anchor: Instant) -> Period {
        let (first, last) = (anchor.calendarDate, now.calendarDate)
        var months = (last.year - first.year) * 12 + last.month - first.month
        while months > 0, anchor.addingMonths(months, anchoredOnDay: first.day) > now { months -= 1 }
        months = max(months, 0)
        let start = anchor.addingMonths(months, anchoredOnDay: first.day)
        let end = anchor.addingMonths(months + 1, anchoredOnDay: first.day)
        return Period(start: start, end: end) ?? Period(start: start, end: start + .days(28)) ?? .unlimited
    }
}

extension Period {
    /// From the first to the last instant that a signed 64-bit number of microseconds can tell.
    static var unlimited: Period {
        guard let period = Period(start: Instant(microsecondsSinceEpoch: .min), end: Instant(microsecondsSinceEpoch: .max)) else {
            preconditionFailure("the smallest instant is before the largest")
        }
        return period
    }
}
