public import Core
public import Identity

/// Where orgs are kept: units of work, and reads of one statement each.
public protocol OrgStore<Transaction>: IdentityStore, InvitationReader, TransferReader where Transaction: OrgTransaction {
    /// The active and frozen orgs of a person, by the time of joining, with both counts; for owners also deleted ones when asked for.
    func overviews(of user: User.ID, includingDeleted: Bool) async throws -> [OrgOverview]

    /// An org.
    func org(_ id: Org.ID) async throws -> Org?

    /// An org with what limits it, by one statement.
    func orgWithLimits(_ id: Org.ID) async throws -> (org: Org, limits: OrgLimits)?

    /// The live members of an org, by the time of joining.
    func members(of org: Org.ID) async throws -> [Member]

    /// The graphs of an org; with `user`, only those granted to that person.
    func graphs(of org: Org.ID, grantedTo user: User.ID?) async throws -> [OrgGraph]

    /// What limits an org.
    func limits(of org: Org.ID) async throws -> OrgLimits?

    /// The active people of an org with at least a role, by the time of joining: whom a mail to it goes to.
    func recipients(with role: OrgRole, of org: Org.ID) async throws -> [Member]

    /// The role of a person in an org, with the org's state.
    func scope(of user: User.ID, in org: Org.ID) async throws -> OrgScope?

    /// What the graphs of an org used, and the graphs.
    func usage(of org: Org.ID, from first: CalendarDate, through last: CalendarDate) async throws -> OrgUsageRows

    /// Commits what a closure did; all that it reads shows one instant.
    func withSnapshot<Result: Sendable>(_ scope: AccessScope?, _ body: (Transaction) async throws -> Result) async throws -> Result

    /// How many orgs, memberships and invitations there are, for the metrics.
    func figures(at now: Instant) async throws -> OrgFigures

    /// The last activity of an org's people, former ones included (ORG-109); `nil` when none is known.
    func lastActivity(of org: Org.ID) async throws -> Instant?
}

/// Answers packages above that need to know about an org and its people.
public protocol OrgDirectory: Sendable {
    /// An org.
    func org(_ id: Org.ID) async throws -> Org?
    /// The owners of an org.
    func owners(of org: Org.ID) async throws -> [Member]
    /// The active people of an org with at least a role.
    func recipients(with role: OrgRole, of org: Org.ID) async throws -> [Member]
    /// The role of a person in an org; `nil` for none.
    func role(of user: User.ID, in org: Org.ID) async throws -> OrgRole?
    /// What a person is in an org that is not deleted, to be limited by the reach of the credential that asks; `nil` for nothing.
    func standing(of user: User.ID, in org: Org.ID) async throws -> SecondFactorStanding?
}

/// The directory by the store.
public struct StoredOrgDirectory<Store: OrgStore>: OrgDirectory {
    private let store: Store

    /// Makes a directory.
    public init(store: Store) {
        self.store = store
    }

    /// An org.
    public func org(_ id: Org.ID) async throws -> Org? { try await store.org(id) }
    /// The owners of an org.
    public func owners(of org: Org.ID) async throws -> [Member] { try await store.recipients(with: .owner, of: org) }
    /// The active people of an org with at least a role.
    public func recipients(with role: OrgRole, of org: Org.ID) async throws -> [Member] { try await store.recipients(with: role, of: org) }
    /// The role of a person in an org.
    public func role(of user: User.ID, in org: Org.ID) async throws -> OrgRole? { try await store.scope(of: user, in: org)?.role }
    /// What a person is in an org.
    public func standing(of user: User.ID, in org: Org.ID) async throws -> SecondFactorStanding? {
        try await store.standings(of: user)[org]
    }
}
