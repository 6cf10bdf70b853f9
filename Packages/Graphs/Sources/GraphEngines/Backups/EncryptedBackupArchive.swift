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
                engineVersion: dump.engineVersion)
        } catch {
            object.discard()
            throw error
        }
    }

    /// Reads an object back whole: every frame is opened, both digests are taken, and the dump tool reads the table of contents.
    public func readBack(_ record: BackupArchiveRecord) async throws -> BackupReading {
        guard let key = BackupObjectKey(record.objectKey) else { throw BackupStoreError.notFound }
        let reader = try await threads.run { try DecryptingReader(object: store.open(key), keys: keys) }
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
}
