import Audit
import AuditProof
import AuditStreaming
import Core
import Cryptography
import EventLoops
import Foundation
import HTTPClient
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import AuditPostgres

/// Takes lines and says so, or not, as it was told.
final class Collector: AuditSinkSender {
    enum Answer: Sendable {
        case taken
        /// The lines arrived, and the answer was lost.
        case lost
        case refused
    }

    let batches = Mutex<[(sink: AuditSink.ID, batch: AuditSinkBatch)]>([])
    private let script: Mutex<[Answer]>
    /// The sinks that take nothing.
    let isDown = Mutex<Set<AuditSink.ID>>([])

    init(_ script: [Answer] = []) {
        self.script = Mutex(script)
    }

    func send(_ batch: AuditSinkBatch, to sink: AuditSink, at now: Instant) async throws {
        if isDown.withLock({ $0.contains(sink.id) }) { throw AuditSinkRefused(reason: "status 500") }
        let answer = script.withLock { $0.isEmpty ? .taken : $0.removeFirst() }
        if answer == .refused { throw AuditSinkRefused(reason: "status 503") }
        batches.withLock { $0.append((sink.id, batch)) }
        if answer == .lost { throw AuditSinkRefused(reason: "no answer") }
    }

    func lines(of sink: AuditSink.ID) -> [String] { batches.withLock { $0.filter { $0.sink == sink }.flatMap(\.batch.lines) } }
}

@Suite struct SinkTests {
    private func streaming(_ log: Log, _ senders: [AuditSink.Kind: any AuditSinkSender], _ loops: EventLoopGroup) -> AuditSinkStreaming {
        AuditSinkStreaming(
            client: log.database.systemClient, senders: senders, dateSource: log.clock, loops: loops, log: .silent)
    }

    private func sinks(_ log: Log) -> PostgresAuditSinks { PostgresAuditSinks(client: log.database.systemClient, dateSource: log.clock) }

    private func add(
        _ log: Log, _ kind: AuditSink.Kind = .http, to target: String = "https://siem.example.com/in", _ filter: AuditSink.Filter = .none
    ) async throws -> AuditSink.ID {
        let sink = AuditSink(
            id: .make(at: log.clock.now), kind: kind, target: target, filter: filter, sealedSecret: nil, progress: .beginning,
            health: AuditSinkHealth(startingAt: log.clock.now))
        try await sinks(log).add(sink, by: .system(component: "test"))
        return sink.id
    }

    private func found(_ log: Log, _ company: Company.ID? = nil, times: Int) async throws {
        try await log.write { transaction in
            for _ in 0..<times { _ = try await transaction.record(CompanyFounded(company ?? log.company), by: .system(component: "test")) }
        }
    }

    /// What a receiver proves of what it holds, as it came.
    private func proved(_ lines: [String]) throws -> AuditVerification {
        var verifier = AuditVerifier(isStream: true)
        for line in lines { try verifier.take(AuditExportLine(text: line)) }
        return verifier.finish()
    }

    private func seals(_ lines: [String]) throws -> [Int64] {
        try lines.compactMap { line in
            if case .entry(let link) = try AuditExportLine(text: line) { link.seal } else { nil }
        }
    }

    private func withLoops(_ body: (EventLoopGroup) async throws -> Void) async throws {
        let loops = try EventLoopGroup(count: 1, name: "sinks")
        defer { loops.shutdown() }
        try await body(loops)
    }

