public import Core

/// Code of a package above that takes part in the end of an org: it names what stands in the way, and does its share in the same transaction.
public protocol OrgLifecycleObserver<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: OrgTransaction

    /// What forbids deleting the org now. It is asked under the org's lock, so that nothing new begins beside it.
    ///
    /// - Parameter forfeitsBalance: whether the owner gives up credit that is left.
    func deletionBlockers(
        of org: Org.ID, forfeitingBalance forfeitsBalance: Bool, in transaction: Transaction
    ) async throws -> [DeletionBlocker]

    /// What lives in the org and ends with it, beside what forbids its deletion: the account of its only person does not end before it (ID-143).
    func livingThings(of org: Org.ID, in transaction: Transaction) async throws -> [DeletionBlocker]

    /// Whether there are records of the org, such as invoices, for which its only person is kept even when the address was never proven (ID-020).
    func holdsRecords(of org: Org.ID, in transaction: Transaction) async throws -> Bool

    /// The org was switched off: holds back what would destroy its things before the purge, and stops what nobody pays for any more.
    func orgDeleted(_ org: Org, purgeAt: Instant, in transaction: Transaction) async throws

    /// The org works again: lifts what `orgDeleted` held.
    func orgRestored(_ org: Org, in transaction: Transaction) async throws

    /// Does its share of a step, outside of any transaction. It is asked again after a crash and until it is done; twice is once.
    func purge(_ step: PurgeStep, of org: Org.ID, at now: Instant) async throws -> PurgeStepOutcome
}

extension OrgLifecycleObserver {
    /// Nothing stands in the way.
    public func deletionBlockers(
        of org: Org.ID, forfeitingBalance forfeitsBalance: Bool, in transaction: Transaction
    ) async throws -> [DeletionBlocker] { [] }

    /// Nothing does.
    public func livingThings(of org: Org.ID, in transaction: Transaction) async throws -> [DeletionBlocker] { [] }

    /// None are known.
    public func holdsRecords(of org: Org.ID, in transaction: Transaction) async throws -> Bool { false }

    /// Has no share.
    public func orgDeleted(_ org: Org, purgeAt: Instant, in transaction: Transaction) async throws {}

    /// Has no share.
    public func orgRestored(_ org: Org, in transaction: Transaction) async throws {}

    /// Has no share.
    public func purge(_ step: PurgeStep, of org: Org.ID, at now: Instant) async throws -> PurgeStepOutcome { .done }
}
