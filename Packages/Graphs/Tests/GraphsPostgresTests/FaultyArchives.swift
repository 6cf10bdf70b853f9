import Core
import Graphs
import Operations
import Synchronization

@testable import GraphEngines

/// The real archives, of which the store refuses once when a test says so.
final class FaultyArchives: BackupArchiving {
    private let archives: EncryptedBackupArchive
    private let refusals = Mutex(0)
    private let stops = Mutex(0)

    init(_ archives: EncryptedBackupArchive) { self.archives = archives }

    /// The next removal is refused.
    func refuseOnce() { refusals.withLock { $0 += 1 } }

    /// As often the worker takes the time of an attempt away while an archive is written.
    func stopWriting(times: Int) { stops.withLock { $0 = times } }

    private func check() throws {
        let isRefused = refusals.withLock { count in
            defer { count = max(0, count - 1) }
            return count > 0
        }
        if isRefused { throw BackupStoreError.unusable("test") }
    }

    func write(_ graph: EngineGraph, timeout: Duration, _ warrant: StepWarrant) async throws -> BackupArchiveRecord {
        let isStopped = stops.withLock { count in
            defer { count = max(0, count - 1) }
            return count > 0
        }
        if isStopped { throw CancellationError() }
        return try await archives.write(graph, timeout: timeout, warrant)
    }
    func readBack(_ record: BackupArchiveRecord) async throws -> BackupReading { try await archives.readBack(record) }
    func remove(_ record: BackupArchiveRecord) async throws {
        try check()
        try await archives.remove(record)
    }
    func open(_ record: BackupArchiveRecord) async throws -> any BackupContents { try await archives.open(record) }
    func load(
        _ record: BackupArchiveRecord, beside graph: EngineGraph, limits: EngineLimits, timeout: Duration, _ warrant: StepWarrant
    ) async throws {
        try await archives.load(record, beside: graph, limits: limits, timeout: timeout, warrant)
    }
    func stored(after key: String?, limit: Int) async throws -> [StoredArchive] { try await archives.stored(after: key, limit: limit) }
    func discardUnfinished(after silence: Duration) async throws { try await archives.discardUnfinished(after: silence) }
    func remove(key: String) async throws {
        try check()
        try await archives.remove(key: key)
    }
}
