import Audit
import AuditPostgres
import Core
import Postgres

/// Something that changes, kept in a table of the benchmark's own; the log takes it for an org.
enum BenchThing: AuditReferable {
    static let idPrefix = "org"
    static let auditKind = AuditReferenceKind.org
    typealias ID = Identifier<BenchThing>
}

/// The table, and what a transaction writes beside it.
enum BenchTables: Migration {
    static var id: String { "9000-bench-tables" }
    static var sql: String {
        """
        CREATE SCHEMA bench;
        GRANT USAGE ON SCHEMA bench TO trellis_app, trellis_system;
        CREATE TABLE bench.thing (id uuid PRIMARY KEY, name text NOT NULL, changed_at timestamptz NOT NULL);
        CREATE TABLE bench.work (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, thing uuid NOT NULL, body jsonb NOT NULL);
        GRANT SELECT, INSERT, UPDATE ON bench.thing, bench.work TO trellis_app, trellis_system;
        UPDATE audit.reference_kind SET relation = 'bench.thing' WHERE kind = 'org';

        """ + AuditSchema.register([ThingChanged.type])
    }
}

/// A change with what a usual entry says.
struct ThingChanged: AuditEvent {
    static let type = AuditEventType("bench_thing_changed", risk: .low, class: .org, component: "bench", requires: [.org])
    let thing: BenchThing.ID
    let number: Int
    var references: AuditReferences { AuditReferences(AuditReference(thing)) }
    var summary: String { "\(thing) changed" }
    var data: [String: JSONValue] { ["via": "api"] }
    var changes: [AuditChange] { [AuditChange("name", from: .string("thing \(number - 1)"), to: .string("thing \(number)"))] }
}

/// A transaction that can record.
struct BenchTransaction: PostgresAuditTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
}

extension PostgresClient {
    /// Makes things.
    func makeThings(_ count: Int) async throws -> [BenchThing.ID] {
        let ids = (0..<count).map { _ in BenchThing.ID.make(at: SystemDateSource().now) }
        try await execute("INSERT INTO bench.thing SELECT id, 'thing', now() FROM unnest(\(ids)) AS id", scope: .system)
        return ids
    }
}
