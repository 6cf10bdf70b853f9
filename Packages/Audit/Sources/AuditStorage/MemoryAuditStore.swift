public import Audit
public import AuditProof
public import Core
internal import Cryptography
public import FoundationEssentials
internal import Synchronization

/// Says which things there are, so that an entry never points to nothing (AUD-005). The program answers from wherever it keeps them.
public protocol AuditedThings: Sendable {
    /// Whether there is such a thing.
    func contains(_ thing: AuditReference) async throws -> Bool
}

/// Why ``MemoryAuditStore`` refuses an entry, or a transaction.
public enum AuditRefusal: Error, Sendable, Hashable {
    /// The catalogue has no such type, or has it with other facts than the event says.
    case unknownType(String)
    /// The type is reserved, and written by nobody (AUD-134).
    case reservedType(String)
    /// A reference that the type requires is missing (AUD-007).
    case missingReference(AuditReferenceKind, type: String)
    /// The store was told of no such kind.
    case unknownKind(AuditReferenceKind)
    /// There is no such thing (AUD-005).
    case noSuchThing(AuditReference)
    /// The summary says nothing.
    case emptySummary
    /// The transaction is over.
    case transactionOver
    /// Another transaction recorded the same fact meanwhile, by its deduplication key; nothing of this one was kept, and it can be done again.
    case conflict(key: String)
}

/// A log in memory: for programs that keep nothing longer than they run, and for tests of those that do. It refuses, links, signs and proves what the store
/// on PostgreSQL does, and its export is verified by the same program (AUD-136).
public final class MemoryAuditStore: AuditStore {
    private let catalogue: [String: AuditEventType]
    private let kinds: Set<AuditReferenceKind>
    private let things: any AuditedThings
    private let dateSource: any DateSource
    private let signer: AuditSigner
    private let cursors = AuditCursors()
    private let state = Mutex(MemoryAuditLog())

    /// Makes an empty log.
    ///
    /// - Parameters:
    ///   - types: the catalogue: what may be recorded. The names differ; of two with one name the first is taken.
    ///   - kinds: what may be referred to.
    ///   - things: says what there is.
    ///   - dateSource: the business time.
    ///   - signer: signs checkpoints.
    public init(
        types: [AuditEventType], kinds: [AuditReferenceKind], things: any AuditedThings, dateSource: any DateSource, signer: AuditSigner
    ) {
        catalogue = Dictionary(types.map { ($0.name, $0) }) { first, _ in first }
        self.kinds = Set(kinds)
        self.things = things
        self.dateSource = dateSource
        self.signer = signer
    }

    /// What records facts into the log, until the closure that it was handed to ends.
    public final class Transaction: AuditTransaction, Sendable {
        private let store: MemoryAuditStore
        fileprivate let kept = Mutex<(records: [AuditRecord], keys: [String: AuditEntryID])?>(([], [:]))

        fileprivate init(_ store: MemoryAuditStore) {
            self.store = store
        }

        /// Checks the fact and keeps it for the end of the transaction.
        ///
        /// - Returns: the id of the entry, or of the first one with the same deduplication key.
        /// - Throws: ``AuditRefusal``, and what the look for a thing throws.
        @discardableResult
        public func record(_ entry: some AuditEvent, by actor: AuditActor) async throws -> AuditEntryID {
            let key = entry.deduplicationKey
            if let key, let first = kept.withLock({ $0?.keys[key] }) ?? store.entry(forKey: key) { return first }
            let now = store.dateSource.now
            let record = AuditRecord(entry, by: actor, id: AuditEntryID.make(at: now), at: now)
            try await store.check(record)
            try kept.withLock { kept in
                guard kept != nil else { throw AuditRefusal.transactionOver }
                kept?.records.append(record)
                if let key { kept?.keys[key] = record.id }
            }
            record.handOn()
            return record.id
        }
    }

    /// Runs a closure in one transaction. Transactions run beside each other; of two that record one fact the second is refused as a conflict.
    public func withTransaction<Result: Sendable>(_ body: (Transaction) async throws -> Result) async throws -> Result {
        let transaction = Transaction(self)
        // Whatever the closure leaves behind finds the transaction over.
        defer { transaction.kept.withLock { $0 = nil } }
        let result = try await body(transaction)
        let kept = transaction.kept.withLock { kept in
            defer { kept = nil }
            return kept ?? ([], [:])
        }
        try state.withLock { try $0.commit(kept.records, keys: kept.keys) }
        return result
    }

    private func entry(forKey key: String) -> AuditEntryID? { state.withLock { $0.keys[key] } }

    private func check(_ record: AuditRecord) async throws {
        guard let type = catalogue[record.type.name], type == record.type else { throw AuditRefusal.unknownType(record.type.name) }
        guard type.isEmitted else { throw AuditRefusal.reservedType(type.name) }
        guard !record.summary.isEmpty else { throw AuditRefusal.emptySummary }
        for kind in type.requires where !record.references.contains(where: { $0.kind == kind }) {
            throw AuditRefusal.missingReference(kind, type: type.name)
        }
        for reference in record.references + [record.actor.reference].compactMap(\.self) {
            guard kinds.contains(reference.kind) else { throw AuditRefusal.unknownKind(reference.kind) }
            guard try await things.contains(reference) else { throw AuditRefusal.noSuchThing(reference) }
        }
    }

    /// The entries that refer to an org, newest first.
    public func entries(ofOrg org: UUID, _ query: AuditQuery) async throws -> Page<AuditEntry> {
        var query = query
        query.org = org
        return try await entries(query)
    }

    /// Entries of all chains, newest first.
    public func entries(_ query: AuditQuery) async throws -> Page<AuditEntry> {
        let place = try query.cursor.map { cursor in
            guard let place = cursors.place(cursor, in: query) else { throw AuditCursorInvalid() }
            return place
        }
        let entries = try state.withLock { try $0.entries(query, from: place) }
        let page = Array(entries.prefix(query.limit))
        let next = entries.count > page.count ? page.last.flatMap { cursors.cursor(AuditPlace(at: $0.at, id: $0.id), in: query) } : nil
        return Page(elements: page, next: next)
    }

    /// What proves an entry of an org's chain; `nil` when there is no such entry.
    public func proof(of entry: AuditEntryID, ofOrg org: UUID) async throws -> JSONValue? {
        try state.withLock { try $0.proof(of: entry, in: AuditChain.org(org.uuidString)) }
    }

    /// Every type of entry, by name.
    public func types() async throws -> [AuditEventType] { catalogue.values.sorted { $0.name < $1.name } }

    /// The key that signs, once it has.
    public func keys() async throws -> [AuditPublicKey] {
        guard state.withLock({ !$0.checkpoints.isEmpty }) else { return [] }
        return [AuditPublicKey(id: signer.keyID, bytes: signer.publicKey.rawRepresentation, endorsedBy: nil, endorsement: nil)]
    }

    /// Links everything that waits.
    public func seal() async throws -> Int { state.withLock { $0.seal() } }

    /// Signs a checkpoint when one is due.
    public func checkpoint() async throws -> AuditCheckpoint? {
        let (now, signer) = (dateSource.now, signer)
        return try state.withLock { try $0.checkpoint(at: now, by: signer) }
    }

    /// The log as it is at this moment.
    public func lines(_ take: (AuditExportLine) throws -> Void) async throws {
        let (log, keys) = (state.withLock(\.self), try await keys())
        try take(.header)
        for key in keys { try take(.key(id: key.id, publicKey: key.bytes, endorsedBy: nil, endorsement: nil)) }
        try log.lines(take)
    }
}
