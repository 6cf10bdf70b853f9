public import Audit
public import AuditProof

/// Where a log is kept: entries in chains that prove themselves. In memory (``MemoryAuditStore``) and on PostgreSQL (`PostgresAuditStore`) it ships; any other
/// one that passes the suite `AuditStoreConformance` of `AuditTesting` does as well (AUD-136).
///
/// A store forms what it keeps by ``AuditRecord``, links it by ``AuditProof/AuditChain`` and signs by ``AuditProof/AuditSigner``: then whoever verifies one log
/// verifies them all.
public protocol AuditStore: AuditReader, AuditOverview, AuditProver, AuditCatalogueReader {
    /// What records facts.
    associatedtype Transaction: AuditTransaction

    /// Runs a closure in one transaction, and keeps what it recorded only when it returns. A store may run it again after a conflict with another one.
    ///
    /// What breaks a rule is refused when it is recorded or at the end; either way nothing of the transaction is kept: a type that the catalogue does not have,
    /// a required reference that is missing, a kind that the store was not told of, a thing that is not there (AUD-005, AUD-007).
    /// - Throws: what the closure throws, and what the store refuses.
    func withTransaction<Result: Sendable>(_ body: (Transaction) async throws -> Result) async throws -> Result

    /// Gives the oldest entries without one their links, in the order in which they were kept (AUD-038). A second call has nothing left to do, when
    /// nothing was recorded meanwhile.
    ///
    /// - Returns: how many entries were linked.
    func seal() async throws -> Int

    /// Signs how far the chains have got, when that is due: at the first link, with new links five minutes after the last time, without a day (AUD-044).
    ///
    /// - Returns: the checkpoint, when one was made.
    func checkpoint() async throws -> AuditCheckpoint?

    /// Hands over the whole log, line after line, as ``AuditProof/AuditVerifier`` takes it: the header, the keys, entries in the order of their sealing, each
    /// checkpoint behind the links that it covers, and the end (AUD-082).
    func lines(_ take: (AuditExportLine) throws -> Void) async throws
}

extension AuditStore {
    /// Verifies the whole log as anybody can who holds an export, and the keys that are known from elsewhere (AUD-048).
    ///
    /// - Parameter verifier: a new one, with the keys that are trusted.
    /// - Returns: what was found; the log is sound when its `exitCode` is 0.
    /// - Throws: `AuditExportMalformed` when a line cannot stand where it does, and what the store throws.
    public func verify(_ verifier: AuditVerifier = AuditVerifier()) async throws -> AuditVerification {
        var verifier = verifier
        try await lines { try verifier.take($0) }
        return verifier.finish()
    }
}
