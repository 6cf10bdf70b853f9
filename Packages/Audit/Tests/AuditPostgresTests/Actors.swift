import Audit
import AuditPostgres
import Core
import PlatformTesting
import Postgres

enum Clerk: AuditReferable {
    static let idPrefix = "opr"
    static let auditKind = AuditReferenceKind.operator
    typealias ID = Identifier<Clerk>
}

enum Tiding: AuditReferable {
    static let idPrefix = "iev"
    static let auditKind = AuditReferenceKind.providerEvent
    typealias ID = Identifier<Tiding>
}

enum Click: AuditReferable {
    static let idPrefix = "luse"
    static let auditKind = AuditReferenceKind.linkUse
    typealias ID = Identifier<Click>
}

/// A person's account is gone, as the log hears of it.
struct PersonDeleted: AuditEvent {
    static let type = AuditEventType("user_deleted", risk: .high, class: .identity, component: "identity", requires: [.user])
    let person: Person.ID
    var references: AuditReferences { AuditReferences(AuditReference(person)) }
    var summary: String { "deleted" }
}

/// Something that a person did, with what is personal in it.
struct PersonActed: AuditEvent {
    static let type = AuditEventType("user_profile_changed", risk: .low, class: .identity, component: "identity", requires: [])
    var person: Person.ID?
    var company: Company.ID?
    var personal: [String: JSONValue] = ["address": "198.51.100.7", "user_agent": "<script>alert(1)</script>"]
    var data: [String: JSONValue] = [:]
    var changes: [AuditChange] = []
    var further: [AuditReference] = []
    var references: AuditReferences {
        let all = [company.map { AuditReference($0) }, person.map { AuditReference($0) }].compactMap(\.self) + further
        return all.dropFirst().reduce(AuditReferences(all[0])) { $0.adding($1) }
    }
    var summary: String { "acted" }
}

/// What somebody who runs the product wrote about a person.
struct PersonNoted: AuditEvent {
    static let type = AuditEventType("person_noted", risk: .low, class: .platform, component: "test", requires: [.user])
    let person: Person.ID
    var company: Company.ID?
    var personal: [String: JSONValue] { ["note": "called"] }
    var isPersonalShared: Bool { false }
    var references: AuditReferences {
        let references = AuditReferences(AuditReference(person))
        return company.map { references.adding(AuditReference($0)) } ?? references
    }
    var summary: String { "noted" }
}

/// The same as a refusal, which is a security event.
struct PersonRefused: AuditEvent {
    static let type = AuditEventType("person_refused", risk: .medium, class: .security, component: "test", requires: [.user])
    let person: Person.ID
    var personal: [String: JSONValue] { ["address": "198.51.100.7"] }
    var references: AuditReferences { AuditReferences(AuditReference(person)) }
    var summary: String { "refused" }
}

extension Log {
    /// A log with people, operators, events of a provider and links.
    static func withActors(_ body: (Log, Person.ID) async throws -> Void) async throws {
        try await Log.with { log in
            let sql =
                "CREATE TABLE audit.thing (id uuid PRIMARY KEY); GRANT SELECT, INSERT ON audit.thing TO trellis_app, trellis_system, trellis_owner;"
                + AuditSchema.locate(.operator, in: "audit.thing", column: "id")
                + AuditSchema.locate(.providerEvent, in: "audit.thing", column: "id")
                + AuditSchema.locate(.linkUse, in: "audit.thing", column: "id")
                + AuditSchema.register([PersonDeleted.type, PersonActed.type, PersonRefused.type, PersonNoted.type])
            for statement in sql.split(separator: ";") where statement.contains(where: \.isLetter) {
                try await log.database.adminClient.execute(Statement(String(statement), []))
            }
            let person = Person.ID.make(at: log.clock.now)
            try await log.database.adminClient.execute("INSERT INTO audit.person VALUES (\(person))")
            try await body(log, person)
        }
    }
}
