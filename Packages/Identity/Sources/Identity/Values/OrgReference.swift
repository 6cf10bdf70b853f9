public import Audit
public import Core

/// The kind of thing whose ids are those of orgs. Identity knows of orgs only that they have ids, and who has which role in them.
public enum OrgEntity: IdentifiedEntity, AuditReferable {
    /// `org`
    public static let idPrefix = "org"
    /// `org`
    public static let auditKind = AuditReferenceKind.org
}

/// The id of an org.
public typealias OrgReference = Identifier<OrgEntity>

/// The kind of thing whose ids are those of memberships.
public enum MembershipEntity: IdentifiedEntity, AuditReferable {
    /// `orgusr`
    public static let idPrefix = "orgusr"
    /// `membership`
    public static let auditKind = AuditReferenceKind.membership
}

/// The id of a membership.
public typealias MembershipReference = Identifier<MembershipEntity>

/// What a person is in an org; each role may do all that those below it may.
public enum OrgRole: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// Works with what it was given.
    case member
    /// Runs the org.
    case admin
    /// Answers for the org, and pays.
    case owner

    private var rank: Int {
        switch self {
        case .member: 0
        case .admin: 1
        case .owner: 2
        }
    }

    /// Orders roles by what they may do.
    public static func < (left: OrgRole, right: OrgRole) -> Bool { left.rank < right.rank }
}

/// Which kind of org it is; the kind alone changes no price, limit or right (ORG-010).
public enum OrgType: String, Sendable, Hashable, Codable, CaseIterable {
    /// Made at registration.
    case personal
    /// People who work together.
    case team
    /// A large organisation.
    case enterprise
}

/// The org that a request acts for, with the caller's role in it (ID-072).
///
/// Only authentication makes one, from a membership that was live when the request began: code that needs an org cannot be called with a user alone.
public struct OrgScope: Sendable, Hashable {
    /// What the org is at this moment.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It works.
        case active
        /// It may be read only.
        case frozen
        /// It is switched off, and can be restored.
        case deleted
    }

    /// The org.
    public let org: OrgReference
    /// The person.
    public let user: User.ID
    /// The membership.
    public let membership: MembershipReference
    /// The person's role.
    public let role: OrgRole
    /// What the org is at this moment.
    public let state: State
    /// The org's name.
    public let name: String
    /// The org's kind.
    public let type: OrgType
    /// What decides whether a session without a second factor has less of it; `nil` where nothing asks for one.
    let standing: SecondFactorStanding?

    /// Takes a membership that was just read, or just made. Only a store, a founding and tests do this.
    ///
    /// - Parameter standing: what the rules of second factors know of it; `nil` where it is limited already, or nothing asks for one.
    @_spi(Authentication) public init(
        org: OrgReference, user: User.ID, membership: MembershipReference, role: OrgRole, state: State, name: String, type: OrgType,
        standing: SecondFactorStanding? = nil
    ) {
        self.standing = standing
        self.org = org
        self.user = user
        self.membership = membership
        self.role = role
        self.state = state
        self.name = name
        self.type = type
    }
}

/// An org that a person could mean.
public struct OrgChoice: Sendable, Hashable {
    /// The org.
    public let id: OrgReference
    /// Its name.
    public let name: String

    /// Names an org.
    public init(id: OrgReference, name: String) {
        self.id = id
        self.name = name
    }
}
