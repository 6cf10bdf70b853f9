import Audit
import AuditPostgres
import AuditProof
import AuditStorage
import AuditTesting
import Core
import Cryptography
import Foundation
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Things that are known to be there.
private final class Inventory: AuditedThings, AuditConformanceThings {
    private let things = Mutex<Set<AuditReference>>([])

    func make(_ thing: AuditReference) async throws { _ = things.withLock { $0.insert(thing) } }
    func contains(_ thing: AuditReference) async throws -> Bool { things.withLock { $0.contains(thing) } }
}

/// The suite's things in tables.
private struct Tables: AuditConformanceThings {
    let client: PostgresClient

    func make(_ thing: AuditReference) async throws {
        switch thing.key {
        case .id(let id) where thing.kind == .org: try await client.execute("INSERT INTO suite.house VALUES (\(id))")
        case .id(let id): try await client.execute("INSERT INTO suite.door VALUES (\(id))")
        case .text(let text): try await client.execute("INSERT INTO suite.badge VALUES (\(text))")
        }
    }
}

private enum CreateSuite: Migration {
    static var id: String { "9000-suite-create" }
    static var sql: String {
        """
        CREATE SCHEMA suite;
        CREATE TABLE suite.house (id uuid PRIMARY KEY);
        CREATE TABLE suite.door (id uuid PRIMARY KEY);
        CREATE TABLE suite.badge (name text PRIMARY KEY);

        """ + AuditSchema.locate(.org, in: "suite.house", column: "id")
            + AuditSchema.add(AuditConformance.door, in: "suite.door", column: "id")
            + AuditSchema.add(AuditConformance.badge, in: "suite.badge", column: "name") + AuditSchema.register(AuditConformance.types)
    }
}

private let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))

private func signer() throws -> AuditSigner {
    try AuditSigner(KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes(SHA256.digest(of: "workshop")))))
}

private func memory(_ types: [AuditEventType], _ kinds: [AuditReferenceKind], _ things: Inventory) throws -> MemoryAuditStore {
    MemoryAuditStore(types: types, kinds: kinds, things: things, dateSource: clock, signer: try signer())
}

private func postgres(_ database: TestDatabase) throws -> PostgresAuditStore {
    PostgresAuditStore(client: database.systemClient, dateSource: clock, signer: try signer(), log: .silent)
}

@Suite struct EmbeddedProgramTests {
    private let machine = Machine.ID.make(at: clock.now)
    private let shift = Shift(auditKey: "early")

    private func check(_ workshop: Workshop<some AuditStore>) async throws {
        try await workshop.work(on: machine, in: shift)
        let alarm = try #require(try await workshop.alarms().first)
        #expect(alarm.type == "guard_opened" && alarm.references.all == [AuditReference(machine)])
        #expect(alarm.personal == ["operator": "Ada"] && alarm.changes == [AuditChange("guard", from: "closed", to: "open")])
        var query = AuditQuery()
        query.references = [AuditReference(shift)]
        #expect(try await workshop.log.entries(query).elements.map(\.type) == ["machine_started"])
        #expect(try await workshop.close())
        #expect(try await workshop.log.verify().proved == 2)
    }

    @Test func `AUD-136 a program with two events and two kinds of its own keeps a log in memory and on PostgreSQL`() async throws {
        let inventory = Inventory()
        for thing in [AuditReference(machine), AuditReference(shift)] { try await inventory.make(thing) }
        try await check(
            Workshop(
                log: try memory([MachineStarted.type, GuardOpened.type], [Machine.auditKind, Shift.auditKind], inventory)))
        try await TestDatabase.withDatabase(migrations: [AuditMigrations.all, [CreateWorkshop.self]]) { database in
            let store = try postgres(database)
            try await store.withTransaction { transaction in
                try await transaction.postgres.execute("INSERT INTO workshop.machine VALUES (\(machine))")
                try await transaction.postgres.execute("INSERT INTO workshop.shift VALUES (\(shift.auditKey))")
            }
            try await check(Workshop(log: store))
            // What the columns say is what was hashed, kinds of the program's own included.
            let found = try await AuditDatabaseCheck(client: database.systemClient).run()
            #expect(found.faults == 0, "\(found.summary)")
        }
    }

    @Test func `AUD-136 the store in memory conforms`() async throws {
        let inventory = Inventory()
        let store = try memory(AuditConformance.types, AuditConformance.kinds + [.org], inventory)
        var suite = AuditStoreConformance(store, things: inventory, dateSource: clock)
        let broken = try await suite.run()
        #expect(broken.isEmpty, "\(broken)")
    }

    @Test func `AUD-136 the store on PostgreSQL conforms`() async throws {
        try await TestDatabase.withDatabase(migrations: [AuditMigrations.all, [CreateSuite.self]]) { database in
            var suite = AuditStoreConformance(
                try postgres(database), things: Tables(client: database.adminClient), dateSource: clock)
            let broken = try await suite.run()
            #expect(broken.isEmpty, "\(broken)")
        }
    }

