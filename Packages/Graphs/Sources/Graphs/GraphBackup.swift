public import Core

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
    public enum Status: String, Sendable, Codable {
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

    /// Makes a record.
    public init(
        objectKey: String, keyID: String, clearBytes: Int64, storedBytes: Int64, clearDigest: String, storedDigest: String,
        nodes: Int64, edges: Int64, engineVersion: String
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
}
