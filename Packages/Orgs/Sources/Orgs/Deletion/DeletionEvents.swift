public import Core
public import Identity
public import Jobs

/// An org was switched off, and will be erased (`org.deletion_scheduled`).
public struct OrgDeletionScheduled: DomainEvent, Hashable {
    /// `orgs.org_deletion_scheduled`
    public static let topic = "orgs.org_deletion_scheduled"
    /// The org.
    public let org: Org.ID
    /// Its name.
    public let name: String
    /// When it is erased.
    public let purgeAt: Instant
    /// The admins and owners, who are told.
    public let recipients: [User.ID]

    /// Makes the event.
    public init(org: Org.ID, name: String, purgeAt: Instant, recipients: [User.ID]) {
        self.org = org
        self.name = name
        self.purgeAt = purgeAt
        self.recipients = recipients
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// A deleted org is erased soon: its owners are warned, with the way to an export (ORG-095).
public struct OrgPurgeApproaching: DomainEvent, Hashable {
    /// `orgs.org_purge_approaching`
    public static let topic = "orgs.org_purge_approaching"
    /// The org.
    public let org: Org.ID
    /// Its name.
    public let name: String
    /// When it is erased.
    public let purgeAt: Instant
    /// How many days before.
    public let days: Int
    /// The owners.
    public let recipients: [User.ID]

    /// Makes the event.
    public init(org: Org.ID, name: String, purgeAt: Instant, days: Int, recipients: [User.ID]) {
        self.org = org
        self.name = name
        self.purgeAt = purgeAt
        self.days = days
        self.recipients = recipients
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// The purge of an org was put off, because its owners had not been warned (ORG-095): an operator looks.
public struct OrgPurgePostponed: DomainEvent, Hashable {
    /// `orgs.org_purge_postponed`
    public static let topic = "orgs.org_purge_postponed"
    /// The org.
    public let org: Org.ID
    /// When it is erased now.
    public let purgeAt: Instant

    /// Makes the event.
    public init(org: Org.ID, purgeAt: Instant) {
        self.org = org
        self.purgeAt = purgeAt
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// A deleted org works again (`org.deletion_canceled`).
public struct OrgRestored: DomainEvent, Hashable {
    /// `orgs.org_restored`
    public static let topic = "orgs.org_restored"
    /// The org.
    public let org: Org.ID
    /// Its name.
    public let name: String

    /// Makes the event.
    public init(org: Org.ID, name: String) {
        self.org = org
        self.name = name
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// An org was erased beyond return (`org.deleted`). Its last owners are told once more; the name is in no row any longer.
public struct OrgPurged: DomainEvent, Hashable {
    /// `orgs.org_purged`
    public static let topic = "orgs.org_purged"
    /// The org.
    public let org: Org.ID
    /// The last owners.
    public let recipients: [User.ID]

    /// Makes the event.
    public init(org: Org.ID, recipients: [User.ID]) {
        self.org = org
        self.recipients = recipients
    }

    /// By org.
    public var eventKey: String { org.description }
}