    @Test
    func
        `AUD-046 AUD-088 AUD-090 a receiver that fails again and again gets everything in order, twice only at boundaries, and proves what it holds`()
        async throws
    {
        try await withLoops { loops in
            try await Log.with { log in
                let other = Company.ID.make(at: log.clock.now)
                try await log.database.adminClient.execute("INSERT INTO audit.company VALUES (\(other), 'b')")
                let collector = Collector([.refused, .lost, .taken, .lost, .lost, .refused])
                let sink = try await add(log)
                try await found(log, times: 4)
                try await found(log, other, times: 3)
                _ = try await log.sealed()
                var streaming = streaming(log, [.http: collector], loops)
                streaming.entriesTogether = 5
                for _ in 0..<8 {
                    try await streaming.deliverDue()
                    log.clock.advance(by: .minutes(1))
                }
                let first = collector.lines(of: sink)
                // The entry of the sink itself is the first of all.
                #expect(Set(try seals(first)) == Set(1...8))
                #expect(collector.batches.withLock { $0.count } == 5)
                // What came again came as the whole that it was, by the same name.
                let names = collector.batches.withLock { $0.map(\.batch.id) }
                #expect(names[0] == names[1] && names[2] == names[3] && names[3] == names[4] && names[1] != names[2])
                let report = try proved(first)
                #expect(report.exitCode == 0 && report.entries == 8 && report.proved == 8, "\(report.findings)")
                #expect(first.filter { $0.contains("\"kind\":\"checkpoint\"") }.count == 3)

                // What comes later is proved as far as the last checkpoint.
                try await found(log, times: 3)
                _ = try await log.sealed()
                try await streaming.deliverDue()
                let later = try proved(collector.lines(of: sink))
                #expect(later.exitCode == 0 && later.entries == 11 && later.proved == 11)
                // A receiver that lost one line sees it.
                var damaged = collector.lines(of: sink)
                damaged.removeAll { $0.hasSuffix("\"seal\":7}") }
                #expect(try proved(damaged).exitCode == 1)

                // From a place on everything comes once more.
                let before = collector.lines(of: sink).count
                #expect(try await sinks(log).resume(sink, after: 6, by: .system(component: "test")))
                try await streaming.deliverDue()
                let again = Array(collector.lines(of: sink).dropFirst(before))
                #expect(try seals(again) == Array(7...11))
                #expect(try proved(collector.lines(of: sink)).exitCode == 0)
                try await streaming.deliverDue()
                #expect(collector.lines(of: sink).count == before + again.count)
                // Another receiver, which has nothing, gets all of it with what it needs to prove it.
                let whole = collector.lines(of: sink).count
                #expect(try await sinks(log).resume(sink, after: 0, by: .system(component: "test")))
                try await streaming.deliverDue()
                let anew = try proved(Array(collector.lines(of: sink).dropFirst(whole)))
                #expect(anew.exitCode == 0 && anew.entries == 11 && anew.proved == 11, "\(anew.findings)")
            }
        }
    }

    @Test func `AUD-089 a sink that fails keeps no other waiting, pauses with an entry, and goes on where it stopped`() async throws {
        try await withLoops { loops in
            try await Log.with { log in
                let collector = Collector()
                let (broken, sound) = (try await add(log), try await add(log, to: "https://other.example.com/in"))
                collector.isDown.withLock { _ = $0.insert(broken) }
                let streaming = streaming(log, [.http: collector], loops)
                _ = try await log.sealed()
                for wait: Duration in [.zero, .hours(1), .days(3), .days(3), .days(1)] {
                    log.clock.advance(by: wait)
                    try await found(log, times: 1)
                    _ = try await log.sealed()
                    try await streaming.deliverDue()
                }
                let paused = try #require(try await sinks(log).sink(broken))
                #expect(paused.health.pausedAt == log.clock.now && paused.health.attempts == 5 && paused.progress == .beginning)
                #expect(paused.health.lastError == "status 500" && paused.health.alertedAt != nil)
                #expect(try await log.count("audit_sink_paused") == 1)
                // Both sinks' own entries, and five more.
                #expect(try seals(collector.lines(of: sound)) == Array(1...7))
                log.clock.advance(by: .days(1))
                collector.isDown.withLock { $0 = [] }
                try await streaming.deliverDue()
                #expect(collector.lines(of: broken).isEmpty)

                #expect(try await sinks(log).resume(broken, after: nil, by: .system(component: "test")))
                _ = try await log.sealed()
                try await streaming.deliverDue()
                // With the entries of its own pause and of its end.
                #expect(try seals(collector.lines(of: broken)) == Array(1...9))
                let sane = try #require(try await sinks(log).sink(broken))
                #expect(sane.health.failingSince == nil && sane.health.attempts == 0)
                #expect(try await sinks(log).pause(broken, by: .system(component: "test")))
                #expect(try await !sinks(log).pause(broken, by: .system(component: "test")))
                #expect(try await log.count("audit_sink_paused") == 2)
            }
        }
    }

