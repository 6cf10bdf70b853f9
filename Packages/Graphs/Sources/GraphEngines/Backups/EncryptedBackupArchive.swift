public import Cryptography
internal import Foundation
public import Graphs

/// Archives of graphs: dumped by the engine, encrypted on the way, kept in a store (GRA-114 to GRA-117).
public struct EncryptedBackupArchive: BackupArchiving {
    private let engine: any GraphEngine
    private let store: any BackupStore
    private let keys: KeyRing
    private let threads: BlockingThreads

    /// Makes archives of an engine's graphs in a store, under the newest of the master keys.
    public init(engine: any GraphEngine, store: any BackupStore, keys: KeyRing) {
        self.engine = engine
        self.store = store
        self.keys = keys
        threads = BlockingThreads()
    }

    /// Dumps a graph into a new object; what was begun is removed when it fails.
    public func write(_ graph: EngineGraph, timeout: Duration, _ warrant: StepWarrant) async throws -> BackupArchiveRecord {
        let name = Hex.encode(RandomBytes.make(count: 16))
        guard let key = BackupObjectKey(name) else { throw BackupStoreError.notFound }
        let expected = try await engine.facts(graph, within: .seconds(5)).bytes
        let object = try store.create(key, expectedBytes: expected)
        do {
            let writer = try EncryptingWriter(object: object, masterKey: keys.newest)
            let dump = try await engine.dump(graph, into: writer, timeout: timeout, warrant)
            let summary = try await threads.run {
                let summary = try writer.finish()
                try object.finish()
                return summary
            }
            return BackupArchiveRecord(
                objectKey: name, keyID: keys.newest.id, clearBytes: summary.clearBytes, storedBytes: summary.storedBytes,
                clearDigest: summary.clearDigest, storedDigest: summary.storedDigest, nodes: dump.nodes, edges: dump.edges,
                engineVersion: dump.engineVersion, contentDigest: dump.digest, databaseBytes: expected)
        } catch {
            object.discard()
            throw error
        }
    }

    /// Reads an object back whole: every frame is opened, both digests are taken, and the dump tool reads the table of contents.
    public func readBack(_ record: BackupArchiveRecord) async throws -> BackupReading {
        let reader = try await reader(of: record)
        let tables = try await engine.tables(inArchive: reader)
        let read = try await threads.run {
            while try !reader.read(upTo: ArchiveHeader.frameBytes).isEmpty {}
            return try reader.finish()
        }
        return BackupReading(
            clearBytes: read.clearBytes, storedBytes: read.storedBytes, clearDigest: read.clearDigest, storedDigest: read.storedDigest,
            tables: tables)
    }

    /// Removes an object from the store.
    public func remove(_ record: BackupArchiveRecord) async throws {
        guard let key = BackupObjectKey(record.objectKey) else { return }
        try await threads.run { try store.delete(key) }
    }

    /// Opens an archive on a thread of its own, since a disk may be slow.
    public func open(_ record: BackupArchiveRecord) async throws -> any BackupContents {
        ClearContents(reader: try await reader(of: record), threads: threads)
    }

    /// Loads an archive while it is decrypted; an archive that is not what was written is refused although its tool read it.
    public func load(
        _ record: BackupArchiveRecord, beside graph: EngineGraph, limits: EngineLimits, timeout: Duration, _ warrant: StepWarrant
    ) async throws {
        let reader = try await reader(of: record)
        try await engine.load(reader, beside: graph, limits: limits, timeout: timeout, warrant)
        let read = try await threads.run {
            while try !reader.read(upTo: ArchiveHeader.frameBytes).isEmpty {}
            return try reader.finish()
        }
        guard read.clearDigest == record.clearDigest, read.storedDigest == record.storedDigest else { throw ArchiveError.notAuthentic }
    }

    /// Lists what is in the store.
    public func stored(after key: String?, limit: Int) async throws -> [StoredArchive] {
        let objects = try await threads.run { try store.objects() }
        return Array(objects.drop { object in key.map { object.key <= $0 } ?? false }.prefix(limit))
    }

    /// Removes what writers that are gone left unfinished.
    public func discardUnfinished(after silence: Duration) async throws {
        try await threads.run { try store.discardUnfinished(after: silence) }
    }

    /// Removes an object by its key.
    public func remove(key: String) async throws {
        guard let key = BackupObjectKey(key) else { return }
        try await threads.run { try store.delete(key) }
    }

    private func reader(of record: BackupArchiveRecord) async throws -> DecryptingReader {
        guard let key = BackupObjectKey(record.objectKey) else { throw BackupStoreError.notFound }
        return try await threads.run { try DecryptingReader(object: store.open(key), keys: keys) }
    }
}

/// An archive in clear, read on threads of its own.
private struct ClearContents: BackupContents {
    let reader: DecryptingReader
    let threads: BlockingThreads

    func read(upTo limit: Int) async throws -> [UInt8] {
        try await threads.run { try reader.read(upTo: limit) }
    }
}
