import Composition
import PlatformTesting
import Postgres
import Testing

/// What the log can point to, in the schema of the whole product.
@Suite struct ReferenceTests {
    private func withProduct(_ body: (TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { try await body($0) }
    }

    @Test func `AUD-005 wherever a thing that the log points to should be, there is a table with such a column`() async throws {
        try await withProduct { database in
            let rows = try await database.adminClient.query("SELECT kind, relation, key_column FROM audit.reference_kind ORDER BY kind")
            #expect(rows.count > 20)
            for row in rows {
                let (kind, relation, column) = try row.decode((String, String, String).self)
                let lookup = Statement("SELECT count(*) FROM \(relation) WHERE \(column) IS NULL", [])
                let found = try await database.adminClient.query(lookup)[0].decode(Int.self)
                #expect(found == 0, "\(kind)")
            }
        }
    }

    @Test func `AUD-007 what a type of entry requires can be found, so that no type is one that can never be written`() async throws {
        try await withProduct { database in
            let missing = try await database.adminClient.query(
                """
                SELECT DISTINCT t.name || ' needs ' || r.kind FROM audit.event_type AS t, unnest(t.requires) AS r(kind)
                WHERE NOT EXISTS (SELECT FROM audit.reference_kind AS k WHERE k.kind = r.kind) ORDER BY 1
                """
            ).map { try $0.decode(String.self) }
            #expect(missing.isEmpty)
        }
    }

    @Test(arguments: [
        (
            "job", "4711",
            """
            INSERT INTO jobs.job_dead (id, lane, kind_id, attempt, crash_count, created_at, run_at, died_at, reason, args)
            VALUES (4711, 1, jobs.kind_id('test'), 1, 0, now(), now(), now(), 'x', '{}')
            """
        ),
        (
            "saga", "11111111-89ab-cdef-0123-456789abcdef",
            """
            INSERT INTO jobs.saga (id, kind, key, state, context, created_at, updated_at)
            VALUES ('11111111-89ab-cdef-0123-456789abcdef', 'test', 'a', 'running', '{}', now(), now())
            """
        ),
        ("schedule", "nightly", "INSERT INTO jobs.cron (name, expression, last_tick) VALUES ('nightly', '0 3 * * *', now())"),
    ])
    func `AUD-005 a job, a saga and a schedule can be referred to once they exist, and not before`(
        kind: String, key: String, insertion: String
    ) async throws {
        try await withProduct { database in
            let node = "01234567-89ab-cdef-0123-456789abcdef"
            let entry = """
                INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_component, summary, ref_\(kind))
                VALUES ('\(node)', 'operation_failed', 'medium', now(), 'system', 'test', 'failed', '\(key)')
                """
            let error = await #expect(throws: PostgresError.self) {
                try await database.systemClient.execute(Statement(entry, []), scope: .system)
            }
            #expect(error?.constraint == "entry_refers_to_existing")
            try await database.adminClient.execute(Statement(insertion, []))
            let count = try await database.systemClient.execute(Statement(entry, []), scope: .system)
            #expect(count == 1)
        }
    }
}