    @Test func `AUD-136 a store that breaks a rule is told which`() async throws {
        let inventory = Inventory()
        var credulous = AuditStoreConformance(
            try memory(
                AuditConformance.types + [
                    AuditEventType("suite_door_dreamt", risk: .low, class: .platform, component: "suite", requires: [])
                ],
                AuditConformance.kinds + [.org], inventory), things: inventory, dateSource: clock)
        let dreamt = try await credulous.run()
        #expect(dreamt.contains("a type that the catalogue does not have is refused"))
        #expect(dreamt.contains("of what is refused, and of its transaction, nothing is kept"))
        var forgetful = AuditStoreConformance(
            Forgetful(inner: try memory(AuditConformance.types, AuditConformance.kinds + [.org], inventory)), things: inventory,
            dateSource: clock)
        let gone = try await forgetful.run()
        #expect(gone.contains("the log is handed over whole") && gone.contains { $0.hasPrefix("the log proves itself") }, "\(gone)")
    }

    @Test func `AUD-136 of two transactions in memory that record one fact at once the second is refused and can be done again`()
        async throws
    {
        let inventory = Inventory()
        try await inventory.make(AuditReference(machine))
        let store = try memory([Once.type], [Machine.auditKind], inventory)
        await #expect(throws: AuditRefusal.conflict(key: "once")) {
            try await store.withTransaction { slow in
                try await slow.record(Once(machine: machine), by: .system(component: "workshop"))
                try await store.withTransaction { quick in
                    _ = try await quick.record(Once(machine: machine), by: .system(component: "workshop"))
                }
            }
        }
        let first = try #require(try await store.entries(AuditQuery()).elements.first)
        let again = try await store.withTransaction { try await $0.record(Once(machine: machine), by: .system(component: "workshop")) }
        #expect(again == first.id)
        let kept = try await store.withTransaction { $0 }
        await #expect(throws: AuditRefusal.transactionOver) {
            try await kept.record(Plain(machine: machine), by: .system(component: "workshop"))
        }
    }

    @Test func `AUD-136 the program imports nothing but the audit package and what it stands on`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Workshop.swift")
        let imports = try String(contentsOf: file, encoding: .utf8).matches(of: #/(?m)^import (\w+)$/#).map { String($0.1) }
        #expect(Set(imports) == ["Audit", "AuditPostgres", "AuditProof", "AuditStorage", "Core", "Postgres"])
    }

    @Test func `AUD-136 the guide shows the program as it is compiled`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let program = try String(contentsOf: folder.appending(path: "Workshop.swift"), encoding: .utf8)
        let guide = try String(
            contentsOf: folder.appending(path: "../../../../docs/guides/audit-alone.md").standardizedFileURL, encoding: .utf8)
        let blocks = guide.matches(of: #/(?s)```swift\n(.*?)```/#).map { String($0.1) }
        #expect(blocks.count == 3)
        for block in blocks { #expect(program.contains(block), "\(block)") }
    }
}

/// A fact that is recorded once.
private struct Once: AuditEvent {
    static let type = AuditEventType("machine_bought", risk: .low, class: .operation, component: "workshop", requires: [Machine.auditKind])
    let machine: Machine.ID
    var references: AuditReferences { AuditReferences(AuditReference(machine)) }
    var summary: String { "bought" }
    var deduplicationKey: String? { "once" }
}

private struct Plain: AuditEvent {
    static let type = Once.type
    let machine: Machine.ID
    var references: AuditReferences { AuditReferences(AuditReference(machine)) }
    var summary: String { "bought" }
}

/// Hands over all but the last entry.
private struct Forgetful: AuditStore {
    let inner: MemoryAuditStore

    func withTransaction<Result: Sendable>(_ body: (MemoryAuditStore.Transaction) async throws -> Result) async throws -> Result {
        try await inner.withTransaction(body)
    }
    func entries(ofOrg org: UUID, _ query: AuditQuery) async throws -> Page<AuditEntry> { try await inner.entries(ofOrg: org, query) }
    func entries(_ query: AuditQuery) async throws -> Page<AuditEntry> { try await inner.entries(query) }
    func proof(of entry: AuditEntryID, ofOrg org: UUID) async throws -> JSONValue? { try await inner.proof(of: entry, ofOrg: org) }
    func types() async throws -> [AuditEventType] { try await inner.types() }
    func keys() async throws -> [AuditPublicKey] { try await inner.keys() }
    func seal() async throws -> Int { try await inner.seal() }
    func checkpoint() async throws -> AuditCheckpoint? { try await inner.checkpoint() }
    func lines(_ take: (AuditExportLine) throws -> Void) async throws {
        let last = try await inner.entries(AuditQuery(limit: 200)).elements.count
        try await inner.lines { line in
            if case .entry(let link) = line, link.seal == last { return }
            try take(line)
        }
    }
}
