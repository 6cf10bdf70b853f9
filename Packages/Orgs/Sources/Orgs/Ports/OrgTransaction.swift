public import Core
public import Identity

/// What a transaction can do with orgs, beside everything it can do with accounts.
///
/// Locks are taken in one order: org, then memberships, then children (ORG-033).
public protocol OrgTransaction: IdentityTransaction, InvitationTransaction, TransferTransaction, OrgEndingTransaction,
    OrgAdministrationTransaction, OrgSecurityTransaction, OrgAdoptionTransaction, OrgExportTransaction, OrgImportTransaction
{
    // MARK: Orgs

    /// An org, locked: every change of its owners takes this lock first (ORG-031).
    func lockedOrg(_ id: Org.ID) async throws -> Org?

    /// An org as it is, without a lock.
    func org(_ id: Org.ID) async throws -> Org?

    /// Stores a new org with its limits.
    ///
    /// - Throws: ``OrgsError/alreadyExists`` for a second personal org of one person.
    func insert(_ org: Org, maxGraphs: Limit) async throws

    /// Stores what changed about an org; its version must still be the one that was read.
    ///
    /// - Throws: ``OrgsError/preconditionFailed`` when it is not.
    func save(_ org: Org) async throws

    // MARK: Memberships

    /// A live membership, locked.
    func lockedMembership(of user: User.ID, in org: Org.ID) async throws -> Membership?

    /// Stores a new membership.
    ///
    /// - Throws: ``OrgsError/alreadyMember`` when the person has a live one.
    func insert(_ membership: Membership) async throws

    /// Stores the role of a membership.
    ///
    /// - Returns: the member as it is now; `nil` when the membership has ended.
    @discardableResult func setRole(_ role: OrgRole, of membership: Membership.ID, at now: Instant) async throws -> Member?

    /// Ends a membership; the row stays as history (ORG-027).
    func end(_ membership: Membership.ID, because reason: Membership.EndReason, at now: Instant) async throws

    /// How many live owners with active accounts an org has.
    func countOwners(of org: Org.ID) async throws -> Int

    /// How many live members an org has.
    func countMembers(of org: Org.ID) async throws -> Int

    /// How many orgs a person owns.
    func countOwnedOrgs(of user: User.ID) async throws -> Int

    // MARK: The graph limit

    /// Takes a place under the graph limit by one guarded update: held and reserved together stay below the limit, however many ask at once (ORG-073).
    /// The same holder twice has one place.
    ///
    /// - Parameter expiry: when the reservation ends by itself; `nil` when it does not.
    /// - Throws: ``OrgsError/graphLimitReached(_:)``.
    func reserveGraphSlot(for holder: GraphSlot.Holder, in org: Org.ID, until expiry: Instant?, at now: Instant) async throws -> GraphSlot

    /// The place of a holder.
    func graphSlot(of holder: GraphSlot.Holder) async throws -> GraphSlot?

    /// Turns a reserved place into a held one: the graph exists now. Twice is once.
    func holdGraphSlot(_ slot: GraphSlot.ID, for graph: String) async throws

    /// Gives a place back. Twice is once.
    func releaseGraphSlot(_ slot: GraphSlot.ID) async throws

    /// Gives the place back that a graph has. Twice is once.
    func releaseGraphSlot(ofGraph graph: String) async throws
}
