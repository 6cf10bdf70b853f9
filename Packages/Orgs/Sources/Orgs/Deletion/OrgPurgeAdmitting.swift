public import Core

/// Says whether one more org may be erased now: met by the package that guards automatic actions (OPS-099).
public protocol OrgPurgeAdmitting<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: OrgTransaction

    /// Counts one more in the transaction that begins it.
    ///
    /// - Returns: after which time to ask again; `nil` when it may begin.
    func delay(ofPurgeAt now: Instant, in transaction: Transaction) async throws -> Duration?
}
