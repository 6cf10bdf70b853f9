import Core
import Graphs
import HTTPServer
import Identity
import Operations
import Synchronization
import Testing

@testable import GraphsHTTP

/// An archive in memory, given out in small pieces.
private final class Archive: BackupContents {
    private let bytes: Mutex<[UInt8]>

    init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes) }

    func read(upTo limit: Int) async throws -> [UInt8] {
        bytes.withLock { bytes in
            let piece = Array(bytes.prefix(min(limit, 7)))
            bytes = Array(bytes.dropFirst(piece.count))
            return piece
        }
    }
}

@Suite struct BackupFileTests {
    private let clear = (0..<100).map { UInt8($0) }
    private let now = Instant("2026-03-01T10:00:00Z") ?? Instant(secondsSinceEpoch: 0)

    private func backup(ofBytes count: Int64? = nil) -> GraphBackup {
        var backup = GraphBackup(
            id: GraphBackup.ID(high: 1, low: 2), graph: .make(), initiator: .user, createdAt: now, status: .completed,
            archive: BackupArchiveRecord(
                objectKey: "k", keyID: "k1", clearBytes: count ?? Int64(clear.count), storedBytes: 40, clearDigest: "abc",
                storedDigest: "def",
                nodes: 3, edges: 2, engineVersion: "15", contentDigest: nil),
            completedAt: now + .seconds(3), verifiedAt: nil, expiresAt: now + .days(7))
        backup.startedAt = now + .seconds(1)
        return backup
    }

    private func answer(_ range: String?, _ contents: [UInt8]? = nil) async throws -> Response {
        var headers = Headers()
        if let range { headers["Range"] = range }
        let request = try #require(
            Request(
                method: .get, target: "/v1/backup-files/x", headers: headers, body: [], remoteAddress: "127.0.0.1",
                id: RequestID.make(at: now)))
        return try await BackupFile.answer(request, (backup(), Archive(contents ?? clear)))
    }

    @Test func `an archive is given out whole with its length and digest, and in ranges (GRA-085)`() async throws {
        let whole = try await answer(nil)
        guard case .bytes(let bytes) = whole.body else {
            Issue.record("no bytes")
            return
        }
        #expect(whole.status == .ok && bytes == clear)
        #expect(whole.headers["X-Archive-Length"] == "100" && whole.headers["X-Archive-SHA256"] == "abc")
        #expect(whole.headers["Accept-Ranges"] == "bytes" && whole.headers["Cache-Control"] == "no-store")
        for (range, from, to) in [
            ("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=95-", 95, 100), ("bytes=-7", 93, 100), ("bytes=90-999", 90, 100),
        ] {
            let part = try await answer(range)
            guard case .bytes(let bytes) = part.body else {
                Issue.record("no bytes of \(range)")
                continue
            }
            #expect(part.status.rawValue == 206 && bytes == Array(clear[from..<to]), "\(range)")
            #expect(part.headers["Content-Range"] == "bytes \(from)-\(to - 1)/100", "\(range)")
        }
        for ignored in ["items=0-1", "bytes=a-b", "bytes=5-2", "bytes=0-1,4-5", "bytes=--"] {
            #expect(try await answer(ignored).status == .ok, "\(ignored)")
        }
        for outside in ["bytes=100-", "bytes=-0"] {
            let problem = await #expect(throws: Problem.self, "\(outside)") { try await answer(outside) }
            #expect(problem?.status.rawValue == 416 && problem?.headers["Content-Range"] == "bytes */100", "\(outside)")
        }
        // A file that ends early never looks complete.
        await #expect(throws: GraphError.notFound) { try await answer(nil, Array(clear.dropLast())) }
    }

    @Test func `every field of a backup and of the sums is there, with and without an archive (GRA-083, GRA-084)`() {
        let shown = BackupBodies.backup(backup())
        #expect(shown["compression_ratio"] == .number(0.4))
        #expect(shown["backup_duration_seconds"] == .number(2))
        #expect(shown["node_count"] == 3 && shown["relationship_count"] == 2)
        #expect(shown["completed_at"] == .string((now + .seconds(3)).description))
        var running = backup()
        running.status = .inProgress
        running.archive = nil
        running.completedAt = nil
        let bare = BackupBodies.backup(running)
        #expect(bare["completed_at"] == .null && bare["download_extension"] == .null && bare["original_size_bytes"] == 0)
        #expect(Set(bare.objectValue?.keys.map(\.self) ?? []) == Set(shown.objectValue?.keys.map(\.self) ?? ["?"]))
        var sums = BackupSums()
        #expect(BackupBodies.sums(sums, of: .make())["success_rate"] == .number(0))
        sums.total = 4
        sums.completed = 3
        sums.failed = 1
        sums.originalBytes = 100
        sums.storedBytes = 40
        let told = BackupBodies.sums(sums, of: .make())
        #expect(told["success_rate"] == .number(75) && told["storage_saved_bytes"] == 60)
        #expect(told["average_compression_ratio"] == .number(0.4) && told["latest_backup_date"] == .null)
    }

    @Test func `GRA-075 GRA-076 what may be asked of a backup, all faults at once, and what a tier makes of it`() throws {
        func wish(_ format: String? = nil, _ type: String? = nil, _ days: Int? = nil, _ packed: Bool? = nil, _ plan: String? = nil)
            -> BackupWish
        {
            BackupWish(format: format, type: type, retentionDays: days, isCompressed: packed, schedule: plan)
        }
        for (days, maximum, kept) in [(nil, 7, 7), (1, 7, 1), (7, 7, 7), (8, 7, 7), (90, 30, 30), (90, 90, 90), (30, 90, 30)]
            as [(Int?, Int, Int)]
        {
            #expect(try wish("full_dump", "full", days, true).keptDays(atMost: maximum) == kept)
        }
        let faults = #expect(throws: GraphDraft.Faults.self) { try wish("csv", "part", 91, false, "* * * * *").keptDays(atMost: 7) }
        #expect(faults?.problem.status == .unprocessableContent)
        #expect(faults?.faults.map(\.path) == [["backup_format"], ["backup_type"], ["compression"], ["schedule"], ["retention_days"]])
        #expect(throws: GraphDraft.Faults.self) { try wish(nil, nil, 0).keptDays(atMost: 7) }
        let limited = GraphError.backupLimitReached(limit: 2, resetsAt: now + .hours(14), now: now).problem
        #expect(limited.status == .tooManyRequests && limited.headers["Retry-After"] == "50400")
        #expect(limited.headers["X-RateLimit-Limit"] == "2" && limited.headers["X-RateLimit-Remaining"] == "0")
    }
}
