import Audit
import AuditProof
import Core
import EventLoops
import Foundation
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import AuditPostgres

/// Lets every address be one, as far as these tests go.
private struct Anywhere: AuditSinkPreparing {
    func prepare(_ draft: AuditSinkDraft, for sink: AuditSink.ID) throws -> (kind: AuditSink.Kind, secret: SecretString?, sealed: String?) {
        (.http, SecretString("whsec_\(sink)"), "v1.\(sink)")
    }
}

/// Keeps what people would be told.
private final class News: AuditSinkObserver {
    let told = Mutex<[String]>([])

    func sinkIsFailing(_ sink: AuditSink, in transaction: PostgresTransaction) async throws {
        told.withLock { $0.append("failing \(sink.host)") }
    }
    func sinkWasPaused(_ sink: AuditSink, in transaction: PostgresTransaction) async throws {
        told.withLock { $0.append("paused \(sink.host) \(sink.health.isGivenUp)") }
    }
}

/// Sinks that owners of orgs set up.
@Suite struct OrgSinkTests {
    private struct Stand {
        let log: Log
        let news = News()
        let person = Person.ID.make(at: Instant(secondsSinceEpoch: 1_800_000_000))
        let collector = Collector()
        let loops: EventLoopGroup

        var sinks: PostgresOrgAuditSinks {
            PostgresOrgAuditSinks(client: log.database.client, preparing: Anywhere(), dateSource: log.clock, observer: news)
        }
        var all: PostgresAuditSinks { PostgresAuditSinks(client: log.database.systemClient, dateSource: log.clock, observer: news) }
        var streaming: AuditSinkStreaming {
            AuditSinkStreaming(
                client: log.database.systemClient, senders: [.http: collector], observer: news, dateSource: log.clock, loops: loops,
                log: .silent)
        }

        func authority(over org: Company.ID? = nil) -> AuditSinkAuthority {
            AuditSinkAuthority(
                org: (org ?? log.company).uuid, person: person.uuid, actor: .user(AuditReference(person)))
        }

        func founded(_ company: Company.ID, times: Int) async throws {
            try await log.write { transaction in
                for _ in 0..<times { _ = try await transaction.record(CompanyFounded(company), by: .system(component: "test")) }
            }
        }

        /// The places of the chain that arrived, each entry with its type and chain.
        func arrived(_ sink: AuditSink) throws -> [(position: Int64, type: String, chain: String)] {
            try collector.lines(of: sink.id).compactMap { line in
                guard case .entry(let link) = try AuditExportLine(text: line) else { return nil }
                let entry = try JSON.decode(JSONValue.self, from: link.canonical)
                return (link.position, entry["type"]?.stringValue ?? "", link.chain)
            }
        }
    }

    private func withStand(_ body: (Stand, Company.ID) async throws -> Void) async throws {
        let loops = try EventLoopGroup(count: 1, name: "sinks")
        defer { loops.shutdown() }
        try await Log.with { log in
            let other = Company.ID.make(at: log.clock.now)
            let stand = Stand(log: log, loops: loops)
            try await log.database.adminClient.execute("INSERT INTO audit.company VALUES (\(other), 'b')")
            try await log.database.adminClient.execute("INSERT INTO audit.person VALUES (\(stand.person))")
            try await body(stand, other)
        }
    }

    private let draft = AuditSinkDraft(target: "https://siem.example.com/in?key=s3cret")

