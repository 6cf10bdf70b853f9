public import Core
public import Identity
public import Jobs

/// An operator set the limits of an org (`org.limits_changed`).
public struct OrgLimitsChanged: DomainEvent, Hashable {
    /// `orgs.limits_changed`
    public static let topic = "orgs.limits_changed"
    /// The org.
    public let org: Org.ID
    /// How many graphs; `nil` for any number.
    public let maxGraphs: Int?
    /// How many members; `nil` for any number.
    public let maxMembers: Int?

    /// Makes the event.
    public init(org: Org.ID, maxGraphs: Int?, maxMembers: Int?) {
        self.org = org
        self.maxGraphs = maxGraphs
        self.maxMembers = maxMembers
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// A limit of an org is nearly used up: its admins and owners are told once in a while (ORG-075).
public struct OrgLimitNearlyReached: DomainEvent, Hashable {
    /// `orgs.limit_nearly_reached`
    public static let topic = "orgs.limit_nearly_reached"
    /// The org.
    public let org: Org.ID
    /// The limit, such as `graphs`.
    public let limit: String
    /// How much is used.
    public let used: Int
    /// How much there may be.
    public let maximum: Int
    /// The admins and owners.
    public let recipients: [User.ID]

    /// Makes the event.
    public init(org: Org.ID, limit: String, used: Int, maximum: Int, recipients: [User.ID]) {
        self.org = org
        self.limit = limit
        self.used = used
        self.maximum = maximum
        self.recipients = recipients
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// An org became read-only.
public struct OrgFrozen: DomainEvent, Hashable {
    /// `orgs.org_frozen`
    public static let topic = "orgs.org_frozen"
    /// The org.
    public let org: Org.ID
    /// Its name.
    public let name: String
    /// The class of reasons.
    public let reason: String
    /// The owners.
    public let recipients: [User.ID]

    /// Makes the event.
    public init(org: Org.ID, name: String, reason: String, recipients: [User.ID]) {
        self.org = org
        self.name = name
        self.reason = reason
        self.recipients = recipients
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// An org works again after it was frozen.
public struct OrgThawed: DomainEvent, Hashable {
    /// `orgs.org_thawed`
    public static let topic = "orgs.org_thawed"
    /// The org.
    public let org: Org.ID
    /// Its name.
    public let name: String
    /// The owners.
    public let recipients: [User.ID]

    /// Makes the event.
    public init(org: Org.ID, name: String, recipients: [User.ID]) {
        self.org = org
        self.name = name
        self.recipients = recipients
    }

    /// By org.
    public var eventKey: String { org.description }
}
