public import Core
public import Identity

/// The deletion of an org, from the owner's order to its restore or its purge.
public struct OrgDeletion: IdentifiedEntity, Identifiable, Sendable, Hashable {
    /// The id of a deletion.
    public typealias ID = Identifier<OrgDeletion>
    /// `orgdel`
    public static let idPrefix = "orgdel"

    /// What an org is deleted for.
    public enum Cause: String, Sendable, Hashable, CaseIterable {
        /// Somebody ordered it.
        case order
        /// The account of its only person ends, and takes it along both ways (ID-145).
        case account
    }

    /// The id.
    public let id: ID
    /// The org.
    public let org: Org.ID
    /// What it is deleted for.
    public let cause: Cause
    /// Who asked for it; `nil` for an operator.
    public let requestedBy: User.ID?
    /// Why, in the owner's words.
    public let reason: String?
    /// Since when the org is switched off.
    public let deletedAt: Instant
    /// When it is erased at the earliest.
    public var purgeAt: Instant
    /// Which warnings its owners have been sent, by days before the purge.
    public var warnedDays: Set<Int>
    /// Why it must not be erased; `nil` for no reason (ORG-098).
    public var legalHold: String?
    /// The steps of the purge that are done.
    public var doneSteps: Set<PurgeStep>

    /// Makes a deletion value.
    public init(
        id: ID, org: Org.ID, cause: Cause = .order, requestedBy: User.ID?, reason: String?, deletedAt: Instant, purgeAt: Instant,
        warnedDays: Set<Int> = [],
        legalHold: String? = nil, doneSteps: Set<PurgeStep> = []
    ) {
        self.id = id
        self.org = org
        self.cause = cause
        self.requestedBy = requestedBy
        self.reason = reason
        self.deletedAt = deletedAt
        self.purgeAt = purgeAt
        self.warnedDays = warnedDays
        self.legalHold = legalHold
        self.doneSteps = doneSteps
    }

    /// The days before the purge at which owners are warned, beside the mail at its beginning.
    public static let warningDays = [7, 1]

    /// The next step of the purge.
    public var nextStep: PurgeStep? { PurgeStep.allCases.first { !doneSteps.contains($0) } }
}

/// What can become of a purge that is due.
public enum PurgeClaim: Sendable, Hashable {
    /// It begins, or goes on where it stopped.
    case claimed(OrgDeletion)
    /// It is not due before this time.
    case notBefore(Instant)
    /// There is nothing to purge: the org was restored, or is purged.
    case lost
}

/// What a transaction can do about the end of an org.
public protocol OrgEndingTransaction {
    /// Switches an active org off by one conditional update, and stores the deletion. One that is frozen because nobody could act for it counts as
    /// active here.
    ///
    /// - Throws: ``OrgsError/preconditionFailed`` when it is not active any more.
    func begin(_ deletion: OrgDeletion) async throws

    /// The deletions that the end of a person's account caused and that are open, by org.
    func deletions(withAccountOf user: User.ID) async throws -> [OrgDeletion]

    /// The orgs of a person, as an owner, that are frozen because nobody can act for them.
    func orgsWithoutActingOwner(of user: User.ID) async throws -> [Org.ID]

    /// The orgs on their way to the purge for which only this person could still act: an account is not purged before them (ORG-034).
    func endingOrgs(ownedAloneBy user: User.ID) async throws -> [Org.ID]

    /// The live memberships of a person, by org.
    func memberships(of user: User.ID) async throws -> [Membership]

    /// The open deletion of an org, locked.
    func lockedDeletion(of org: Org.ID) async throws -> OrgDeletion?

    /// Orgs whose purge is due and that nothing holds, the longest due first.
    func duePurges(at now: Instant, limit: Int) async throws -> [Org.ID]

    /// How many orgs are not purged.
    func remainingOrgs() async throws -> Int

    /// Stores the purge time, warnings, hold and steps of a deletion.
    func save(_ deletion: OrgDeletion) async throws

    /// Makes a deleted org active again if its purge is neither claimed nor due (ORG-093): of restore and purge at one instant one wins.
    ///
    /// - Returns: whether it was.
    func restoreOrg(_ org: Org.ID, at now: Instant) async throws -> Bool

    /// Claims the purge of a deleted org that is due by one conditional update; one that is claimed is claimed again, to go on.
    ///
    /// - Returns: whether it is claimed.
    func claimPurge(of org: Org.ID, at now: Instant) async throws -> Bool

    /// Takes every session out of an org.
    ///
    /// - Returns: how many there were.
    func moveSessionsOut(of org: Org.ID) async throws -> Int

    /// Removes invitations and files of exports, and ends the keys that are bound to an org.
    func eraseBelongings(of org: Org.ID, at now: Instant) async throws

    /// Ends every live membership of an org.
    ///
    /// - Returns: whose.
    func endMemberships(of org: Org.ID, at now: Instant) async throws -> [Membership]

    /// Leaves of an org its id, its kind and its times, and closes the deletion. Final.
    ///
    /// - Returns: who owned it last, and how many memberships ended with it.
    func reduceToNothing(_ org: Org.ID, at now: Instant) async throws -> (owners: [User.ID], memberships: Int)

    /// The active people of an org with at least a role, by the time of joining.
    func recipients(with role: OrgRole, of org: Org.ID) async throws -> [User.ID]
}