    @Test func `AUD-085 an owner's sink gets the org's own chain from its beginning, in order, and nothing of another org`() async throws {
        try await withStand { stand, other in
            for _ in 0..<4 {
                try await stand.founded(stand.log.company, times: 2)
                try await stand.founded(other, times: 3)
            }
            let (sink, secret) = try await stand.sinks.add(draft, by: stand.authority())
            #expect(secret != nil && sink.owner == .init(org: stand.log.company.uuid, creator: stand.person.uuid))
            let high = try await stand.sinks.add(
                AuditSinkDraft(target: "https://b.example.com", minimumRisk: .high), by: stand.authority()
            ).sink
            try await stand.founded(other, times: 1)
            _ = try await stand.log.sealed()
            var streaming = stand.streaming
            streaming.entriesTogether = 3
            try await streaming.deliverDue()
            let arrived = try stand.arrived(sink)
            #expect(arrived.map(\.position) == Array(1...10), "eight entries, and those of both sinks")
            #expect(Set(arrived.map(\.chain)) == [AuditChain.org(stand.log.company.uuid.uuidString)])
            #expect(arrived.suffix(2).map(\.type) == ["audit_sink_created", "audit_sink_created"])
            #expect(try stand.arrived(high).isEmpty)
            let kept = try await stand.sinks.sinks(ofOrg: stand.log.company.uuid)
            #expect(kept.map(\.progress.position) == [10, 10] && Set(kept.map(\.id)) == [sink.id, high.id])

            // What happens in other orgs is nothing for it to be woken by.
            try await stand.founded(other, times: 3)
            _ = try await stand.log.sealed()
            for due in try await stand.all.claim() { #expect(due.owner == nil, "\(due.target)") }
            let entries = try await stand.log.database.adminClient.query(
                "SELECT data FROM audit.entry WHERE type = 'audit_sink_created' AND ref_org = \(stand.log.company)")
            let data = try entries.map { try $0.decode("data", as: JSONValue.self) }
            #expect(data.compactMap { $0["host"]?.stringValue }.sorted() == ["b.example.com", "siem.example.com"])
            #expect(!"\(data)".contains("s3cret"))
        }
    }

    @Test func `AUD-085 an org has five sinks at most, also when all are made at once, and sees and touches no other's`() async throws {
        try await withStand { stand, other in
            let made = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<9 {
                    group.addTask { (try? await stand.sinks.add(draft, by: stand.authority())) != nil }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(made == AuditSink.maximumPerOrg)
            await #expect(throws: AuditSinkRefusal.tooMany(maximum: 5)) { try await stand.sinks.add(draft, by: stand.authority()) }
            let own = try #require(try await stand.sinks.sinks(ofOrg: stand.log.company.uuid).first)
            #expect(try await stand.sinks.sinks(ofOrg: other.uuid).isEmpty)
            let foreign = stand.authority(over: other)
            await #expect(throws: AuditSinkRefusal.notFound) { try await stand.sinks.pause(own.id, by: foreign) }
            await #expect(throws: AuditSinkRefusal.notFound) { try await stand.sinks.resume(own.id, after: 0, by: foreign) }
            await #expect(throws: AuditSinkRefusal.notFound) { try await stand.sinks.remove(own.id, by: foreign) }
            // The database itself makes no sink of an org that gets another chain, all of them, or a file.
            let system = stand.log.database.systemClient
            for (chain, kind) in [(nil, "http"), ("system", "http"), (AuditChain.org(other.uuid.uuidString), "http")] {
                await #expect(throws: PostgresError.self) {
                    try await system.execute(
                        "UPDATE audit.sink SET chain = \(chain), kind = \(kind) WHERE id = \(own.id)", scope: .system)
                }
            }
            await #expect(throws: PostgresError.self) {
                try await system.execute("UPDATE audit.sink SET kind = 'file' WHERE id = \(own.id)", scope: .system)
            }
            // An operator's sink is no org's to see.
            let operators = AuditSink(
                id: .make(at: stand.log.clock.now), kind: .http, target: "https://ops.example.com", filter: .none, sealedSecret: nil,
                progress: .beginning, health: AuditSinkHealth(startingAt: stand.log.clock.now))
            try await stand.all.add(operators, by: .system(component: "test"))
            #expect(try await stand.sinks.sinks(ofOrg: stand.log.company.uuid).count == 5)
        }
    }

