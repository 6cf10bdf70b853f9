public import Core
public import Identity
public import Operations

/// A copy of a graph's contents, encrypted, in a store of its own; its record outlives the graph.
public struct GraphBackup: Sendable, Hashable, Identifiable, IdentifiedEntity {
    /// The id of a backup, `backup_…`.
    public typealias ID = Identifier<GraphBackup>
    /// `backup`
    public static let idPrefix = "backup"

    /// Who asked for it.
    public enum Initiator: String, Sendable, Codable {
        /// A person.
        case user
        /// The nightly schedule.
        case scheduled
        /// The product, before something risky.
        case system
        /// The destruction of the graph.
        case final
    }

    /// Where it stands.
    public enum Status: String, Sendable, Codable, CaseIterable {
        /// Asked for.
        case pending
        /// Being written.
        case inProgress = "in_progress"
        /// Complete in its store.
        case completed
        /// Given up.
        case failed
        /// Removed from its store at the end of its time.
        case expired
    }

    /// The id.
    public let id: ID
    /// The graph.
    public let graph: GraphID
    /// Who asked for it.
    public let initiator: Initiator
    /// When it was begun.
    public let createdAt: Instant
    /// Where it stands.
    public var status: Status
    /// What is in the store; only of a completed one.
    public var archive: BackupArchiveRecord?
    /// When it was complete.
    public var completedAt: Instant?
    /// When it was last read back whole.
    public var verifiedAt: Instant?
    /// Until when it is kept.
    public var expiresAt: Instant?
    /// The person who asked for it.
    public var requestedBy: User.ID?
    /// The operation that tells about it.
    public var operation: Operation.ID?
    /// The day it was taken for, such as `2026-03-01`; only of a nightly one.
    public var night: String?
    /// For how many days it is kept.
    public var keptDays: Int?
    /// When it began to be written.
    public var startedAt: Instant?
    /// Why it was given up, or what went wrong first; for operators.
    public var failure: String?

    /// Whether it is among the backups of a graph: those of its subgraphs are, also when they are gone.
    func belongs(to graph: GraphID) -> Bool { self.graph == graph || self.graph.parent == graph }

    /// Puts a backup together from what a store kept.
    public init(
        id: ID, graph: GraphID, initiator: Initiator, createdAt: Instant, status: Status, archive: BackupArchiveRecord?,
        completedAt: Instant?, verifiedAt: Instant?, expiresAt: Instant?
    ) {
        self.id = id
        self.graph = graph
        self.initiator = initiator
        self.createdAt = createdAt
        self.status = status
        self.archive = archive
        self.completedAt = completedAt
        self.verifiedAt = verifiedAt
        self.expiresAt = expiresAt
    }
}

/// What is known of an archive in a store, written when it was complete.
public struct BackupArchiveRecord: Sendable, Hashable, Codable {
    /// Its key in the store.
    public let objectKey: String
    /// The master key its own key is wrapped with.
    public let keyID: String
    /// Bytes of the archive in clear.
    public let clearBytes: Int64
    /// Bytes in the store.
    public let storedBytes: Int64
    /// SHA-256 of the archive in clear, in hexadecimal digits.
    public let clearDigest: String
    /// SHA-256 of the stored object.
    public let storedDigest: String
    /// Nodes in it.
    public let nodes: Int64
    /// Edges in it.
    public let edges: Int64
    /// The tool that wrote it.
    public let engineVersion: String
    /// A digest over all rows, which a restored database must have as well; archives of old have none.
    public let contentDigest: String?
    /// Bytes of the database that was dumped: the archive is packed; archives of old do not say.
    public let databaseBytes: Int64?

    /// Bytes before packing.
    public var originalBytes: Int64 { databaseBytes ?? clearBytes }

    /// Makes a record.
    public init(
        objectKey: String, keyID: String, clearBytes: Int64, storedBytes: Int64, clearDigest: String, storedDigest: String,
        nodes: Int64, edges: Int64, engineVersion: String, contentDigest: String?, databaseBytes: Int64? = nil
    ) {
        self.objectKey = objectKey
        self.keyID = keyID
        self.clearBytes = clearBytes
        self.storedBytes = storedBytes
        self.clearDigest = clearDigest
        self.storedDigest = storedDigest
        self.nodes = nodes
        self.edges = edges
        self.engineVersion = engineVersion
        self.contentDigest = contentDigest
        self.databaseBytes = databaseBytes
    }
}

/// An object in the store of archives.
public struct StoredArchive: Sendable, Hashable {
    /// Its key.
    public let key: String
    /// Its size.
    public let bytes: Int64
    /// When it was written.
    public let writtenAt: Instant

    /// Describes an object.
    public init(key: String, bytes: Int64, writtenAt: Instant) {
        self.key = key
        self.bytes = bytes
        self.writtenAt = writtenAt
    }
}

/// What was found when an archive was read back whole.
public struct BackupReading: Sendable, Hashable {
    /// Bytes in clear.
    public let clearBytes: Int64
    /// Bytes in the store.
    public let storedBytes: Int64
    /// SHA-256 in clear.
    public let clearDigest: String
    /// SHA-256 of the stored object.
    public let storedDigest: String
    /// The tables whose contents it holds.
    public let tables: Set<String>

    /// Makes a reading.
    public init(clearBytes: Int64, storedBytes: Int64, clearDigest: String, storedDigest: String, tables: Set<String>) {
        self.clearBytes = clearBytes
        self.storedBytes = storedBytes
        self.clearDigest = clearDigest
        self.storedDigest = storedDigest
        self.tables = tables
    }
}

/// Writes archives of graphs into a store and reads them back.
public protocol BackupArchiving: Sendable {
    /// Dumps a graph, encrypted, into a new object; an attempt that failed leaves nothing that could be taken for a backup.
    func write(_ graph: EngineGraph, timeout: Duration, _ warrant: StepWarrant) async throws -> BackupArchiveRecord

    /// Reads an object back whole, decrypts it, and has the dump tool read its table of contents.
    func readBack(_ record: BackupArchiveRecord) async throws -> BackupReading

    /// Removes an object; absent counts as done.
    func remove(_ record: BackupArchiveRecord) async throws

    /// Opens an archive, to be read in clear from its beginning.
    func open(_ record: BackupArchiveRecord) async throws -> any BackupContents

    /// Loads an archive into a database of its own beside the graph's, named after the operation; what an earlier attempt left there is
    /// dropped first, and the archive is read to its end and compared with its record.
    func load(
        _ record: BackupArchiveRecord, beside graph: EngineGraph, limits: EngineLimits, timeout: Duration, _ warrant: StepWarrant
    ) async throws

    /// What is in the store, in the order of keys.
    func stored(after key: String?, limit: Int) async throws -> [StoredArchive]

    /// Removes an object that no record names; absent counts as done.
    func remove(key: String) async throws

    /// Removes what processes that died while they wrote left unfinished, when nothing was added to it for so long.
    func discardUnfinished(after silence: Duration) async throws
}
