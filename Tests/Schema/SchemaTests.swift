import Composition
import PlatformTesting
import Postgres
import Testing

/// What all migrations together make of an empty database.
@Suite struct SchemaTests {
    /// The months of a partitioned table, whose names differ with the date on which they were made.
    private let months = "*.*_20[0-9][0-9]_[0-9][0-9]"

    @Test func `all migrations of the product give an empty database exactly the schema of the file`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            try Snapshot.verify(try await database.schema(leavingOut: [months]), named: "schema.sql", in: ".")
        }
    }

    @Test func `every table that names an org hides its rows from the other orgs, even from its owner`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let open = try await names(
                in: database,
                """
                c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
                AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname IN ('org_id', 'ref_org') AND NOT a.attisdropped)
                """)
            #expect(open.isEmpty)
        }
    }

    @Test func `no role of the product may change what it was not granted, and nobody at all may do so through PUBLIC`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let open = try await names(
                in: database,
                """
                EXISTS (SELECT FROM aclexplode(c.relacl) AS g WHERE g.grantee = 0
                    OR g.privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES') AND g.grantee <> c.relowner)
                """)
            #expect(open.isEmpty)
        }
    }

    private func names(in database: TestDatabase, _ condition: Statement) async throws -> [String] {
        let head: Statement = """
            SELECT n.nspname || '.' || c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND
            """
        let rows = try await database.adminClient.query(head + " " + condition + " ORDER BY 1")
        return try rows.map { try $0.decode("name", as: String.self) }
    }
}
