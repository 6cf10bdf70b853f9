public import Core

/// What a transaction can do at the end of an account.
public protocol AccountEndTransaction {
    /// What stands in the way of an end, and what would go with it.
    func deletionFacts(of user: User.ID, at now: Instant) async throws -> AccountDeletionFacts

    /// Lets an account end at an instant; `nil` takes that back. The account is locked by whoever asks.
    func setDeletion(of user: User.ID, purgeAt: Instant?, at now: Instant) async throws

    /// Frees the address of an account that is about to end or is switched off: it gets one instead that reaches nobody (ID-019).
    func freeAddress(of user: User.ID, at now: Instant) async throws

    /// Accounts whose address was never proven until an instant and whose owners were not told yet that they will be removed; they are locked, and
    /// skipped when somebody else has them.
    func lockUntoldNeverVerified(createdUntil limit: Instant, after: User.ID?, count: Int) async throws -> [User]

    /// Notes that the owner of such an account is told of its removal.
    func noteRemovalNotice(of user: User.ID, at now: Instant) async throws

    /// Accounts whose address was never proven until an instant and whose owners were told until another; they are locked, and skipped when somebody
    /// else has them.
    func lockNeverVerified(createdUntil limit: Instant, toldUntil told: Instant, after: User.ID?, count: Int) async throws -> [User]

    /// Whether somebody else belongs to an org of a person.
    func hasFellowMembers(_ user: User.ID) async throws -> Bool

    /// Removes a person: address, name, password, sessions, links and whatever else is theirs alone; keys stay as tombstones (ID-147).
    ///
    /// - Returns: how many sessions and keys there were; `nil` when the account is not due.
    func purge(_ user: User.ID, at now: Instant) async throws -> (sessions: Int, keys: Int)?

    /// Takes what is said of a person who is gone out of events that have been handed on.
    func eraseTraces(of user: User.ID) async throws -> Int

    /// Removes what nobody needs any more, at most so many rows of each kind (ID-080, ID-154).
    ///
    /// - Returns: how many rows went.
    func cleanUp(at now: Instant, limit: Int) async throws -> Int

    /// When copies of a person's data were made since an instant, newest first.
    func exportTimes(of user: User.ID, since: Instant) async throws -> [Instant]

    /// Stores a copy.
    func insert(_ export: PersonalExport) async throws

    /// The security events of a person since an instant, newest first.
    func securityEvents(of user: User.ID, since: Instant, limit: Int) async throws -> [SecurityEvent]
}
