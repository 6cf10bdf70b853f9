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
            + AuditSchema.register([
                CompanyFounded.type, CompanyRenamed.type, CompanyPaid.type, CompanyInspected.type, CompanyGraphChanged.type,
            ])
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

/// Money, which is kept for the longest time.
struct CompanyPaid: AuditEvent {
    static let type = AuditEventType("invoice_paid", risk: .low, class: .billing, component: "billing", requires: [.org])
    let company: Company.ID
    var references: AuditReferences { AuditReferences(AuditReference(company)) }
    var summary: String { "paid" }
}

/// What an operator did, which is kept as long.
struct CompanyInspected: AuditEvent {
    static let type = AuditEventType("org_inspected", risk: .low, class: .platform, component: "admin", requires: [.org])
    let company: Company.ID
    var references: AuditReferences { AuditReferences(AuditReference(company)) }
    var summary: String { "inspected" }
}

/// A change of a graph's content, which is kept for the shortest time.
struct CompanyGraphChanged: AuditEvent {
    static let type = AuditEventType("graph_mutation", risk: .low, class: .graph, component: "graphs", requires: [.org])
    let company: Company.ID
    var references: AuditReferences { AuditReferences(AuditReference(company)) }
    var summary: String { "changed" }
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

    /// Writes an entry of each group, two of money and of operators.
    func writeOfEachGroup() async throws {
        try await write { transaction in
            let system = AuditActor.system(component: "test")
            _ = try await transaction.record(CompanyPaid(company: company), by: system)
            _ = try await transaction.record(CompanyInspected(company: company), by: system)
            _ = try await transaction.record(CompanyFounded(company), by: system)
            _ = try await transaction.record(CompanyGraphChanged(company: company), by: system)
        }
    }

    /// Moves the clock by which entries are filed to a month of the past, whose tables are there, or back to the present.
    func fileEntries(in month: String?) async throws {
        if let month { try await database.adminClient.execute("SELECT audit.ensure_month(\(month + "-01")::text::date)") }
        let time = month.map { "'\($0)-15 12:00:00+00'" } ?? "clock_timestamp()"
        try await database.adminClient.execute(Statement("ALTER TABLE audit.entry ALTER COLUMN recorded_at SET DEFAULT \(time)", []))
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
