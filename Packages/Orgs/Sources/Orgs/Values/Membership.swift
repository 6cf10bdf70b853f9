public import Core
public import Identity

/// One person in one org with one role.
public struct Membership: Identifiable, Sendable, Hashable {
    /// The id of a membership.
    public typealias ID = MembershipReference

    /// How the person came in.
    public enum Origin: String, Sendable, Hashable, Codable, CaseIterable {
        /// Made the org.
        case founding
        /// Was invited.
        case invitation
        /// Was handed the org over.
        case transfer
        /// Was added by an operator.
        case `operator`
        /// Was imported.
        case imported = "import"
    }

    /// Why a membership ended.
    public enum EndReason: String, Sendable, Hashable, CaseIterable {
        /// The person left.
        case left
        /// Somebody removed the person.
        case removed
        /// The account was deleted.
        case accountDeleted = "account_deleted"
        /// The org was erased.
        case orgPurged = "org_purged"
    }

    /// The id.
    public let id: ID
    /// The org.
    public let org: Org.ID
    /// The person.
    public let user: User.ID
    /// The role.
    public var role: OrgRole
    /// Since when.
    public let joinedAt: Instant
    /// How the person came in.
    public let joinedThrough: Origin

    /// Makes a membership value.
    public init(id: ID, org: Org.ID, user: User.ID, role: OrgRole, joinedAt: Instant, joinedThrough: Origin) {
        self.id = id
        self.org = org
        self.user = user
        self.role = role
        self.joinedAt = joinedAt
        self.joinedThrough = joinedThrough
    }
}

/// A membership as other members see it.
public struct Member: Sendable, Hashable {
    /// The person.
    public let user: User.ID
    /// The person's name.
    public let name: String
    /// The person's address.
    public let email: String
    /// The role.
    public let role: OrgRole
    /// Since when.
    public let joinedAt: Instant
    /// Whether the account works.
    public let isActive: Bool

    /// Makes a member.
    public init(user: User.ID, name: String, email: String, role: OrgRole, joinedAt: Instant, isActive: Bool) {
        self.user = user
        self.name = name
        self.email = email
        self.role = role
        self.joinedAt = joinedAt
        self.isActive = isActive
    }
}