    @Test func `a sink gets its own chain, its classes and its risks only, and several processes send each line once`() async throws {
        try await withLoops { loops in
            try await Log.with { log in
                let other = Company.ID.make(at: log.clock.now)
                try await log.database.adminClient.execute("INSERT INTO audit.company VALUES (\(other), 'b')")
                let chain = AuditChain.org(log.company.uuid.uuidString)
                let own = try await add(log, to: "https://a.example.com/", .init(chain: chain, classes: [], minimumRisk: .low))
                let high = try await add(log, to: "https://b.example.com/", .init(chain: nil, classes: [.security], minimumRisk: .high))
                try await found(log, times: 2)
                try await found(log, other, times: 2)
                try await log.write { transaction in
                    let client = NetworkClient(address: "203.0.113.9")
                    for risk in [AuditRisk.medium, .high] {
                        _ = try await transaction.record(
                            AuthorizationDenied(client: client, route: "POST /a", reason: "x", size: 1, risk: risk),
                            by: .anonymous(AuditReference(client)))
                    }
                }
                _ = try await log.sealed()
                let collector = Collector()
                let processes = (0..<2).map { _ in streaming(log, [.http: collector], loops) }
                try await withThrowingTaskGroup { group in
                    for process in processes { group.addTask { try await process.deliverDue() } }
                    try await group.waitForAll()
                }
                func entries(_ sink: AuditSink.ID) throws -> [JSONValue] {
                    try collector.lines(of: sink).compactMap { line in
                        guard case .entry(let link) = try AuditExportLine(text: line) else { return nil }
                        return try JSON.decode(JSONValue.self, from: link.canonical)
                    }
                }
                #expect(try entries(own).map { $0["chain"] } == [.string(chain), .string(chain)])
                #expect(try entries(high).map { $0["risk"] } == ["high"])
                // Both have passed everything, whatever of it they got.
                for sink in try await sinks(log).all() { #expect(sink.progress.seal == 8 && sink.progress.checkpoint == 1) }
            }
        }
    }

    @Test func `AUD-088 a file has whole lines, and what a crash cut off is behind a line of its own`() async throws {
        try await withLoops { loops in
            try await Log.with { log in
                let folder = FileManager.default.temporaryDirectory.appending(path: "sinks-\(UUID().uuidString)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                defer { try? FileManager.default.removeItem(at: folder) }
                let sink = try await add(log, .file, to: "audit.jsonl")
                let streaming = streaming(log, [.file: FileAuditSinkSender(folder: folder.path)], loops)
                try await found(log, times: 2)
                _ = try await log.sealed()
                try await streaming.deliverDue()
                let file = folder.appending(path: "audit.jsonl")
                func lines() throws -> [String] {
                    String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n").map(String.init)
                }
                #expect(try proved(try lines()).entries == 3)
                let handle = try FileHandle(forWritingTo: file)
                try handle.seekToEnd()
                try handle.write(contentsOf: Data("{\"kind\":\"ent".utf8))
                try handle.close()
                try await found(log, times: 1)
                log.clock.advance(by: .minutes(5))
                _ = try await log.sealed()
                try await streaming.deliverDue()
                let whole = try lines().filter { $0 != "{\"kind\":\"ent" }
                #expect(try lines().count == whole.count + 1)
                #expect(try proved(whole).proved == 4)
                // A name that leads elsewhere is refused, by whoever makes the sink and when it is written.
                for name in ["../audit.jsonl", "/etc/passwd", ".hidden", "", "a/b"] {
                    #expect(FileAuditSinkSender.refusal(of: name) != nil)
                }
                #expect(FileAuditSinkSender.refusal(of: "audit-1.jsonl") == nil)
                try await log.database.adminClient.execute("UPDATE audit.sink SET target = '../x', seal = 0 WHERE id = \(sink)")
                try await streaming.deliverDue()
                #expect(try await sinks(log).sink(sink)?.health.failingSince == log.clock.now)
            }
        }
    }
}

/// Posts as a monitoring system gets them, without a database.
@Suite struct HTTPSinkTests {
    /// Answers with a status, or not at all, and keeps what came.
    private final class Server: HTTPTransport {
        let requests = Mutex<[ClientRequest]>([])
        let status = Mutex(204)

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            requests.withLock { $0.append(request) }
            return ClientResponse(status: status.withLock { $0 })
        }
    }

    private let now = Instant(secondsSinceEpoch: 1_800_000_000)
    private let batch = AuditSinkBatch(id: "asnk_1-0-2-1", lines: ["{\"a\":1}", "{\"b\":2}"])

    private func sender(_ server: Server) throws -> HTTPAuditSinkSender {
        let ring = try KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes([UInt8](repeating: 7, count: 32))))
        return HTTPAuditSinkSender(transport: server, sealer: try SecretSealer(keys: ring), rules: DestinationRules()) {
            id, now, body, secret in
            [("webhook-id", id), ("webhook-signature", "\(now.secondsSinceEpoch) \(body.count) \(secret.withValue { $0 })")]
        }
    }

    private func sink(_ url: String, _ sealed: String?, _ id: AuditSink.ID) -> AuditSink {
        AuditSink(
            id: id, kind: .http, target: url, filter: .none, sealedSecret: sealed, progress: .beginning,
            health: AuditSinkHealth(startingAt: now))
    }

    @Test func `AUD-086 lines are posted signed and with the token, only success counts, and nothing goes to a private network`()
        async throws
    {
        let (server, id) = (Server(), AuditSink.ID(high: 1, low: 2))
        let sender = try sender(server)
        let sealed = try sender.seal(SecretString("whsec_c2VjcmV0"), bearer: SecretString("token"), for: id)
        let target = sink("https://siem.example.com/in", sealed, id)
        try await sender.send(batch, to: target, at: now)
        let request = try #require(server.requests.withLock { $0.last })
        #expect(request.method == "POST" && request.url == "https://siem.example.com/in")
        #expect(String(decoding: request.body, as: UTF8.self) == "{\"a\":1}\n{\"b\":2}\n")
        #expect(request.headers["Content-Type"] == "application/x-ndjson" && request.headers["Authorization"] == "Bearer token")
        #expect(request.headers["webhook-id"] == batch.id)
        #expect(request.headers["webhook-signature"] == "1800000000 16 whsec_c2VjcmV0")

        for status in [199, 301, 400, 401, 410, 429, 500] {
            server.status.withLock { $0 = status }
            await #expect(throws: AuditSinkRefused(reason: "status \(status)")) { try await sender.send(batch, to: target, at: now) }
        }
        let tried = server.requests.withLock { $0.count }
        for url in [
            "http://siem.example.com/in", "https://10.0.0.1/in", "https://127.0.0.1/in", "https://u:p@siem.example.com/", "ftp://x/",
        ] {
            await #expect(throws: AuditSinkRefused.self, "\(url)") { try await sender.send(batch, to: sink(url, sealed, id), at: now) }
        }
        // A secret opens for its own sink only.
        let other = AuditSink.ID(high: 1, low: 3)
        await #expect(throws: AuditSinkRefused.self) { try await sender.send(batch, to: sink(target.target, sealed, other), at: now) }
        #expect(server.requests.withLock { $0.count } == tried)
    }
}
