import Audit
import AuditProof
import Core
import FoundationEssentials
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import AuditPostgres

/// Something that a person was told, as the log hears of it.
private struct PersonTold: AuditEvent {
    static let type = AuditEventType("person_told", risk: .low, class: .notification, component: "test", requires: [.user])
    let person: Person.ID
    var references: AuditReferences { AuditReferences(AuditReference(person)) }
    var summary: String { "told" }
}

/// What goes on behind the actor of an entry.
@Suite struct OriginTests {
    private let session = "01890000-0000-7000-8000-000000000001"

    private func within<Result: Sendable>(_ origin: WorkOrigin?, _ body: () async throws -> Result) async throws -> Result {
        var generator = SystemRandomNumberGenerator()
        let context = LogContext(requestID: "req_1", trace: .make(using: &generator), origin: origin)
        return try await LogContext.$current.withValue(context) { try await body() }
    }

    private func entry(_ log: Log, _ id: AuditEntryID) async throws -> AuditEntry {
        let rows = try await log.database.systemClient.query("SELECT * FROM audit.entry WHERE id = \(id)", scope: .system)
        return try AuditEntry(row: rows[0])
    }

    @Test func `an entry says by what way, by which credential, for whom and in which request it came, and proves it`() async throws {
        try await Log.withActors { log, person in
            let origin = WorkOrigin(surface: "console")
            origin.note { facts in
                facts.credential = .init(kind: "operator_session", id: session)
                facts.onBehalfOf = "user:" + person.uuid.uuidString.lowercased()
            }
            let key = WorkOrigin(surface: "api")
            key.note { $0.credential = .init(kind: "api_key", id: session, prefix: "rfs1a2b3") }
            let (staff, byKey, bare) = try await (
                within(origin) {
                    try await log.write { try await $0.record(PersonActed(person: person), by: .user(AuditReference(person))) }
                },
                within(key) { try await log.write { try await $0.record(PersonActed(person: person), by: .user(AuditReference(person))) } },
                log.write { try await $0.record(PersonActed(person: person), by: .user(AuditReference(person))) }
            )
            var found = try await entry(log, staff).origin
            #expect(found?.surface == "console" && found?.job == nil && found?.initiatedBy == nil)
            #expect(found?.credential == .init(kind: "operator_session", id: session, prefix: nil))
            #expect(found?.onBehalfOf?.reference == AuditReference(person))
            found = try await entry(log, byKey).origin
            #expect(found?.surface == "api" && found?.credential?.prefix == "rfs1a2b3" && found?.onBehalfOf == nil)
            #expect(try await entry(log, bare).origin == nil)

            // It is part of what is hashed: whoever changes it is found.
            let stored = try await log.database.adminClient.query(
                "SELECT canonical, request_id, trace_id FROM audit.entry WHERE id = \(staff)")[0]
            let canonical = try JSON.decode(JSONValue.self, from: stored.decode("canonical", as: [UInt8].self))
            #expect(canonical["origin"]?["on_behalf_of"]?["kind"] == "user" && canonical["request"] == "req_1")
            #expect(canonical["trace"]?.stringValue == (try stored.decode("trace_id", as: String.self)))
            _ = try await log.sealed()
            #expect(try await log.proved().exitCode == 0)
            try await log.breakIn(["UPDATE audit.entry SET origin = origin - 'on_behalf_of' WHERE id = \(staff)"])
            let report = try await log.proved()
            #expect(report.exitCode == 1 && report.report.contains("origin"))
        }
    }

    @Test func `AUD-018 AUD-019 a mail is led back to the provider's event, and a retry adds an attempt, no cause`() async throws {
        try await Log.withActors { log, person in
            try await log.database.adminClient.withTransaction(scope: .system) { transaction in
                for statement in AuditSchema.register([PersonTold.type]).split(separator: ";") where statement.contains("INSERT") {
                    try await transaction.execute(Statement(String(statement), []))
                }
            }
            let event = Tiding.ID.make(at: log.clock.now)
            try await log.database.adminClient.execute("INSERT INTO audit.thing VALUES (\(event))")
            // The job that deals with the event: nobody recorded anything before it.
            let intake = WorkOrigin(attempt: .init(job: 7, number: 1), handed: nil)
            let (change, queued) = try await within(intake) {
                try await log.write { transaction in
                    (
                        try await transaction.record(PersonActed(person: person), by: .provider(AuditReference(event))),
                        try await transaction.record(PersonTold(person: person), by: .system(component: "notifications"))
                    )
                }
            }
            let handed = try #require(intake.handedOn)
            // The mail's job fails twice, and records in its third attempt.
            var last: AuditEntryID?
            for attempt in 1...3 {
                let mail = WorkOrigin(attempt: .init(job: 8, number: attempt), handed: handed)
                last = try? await within(mail) {
                    try await log.write { transaction in
                        let id = try await transaction.record(PersonActed(person: person), by: .system(component: "notifications"))
                        if attempt < 3 { throw CancellationError() }
                        return id
                    }
                }
            }
            let sent = try await entry(log, try #require(last))
            #expect(sent.origin?.job == .init(id: "8", attempt: 3) && sent.origin?.surface == "worker")
            #expect(sent.origin?.cause == .init(kind: "entry", id: queued.description))
            #expect(sent.origin?.initiatedBy?.reference == AuditReference(event))
            let path = try await AuditCauses(client: log.database.systemClient).path(to: sent.id)
            #expect(
                path == [
                    .thing(AuditReference(event).pointer), .job(.init(id: "7", attempt: 1)), .entry(try await entry(log, change)),
                    .job(.init(id: "7", attempt: 1)), .entry(try await entry(log, queued)), .job(.init(id: "8", attempt: 3)), .entry(sent),
                ])
            // What a person began goes on with the person; what began by itself has its job as its cause.
            let request = WorkOrigin(surface: "api")
            request.note { $0.initiator = AuditActor.user(AuditReference(person)).handedOn }
            #expect(request.handedOn == "user:\(person.uuid.uuidString.lowercased()) -")
            request.note { $0.initiator = "network_client:" + String(repeating: "a b", count: 100) }
            #expect(request.handedOn == "- -")
            let alone = try await within(WorkOrigin(attempt: .init(job: 9, number: 1), handed: nil)) {
                try await log.write { try await $0.record(PersonActed(person: person), by: .system(component: "jobs")) }
            }
            let found = try await entry(log, alone).origin
            #expect(found?.cause == .init(kind: "job", id: "9") && found?.initiatedBy == nil)
        }
    }
}
