import Core
import GraphEngines
import Graphs
import GraphsTesting
import Operations
import Synchronization
import Testing

/// The suites that every adapter must pass, ours first.
@Suite struct ConformanceTests {
    @Test func `GRA-122 the engine of PostgreSQL conforms`() async throws {
        try await EngineFixture.with { fixture, graph in
            var suite = GraphEngineConformance(fixture.engine, on: graph, limits: fixture.limits, fixture.warrant)
            let broken = try await suite.run()
            #expect(broken.isEmpty, "\(broken)")
        }
    }

    @Test func `GRA-122 the store in a directory conforms, and one that breaks a rule is told which`() async throws {
        try await withTemporaryDirectory { directory in
            var suite = BackupStoreConformance(try DirectoryBackupStore(directory: directory))
            let broken = try suite.run()
            #expect(broken.isEmpty, "\(broken)")
        }
        var hasty = BackupStoreConformance(MemoryStore(.showsUnfinished))
        let early = try hasty.run()
        #expect(early.contains("an object appears under its key only when it is finished"))
        var sticky = BackupStoreConformance(MemoryStore(.keepsDeleted))
        let kept = try sticky.run()
        #expect(kept.contains("what was deleted is not found"))
        var sound = BackupStoreConformance(MemoryStore(nil))
        let none = try sound.run()
        #expect(none.isEmpty, "\(none)")
    }
}

/// A store in memory, as somebody else might make one.
private final class MemoryStore: BackupStore {
    enum Fault { case showsUnfinished, keepsDeleted }
    private let fault: Fault?
    private let finished = Mutex<[String: [UInt8]]>([:])

    init(_ fault: Fault?) { self.fault = fault }

    func create(_ key: BackupObjectKey, expectedBytes: Int64) throws -> any BackupObjectWriter {
        if fault == .showsUnfinished { keep([], as: key) }
        return Writer(store: self, key: key)
    }
    func open(_ key: BackupObjectKey) throws -> any ByteSource {
        guard let bytes = finished.withLock({ $0[key.description] }) else { throw BackupStoreError.notFound }
        return Reader(bytes)
    }
    func delete(_ key: BackupObjectKey) throws {
        if fault != .keepsDeleted { finished.withLock { $0[key.description] = nil } }
    }
    func objects() throws -> [StoredArchive] {
        finished.withLock { objects in
            objects.sorted { $0.key < $1.key }.map {
                StoredArchive(key: $0.key, bytes: Int64($0.value.count), writtenAt: Instant(secondsSinceEpoch: 0))
            }
        }
    }
    func discardUnfinished(after silence: Duration) throws {}

    func keep(_ bytes: [UInt8], as key: BackupObjectKey) { finished.withLock { $0[key.description] = bytes } }

    final class Writer: BackupObjectWriter {
        private let store: MemoryStore
        private let key: BackupObjectKey
        private let bytes = Mutex<[UInt8]?>([])

        init(store: MemoryStore, key: BackupObjectKey) {
            self.store = store
            self.key = key
        }
        func append(_ more: [UInt8]) throws {
            try bytes.withLock { bytes in
                guard bytes != nil else { throw BackupStoreError.notFound }
                bytes? += more
            }
        }
        func finish() throws {
            try bytes.withLock { bytes in
                guard let whole = bytes else { throw BackupStoreError.notFound }
                store.keep(whole, as: key)
                bytes = nil
            }
        }
        func discard() { bytes.withLock { $0 = nil } }
    }

    final class Reader: ByteSource {
        private let rest: Mutex<ArraySlice<UInt8>>

        init(_ bytes: [UInt8]) { rest = Mutex(bytes[...]) }

        func read(upTo limit: Int) throws -> [UInt8] {
            rest.withLock { rest in
                defer { rest = rest.dropFirst(limit) }
                return Array(rest.prefix(limit))
            }
        }
    }
}
