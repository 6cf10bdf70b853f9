public import Core
public import Identity
public import Jobs

/// An org was made.
public struct OrgCreated: DomainEvent, Hashable {
    /// `orgs.org_created`
    public static let topic = "orgs.org_created"
    /// The org.
    public let org: Org.ID
    /// Its name.
    public let name: String
    /// Its kind.
    public let type: OrgType
    /// Its owner.
    public let founder: User.ID

    /// Makes the event.
    public init(org: Org.ID, name: String, type: OrgType, founder: User.ID) {
        self.org = org
        self.name = name
        self.type = type
        self.founder = founder
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// An org got another name or kind.
public struct OrgUpdated: DomainEvent, Hashable {
    /// `orgs.org_updated`
    public static let topic = "orgs.org_updated"
    /// The org.
    public let org: Org.ID
    /// Its name.
    public let name: String
    /// Its kind.
    public let type: OrgType

    /// Makes the event.
    public init(org: Org.ID, name: String, type: OrgType) {
        self.org = org
        self.name = name
        self.type = type
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// A person joined an org.
public struct OrgMemberAdded: DomainEvent, Hashable {
    /// `orgs.member_added`
    public static let topic = "orgs.member_added"
    /// The org.
    public let org: Org.ID
    /// The person.
    public let user: User.ID
    /// The role.
    public let role: OrgRole
    /// How the person came in; `nil` in what the release before told, which knew invitations alone.
    public let through: Membership.Origin?

    /// Makes the event.
    public init(org: Org.ID, user: User.ID, role: OrgRole, through: Membership.Origin) {
        self.org = org
        self.user = user
        self.role = role
        self.through = through
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// The role of a member changed.
public struct OrgMemberRoleChanged: DomainEvent, Hashable {
    /// `orgs.member_role_changed`
    public static let topic = "orgs.member_role_changed"
    /// The org.
    public let org: Org.ID
    /// The person.
    public let user: User.ID
    /// The role before.
    public let oldRole: OrgRole
    /// The role now.
    public let newRole: OrgRole

    /// Makes the event.
    public init(org: Org.ID, user: User.ID, oldRole: OrgRole, newRole: OrgRole) {
        self.org = org
        self.user = user
        self.oldRole = oldRole
        self.newRole = newRole
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// A person left an org or was removed from it.
public struct OrgMemberEnded: DomainEvent, Hashable {
    /// `orgs.member_ended`
    public static let topic = "orgs.member_ended"
    /// The org.
    public let org: Org.ID
    /// The person.
    public let user: User.ID
    /// Whether the person left by itself.
    public let hasLeft: Bool

    /// Makes the event.
    public init(org: Org.ID, user: User.ID, hasLeft: Bool) {
        self.org = org
        self.user = user
        self.hasLeft = hasLeft
    }

    /// By org.
    public var eventKey: String { org.description }
}
