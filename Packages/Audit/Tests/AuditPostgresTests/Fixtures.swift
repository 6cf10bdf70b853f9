import Audit
import AuditPostgres
import Core
import PlatformTesting
import Postgres

/// A company of the tests' own, so that the log has something to point to.
enum Company: AuditReferable {
    static let idPrefix = "org"
    static let auditKind = AuditReferenceKind.org
    typealias ID = Identifier<Company>
}

enum Person: AuditReferable {
    static let idPrefix = "user"
    static let auditKind = AuditReferenceKind.user
    typealias ID = Identifier<Person>
}

enum CreateCompanies: Migration {
    static var id: String { "0900-test-companies" }
    static var sql: String {
        """
        CREATE TABLE audit.company (id uuid PRIMARY KEY, name text);
        CREATE TABLE audit.person (id uuid PRIMARY KEY);
        GRANT SELECT, INSERT, UPDATE, DELETE ON audit.company, audit.person TO trellis_app, trellis_system;
        """ + AuditSchema.locate(.org, in: "audit.company", column: "id") + AuditSchema.locate(.user, in: "audit.person", column: "id")
            + AuditSchema.register([CompanyFounded.type, CompanyRenamed.type])
    }
}

struct CompanyFounded: AuditEvent {
    static let type = AuditEventType("org_created", risk: .low, class: .org, component: "orgs", requires: [.org])
    let references: AuditReferences
    let summary: String
    var key: String?
    var deduplicationKey: String? { key }
    init(_ company: Company.ID, summary: String = "founded", further: [AuditReference] = [], key: String? = nil) {
        references = further.reduce(AuditReferences(AuditReference(company))) { $0.adding($1) }
        self.summary = summary
        self.key = key
    }
    init(person: Person.ID) {
        references = AuditReferences(AuditReference(person))
        summary = "founded by nobody"
    }
}

struct CompanyRenamed: AuditEvent {
    static let type = AuditEventType("org_updated", risk: .low, class: .org, component: "orgs", requires: [.org])
    let company: Company.ID
    var references: AuditReferences { AuditReferences(AuditReference(company)) }
    var summary: String { "renamed" }
    var changes: [AuditChange] { [AuditChange("name", from: "a", to: "b")] }
}

struct Unregistered: AuditEvent {
    static let type = AuditEventType("org_evaporated", risk: .low, class: .org, component: "orgs", requires: [.org])
    let company: Company.ID
    var references: AuditReferences { AuditReferences(AuditReference(company)) }
    var summary: String { "?" }
}

struct TestTransaction: PostgresAuditTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
}

struct Log {
    let database: TestDatabase
    let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
    let company = Company.ID.make(at: Instant(secondsSinceEpoch: 1_800_000_000))

    func write<Result: Sendable>(
        scope: TransactionScope = .system, _ body: (TestTransaction) async throws -> Result
    ) async throws -> Result {
        let clock = clock
        return try await database.client.withTransaction(scope: scope) { transaction in
            try await body(TestTransaction(postgres: transaction, dateSource: clock))
        }
    }

    func count(_ type: String? = nil) async throws -> Int {
        let rows = try await database.adminClient.query(
            "SELECT count(*) FROM audit.entry WHERE type = coalesce(\(type), type)")
        return try rows[0].decode(Int.self)
    }

    static func with<Result: Sendable>(_ body: (Log) async throws -> Result) async throws -> Result {
        try await TestDatabase.withDatabase(migrations: [AuditMigrations.all, [CreateCompanies.self]]) { database in
            let log = Log(database: database)
            try await database.adminClient.execute("INSERT INTO audit.company VALUES (\(log.company), 'a')")
            return try await body(log)
        }
    }
}