    @Test func `AUD-085 AUD-088 a sink of an org is stopped, sent back to a place of its chain and removed, each with an entry of the org`()
        async throws
    {
        try await withStand { stand, other in
            let company = stand.log.company
            try await stand.founded(other, times: 2)
            try await stand.founded(company, times: 4)
            let sink = try await stand.sinks.add(draft, by: stand.authority()).sink
            _ = try await stand.log.sealed()
            try await stand.streaming.deliverDue()
            #expect(try stand.arrived(sink).count == 5)

            #expect(try await stand.sinks.pause(sink.id, by: stand.authority()).health.pausedAt == stand.log.clock.now)
            #expect(try await stand.sinks.pause(sink.id, by: stand.authority()).health.pausedAt == stand.log.clock.now)
            #expect(stand.news.told.withLock { $0 } == ["paused siem.example.com false"])
            try await stand.founded(company, times: 1)
            stand.log.clock.advance(by: .minutes(5))
            _ = try await stand.log.sealed()
            try await stand.streaming.deliverDue()
            #expect(try stand.arrived(sink).count == 5)

            // Behind the second place of its own chain, whatever lies between in the order of all.
            #expect(try await stand.sinks.resume(sink.id, after: 2, by: stand.authority()).progress.position == 2)
            try await stand.streaming.deliverDue()
            #expect(try stand.arrived(sink).dropFirst(5).map(\.position) == Array(3...7))
            // From the beginning it gets what a receiver needs that has nothing.
            let before = stand.collector.lines(of: sink.id).count
            #expect(try await stand.sinks.resume(sink.id, after: 0, by: stand.authority()).progress == .beginning)
            _ = try await stand.log.sealed()
            try await stand.streaming.deliverDue()
            let anew = Array(stand.collector.lines(of: sink.id).dropFirst(before))
            #expect(anew.first == AuditExportLine.header.text && anew.contains { $0.contains("\"kind\":\"key\"") })
            // A place that it has not got to yet is where it is.
            let ahead = try await stand.sinks.resume(sink.id, after: 5_000, by: stand.authority())
            #expect(ahead.progress.position == 9 && ahead.progress.seal > 0)

            try await stand.sinks.remove(sink.id, by: stand.authority())
            await #expect(throws: AuditSinkRefusal.notFound) { try await stand.sinks.remove(sink.id, by: stand.authority()) }
            await #expect(throws: AuditSinkRefusal.notFound) { try await stand.sinks.pause(sink.id, by: stand.authority()) }
            #expect(try await stand.all.all().isEmpty)
            #expect(try await !stand.all.resume(sink.id, after: nil, by: .system(component: "test")))
            let row = try #require(try await stand.log.database.adminClient.query("SELECT * FROM audit.sink").first)
            #expect(try row.decode("target", as: String.self) == "removed")
            #expect(try row.decode("sealed_secret", as: String?.self) == nil)
            let types = try await stand.log.database.adminClient.query(
                "SELECT type FROM audit.entry WHERE ref_org = \(company) AND type LIKE 'audit_sink%' AND ref_sink = \(sink.id) "
            ).map { try $0.decode("type", as: String.self) }
            #expect(
                types.sorted() == [
                    "audit_sink_created", "audit_sink_paused", "audit_sink_removed", "audit_sink_resumed", "audit_sink_resumed",
                    "audit_sink_resumed",
                ])
            // It goes on for nobody, and an org that is gone leaves none behind.
            let (first, second) = (
                try await stand.sinks.add(draft, by: stand.authority()).sink, try await stand.sinks.add(draft, by: stand.authority()).sink
            )
            try await stand.all.removeAll(ofOrg: company.uuid, by: .system(component: "test"))
            try await stand.all.removeAll(ofOrg: company.uuid, by: .system(component: "test"))
            _ = try await stand.log.sealed()
            try await stand.streaming.deliverDue()
            #expect(stand.collector.lines(of: first.id).isEmpty && stand.collector.lines(of: second.id).isEmpty)
            #expect(try await stand.log.count("audit_sink_removed") == 3)
        }
    }

    @Test func `AUD-089 NOT-204 people are told once for each time that a sink fails for an hour, and again when it is paused`()
        async throws
    {
        try await withStand { stand, _ in
            let sink = try await stand.sinks.add(draft, by: stand.authority()).sink
            func turn(_ wait: Duration, isDown: Bool) async throws -> [String] {
                stand.log.clock.advance(by: wait)
                stand.collector.isDown.withLock { $0 = isDown ? [sink.id] : [] }
                try await stand.founded(stand.log.company, times: 1)
                _ = try await stand.log.sealed()
                try await stand.streaming.deliverDue()
                return stand.news.told.withLock { $0 }
            }
            let failing = "failing siem.example.com"
            #expect(try await turn(.zero, isDown: true).isEmpty)
            #expect(try await turn(.minutes(59), isDown: true).isEmpty)
            #expect(try await turn(.minutes(15), isDown: true) == [failing])
            #expect(try await turn(.hours(5), isDown: true) == [failing])
            #expect(try await turn(.minutes(15), isDown: false) == [failing])
            #expect(try await turn(.hours(1), isDown: true) == [failing])
            #expect(try await turn(.hours(2), isDown: true) == [failing, failing])
            #expect(try await turn(.days(7), isDown: true) == [failing, failing, "paused siem.example.com true"])
            #expect(try await turn(.days(7), isDown: true).count == 3)
        }
    }

    @Test func `AUD-089 what people are told of a sink is in the transaction of what happened to it`() async throws {
        struct Broken: AuditSinkObserver {
            func sinkIsFailing(_ sink: AuditSink, in transaction: PostgresTransaction) async throws {}
            func sinkWasPaused(_ sink: AuditSink, in transaction: PostgresTransaction) async throws { throw CancellationError() }
        }
        try await withStand { stand, _ in
            let sink = try await stand.sinks.add(draft, by: stand.authority()).sink
            let broken = PostgresOrgAuditSinks(
                client: stand.log.database.client, preparing: Anywhere(), dateSource: stand.log.clock, observer: Broken())
            await #expect(throws: CancellationError.self) { try await broken.pause(sink.id, by: stand.authority()) }
            #expect(try await stand.all.sink(sink.id)?.health.pausedAt == nil)
            #expect(try await stand.log.count("audit_sink_paused") == 0)
        }
    }
}
