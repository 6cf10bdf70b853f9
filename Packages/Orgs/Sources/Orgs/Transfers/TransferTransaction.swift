public import Core
public import Identity

/// What a transaction can do with transfers. Every change of one but its expiry holds the org's lock (ORG-033).
public protocol TransferTransaction {
    /// Stores a new transfer.
    ///
    /// - Throws: ``OrgsError/transferPending`` when the org has a pending one.
    func insert(_ transfer: OwnershipTransfer, because reason: String?) async throws

    /// A transfer of an org, locked.
    func lockedTransfer(_ id: OwnershipTransfer.ID, of org: Org.ID) async throws -> OwnershipTransfer?

    /// The pending transfer of an org, locked.
    func lockedPendingTransfer(of org: Org.ID) async throws -> OwnershipTransfer?

    /// Ends a pending transfer by one conditional update.
    ///
    /// - Returns: `false` when it is not pending any more.
    func close(_ transfer: OwnershipTransfer.ID, as state: OwnershipTransfer.State, at now: Instant) async throws -> Bool

    /// Pending transfers whose time is over, locked, at most `limit`; those that somebody else has locked are left out.
    func lockedExpiredTransfers(at now: Instant, limit: Int) async throws -> [OwnershipTransfer]

    /// Whether the owners of an org must have a second factor.
    func requiresSecondFactorOfOwners(_ org: Org.ID) async throws -> Bool
}

/// Reads of transfers.
public protocol TransferReader: Sendable {
    /// The transfers of an org, newest first, at most 100.
    func transfers(of org: Org.ID) async throws -> [OwnershipTransfer]
}

/// Says whether a person has a second factor.
public protocol SecondFactorReader: Sendable {
    /// Whether the person has enrolled a passkey.
    func hasPasskey(_ user: User.ID) async throws -> Bool
}

/// For a deployment in which nobody can enrol a second factor.
public struct NoSecondFactors: SecondFactorReader {
    /// Makes a reader.
    public init() {}

    /// Nobody has.
    public func hasPasskey(_ user: User.ID) async throws -> Bool { false }
}
