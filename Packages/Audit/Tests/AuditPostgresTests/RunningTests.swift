import Audit
import AuditProof
import Core
import Cryptography
import FoundationEssentials
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import AuditPostgres

/// The log while it runs: what is told of it, what it tells, and in which order.
@Suite struct RunningTests {
    private let system = AuditActor.system(component: "test")

    private func sealer(_ log: Log, telling lines: Observability.Log = .silent) throws -> AuditSealer {
        let signer = try AuditSigner(KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes(SHA256.digest(of: "k1"))), older: []))
        return AuditSealer(client: log.database.systemClient, dateSource: log.clock, signer: signer, log: lines)
    }

    @Test func `AUD-133 a process that starts and ends, a schema that is brought forward and the first checkpoint of a day are entries`()
        async throws
    {
        try await Log.with { log in
            let client = log.database.systemClient
            func entries(_ type: String) async throws -> [[String: JSONValue]] {
                try await log.database.adminClient.query("SELECT data FROM audit.entry WHERE type = \(type) ORDER BY recorded_at, id")
                    .map { try $0.decode("data", as: PostgresJSON<[String: JSONValue]>.self).value }
            }
            let (worker, command) = (Node.ID.make(at: log.clock.now), Node.ID.make(at: log.clock.now))
            let process = PostgresProcessLog(client: client, dateSource: log.clock, node: worker, process: "worker")
            // What was never introduced is no node: an end without a start is refused (AUD-005).
            await #expect(throws: PostgresError.self) { try await process.stopped() }
            try await process.started()
            try await process.stopped()
            #expect(try await entries("process_started") == [["process": "worker"]])
            #expect(try await entries("process_stopped") == [["process": "worker"]])

            let migrations = PostgresProcessLog(client: client, dateSource: log.clock, node: command, process: "trellis")
            try await migrations.applied([])
            try await migrations.applied((1...120).map { "step-\($0)" })
            let applied = try await entries("migration_applied")
            #expect(applied.map { $0["count"] } == [.integer(120)])
            guard case .array(let named)? = applied.first?["migrations"] else {
                Issue.record("the entry names no migrations")
                return
            }
            #expect(named.first == "step-21" && named.last == "step-120")

            let signer = try AuditSigner(KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes(SHA256.digest(of: "k1"))), older: []))
            let sealer = AuditSealer(client: client, dateSource: log.clock, signer: signer, node: worker, log: .silent)
            // The clock stands at 08:00 of a day: the second checkpoint is of the same day and covers the entry about the first.
            for step in [Duration.zero, .minutes(5), .days(1)] {
                log.clock.advance(by: step)
                _ = try await sealer.seal()
                #expect(try await sealer.checkpoint() != nil)
            }
            let signed = try await entries("audit_checkpoint_signed")
            #expect(signed.map { $0["number"] } == [.integer(1), .integer(3)])
            #expect(signed.allSatisfy { $0["key_id"] == "k1" })
        }
    }

    @Test func `AUD-012 a summary is one line of at most 200 characters, whatever a type makes of it`() async throws {
        try await Log.with { log in
            let long = "founded\r\nby \u{1B}[31mada@example.com\u{202E}\u{2028}" + String(repeating: "x", count: 300)
            try await log.write { _ = try await $0.record(CompanyFounded(log.company, summary: long), by: system) }
            let summary = try await log.database.adminClient.query("SELECT summary FROM audit.entry")[0].decode(String.self)
            #expect(summary.unicodeScalars.count == 200)
            #expect(summary.hasPrefix("founded  by  [") && summary.contains("[address]") && summary.hasSuffix("xxx"))
            #expect(!summary.contains("ada@example.com") && !summary.contains(where: \.isNewline) && !summary.contains("\u{1B}"))
        }
    }

    @Test func `AUD-027 log lines come from the stored row after the commit, and without any line the table is complete`() async throws {
        try await Log.with { log in
            let lines = Lines()
            func teller(_ isOpen: Bool) -> Observability.Log {
                Observability.Log(
                    label: "audit", level: .debug, levels: LogLevels(),
                    sink: { bytes in if isOpen { lines.add(bytes) } })
            }
            let first = try await log.write { try await $0.record(CompanyFounded(log.company, summary: "first"), by: system) }
            #expect(lines.with("").isEmpty)
            await #expect(throws: (any Error).self) {
                try await log.write { transaction in
                    try await transaction.record(CompanyFounded(log.company, summary: "undone"), by: system)
                    throw CancellationError()
                }
            }
            #expect(try await sealer(log, telling: teller(true)).seal() == 1)
            let told = lines.with("audit entry")
            #expect(told.count == 1 && told[0].contains(first.description) && told[0].contains("\"first\""))
            try await log.write { _ = try await $0.record(CompanyFounded(log.company, summary: "second"), by: system) }
            #expect(try await sealer(log, telling: teller(false)).seal() == 1)
            #expect(lines.with("second").isEmpty)
            let stored = try await log.database.adminClient.query("SELECT count(*) FROM audit.link")[0].decode(Int.self)
            #expect(stored == 2)
        }
    }

    @Test func `AUD-041 entries that wait are told after 30 seconds, degrade after five minutes, hinder no writer, and are caught up`()
        async throws
    {
        try await Log.with { log in
            func wait(_ seconds: Int) async throws -> AuditBacklog {
                try await log.database.adminClient.withTransaction(scope: .system) { transaction in
                    try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
                    try await transaction.execute(
                        "UPDATE audit.unsealed SET recorded_at = clock_timestamp() - make_interval(secs => \(Double(seconds)))")
                }
                // As what serves requests asks, which sees nothing of what waits.
                return try await AuditBacklog.current(in: log.database.client)
            }
            let sealer = try sealer(log)
            #expect(try await AuditBacklog.current(in: log.database.client) == AuditBacklog(age: .zero, count: 0))
            try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: system) }
            #expect(try await wait(5).state == .prompt)
            try await sealer.requirePromptness()
            #expect(try await wait(31).state == .late)
            await #expect(throws: AuditBacklog.self) { try await sealer.requirePromptness() }
            #expect(try await wait(200).state == .late)
            let backlog = try await wait(301)
            #expect(backlog.state == .degraded && backlog.count == 1)
            try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: system) }
            try await log.database.adminClient.withTransaction(scope: .system) { transaction in
                try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
                try await transaction.execute(
                    "UPDATE audit.unsealed AS u SET recorded_at = e.recorded_at FROM audit.entry AS e WHERE e.id = u.entry_id")
            }
            #expect(try await sealer.seal() == 2)
            try await sealer.requirePromptness()
            #expect(try await AuditBacklog.current(in: log.database.client).state == .prompt)
        }
    }

    @Test func `AUD-060 other private parts are kept as long as their entries, or for a time that is configured`() async throws {
        try await Log.withActors { log, person in
            let node = try await log.node()
            try await log.write { _ = try await $0.record(PersonActed(person: person), by: .user(AuditReference(person))) }
            log.clock.advance(by: .days(400))
            #expect(try await AuditUpkeep(client: log.database.systemClient, dateSource: log.clock, node: node).erase() == 0)
            let bounded = AuditUpkeep(
                client: log.database.systemClient, dateSource: log.clock, node: node, retention: .days(30), otherRetention: .days(401))
            #expect(try await bounded.erase() == 0)
            log.clock.advance(by: .days(2))
            #expect(try await bounded.erase() == 1)
            #expect(try await bounded.erase() == 0)
            #expect(try await log.count("audit_private_erased") == 1)
        }
    }

    /// Numbers in the order in which they are asked for, and whether all writers are done.
    private final class Watch: Sendable {
        private let ticks = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)

        func next() -> Int { ticks.add(1, ordering: .sequentiallyConsistent).newValue }
    }

    /// Lines that were told.
    private final class Lines: Sendable {
        private let all = Mutex<[String]>([])

        func add(_ bytes: [UInt8]) { all.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
        func with(_ words: String) -> [String] { all.withLock { lines in lines.filter { $0.contains(words) } } }
    }

    /// A writer's own view of one entry: a number before it was inserted and one after it was committed.
    private struct Moment: Sendable {
        let id: AuditEntryID
        let begun: Int
        let committed: Int
    }

    @Test(.timeLimit(.minutes(15)))
    func `AUD-039 of ten thousand entries that are written and sealed at once, what was committed before another began stands before it`()
        async throws
    {
        try await Log.with { log in
            let watch = Watch()
            let sealer = try sealer(log)
            let moments = try await withThrowingTaskGroup(of: [Moment].self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        var random = SystemRandomNumberGenerator()
                        var own: [Moment] = []
                        while own.count < 1_250 {
                            // Several entries of one transaction, and a pause of a random length before its commit.
                            let (count, pause) = (Int.random(in: 1...8, using: &random), Int.random(in: 0...2, using: &random))
                            let begun = watch.next()
                            let ids = try await log.write { transaction in
                                var ids: [AuditEntryID] = []
                                for _ in 0..<count {
                                    ids.append(
                                        try await transaction.record(CompanyFounded(log.company, summary: "by \(writer)"), by: system))
                                }
                                for _ in 0..<pause { _ = try await transaction.postgres.query("SELECT 1") }
                                return ids
                            }
                            let committed = watch.next()
                            own += ids.map { Moment(id: $0, begun: begun, committed: committed) }
                        }
                        return own
                    }
                }
                group.addTask {
                    while !watch.isOver.load(ordering: .acquiring) { if try await sealer.seal() == 0 { await Task.yield() } }
                    while try await sealer.seal() > 0 {}
                    return []
                }
                var all: [Moment] = []
                for _ in 0..<8 { all += try await group.next() ?? [] }
                watch.isOver.store(true, ordering: .releasing)
                try await group.waitForAll()
                return all
            }
            #expect(moments.count >= 10_000)
            var places: [AuditEntryID: Int64] = [:]
            for row in try await log.database.adminClient.query("SELECT entry_id, position FROM audit.link") {
                places[try row.decode("entry_id")] = try row.decode("position", as: Int64.self)
            }
            // In the order of beginning: everything committed by then stands before.
            let begun = moments.sorted { $0.begun < $1.begun }
            let committed = moments.sorted { $0.committed < $1.committed }
            var (next, highest, wrong) = (0, Int64(0), 0)
            for moment in begun {
                while next < committed.count, committed[next].committed < moment.begun {
                    highest = max(highest, places[committed[next].id] ?? .max)
                    next += 1
                }
                if (places[moment.id] ?? 0) <= highest { wrong += 1 }
            }
            #expect(wrong == 0 && places.count == moments.count)
        }
    }
}
