import Foundation
import PlatformTesting
import Postgres
import Testing

private enum CreateNotes: Migration {
    static let id = "0001-notes-create-note"
    static let sql = #"""
        CREATE SCHEMA notes;
        CREATE TABLE notes.note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, org_id uuid NOT NULL, owner uuid, body text NOT NULL);
        CREATE INDEX note_org_id ON notes.note (org_id);
        ALTER TABLE notes.note ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notes.note FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON notes.note
            USING (trellis_is_system() OR org_id = trellis_org_id() OR owner = trellis_user_id());
        GRANT USAGE ON SCHEMA notes TO trellis_app, trellis_system;
        GRANT SELECT, INSERT, UPDATE, DELETE ON notes.note TO trellis_app, trellis_system;
        """#
}

struct RowLevelSecurityTests {
    private let first = UUID()
    private let second = UUID()
    private let user = UUID()

    private func withNotes(_ body: (TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(migrations: [[CreateNotes.self]]) { database async throws in
            try await database.systemClient.execute(
                "INSERT INTO notes.note (org_id, body) SELECT o, 'note ' || n FROM unnest(\([first, second])) o, generate_series(1, 3) n",
                scope: .system)
            try await database.systemClient.execute(
                "UPDATE notes.note SET owner = \(user) WHERE org_id = \(second) AND body = 'note 1'", scope: .system)
            try await body(database)
        }
    }

    private let all: Statement = "SELECT org_id FROM notes.note"

    @Test func `SEC-049 who works is asked once for a statement and not for each row, and an index still finds the rows of an org`()
        async throws
    {
        try await withNotes { database async throws in
            try await database.adminClient.execute("ANALYZE notes.note")
            func plan(_ statement: Statement) async throws -> String {
                try await database.client.withTransaction(scope: .org(first)) { transaction in
                    try await transaction.execute("SET LOCAL enable_seqscan = off")
                    return try await transaction.query("EXPLAIN (VERBOSE) " + statement).map { try $0.decode(String.self) }.joined(
                        separator: "\n")
                }
            }
            let whole = try await plan("SELECT body FROM notes.note")
            #expect(whole.contains("InitPlan"))
            let filters = whole.split(separator: "\n").filter { $0.contains("Filter:") || $0.contains("Cond:") }
            #expect(!filters.isEmpty && filters.allSatisfy { !$0.contains("current_setting") && !$0.contains("trellis_") }, "\(whole)")
            let own = try await plan("SELECT body FROM notes.note WHERE org_id = \(first)")
            #expect(own.contains("Index Cond: (note.org_id = ") || own.contains("Bitmap Index Scan on note_org_id"), "\(own)")
            // Nothing is left to write.
            let changed = try await database.ownerClient.query("SELECT public.trellis_scope_policies()")[0].decode(Int32.self)
            #expect(changed == 0)
        }
    }

    @Test func `an org sees its own rows, and a forgotten WHERE shows no others`() async throws {
        try await withNotes { database async throws in
            for client in [database.client, database.systemClient, database.ownerClient] {
                for org in [first, second] {
                    let seen = try await client.query(all, scope: .org(org)).map { try $0.decode(UUID.self) }
                    #expect(seen == [org, org, org])
                }
            }
            #expect(try await database.client.query(all, scope: .org(UUID())).isEmpty)
        }
    }

    @Test func `a scope that was not set sees nothing, before and after one that was`() async throws {
        try await withNotes { database async throws in
            let client = database.client
            #expect(try await client.query(all).isEmpty)
            #expect(try await client.query(all, scope: .system).count == 6)
            // The settings of the scope have been made and taken back on this connection.
            #expect(try await client.query(all).isEmpty)
            #expect(try await client.withTransaction(scope: .none) { try await $0.query(all).count } == 0)
            #expect(try await client.withTransaction(scope: .org(first)) { try await $0.query(all).count } == 3)
            for _ in 0..<8 { #expect(try await client.query(all).isEmpty) }
        }
    }

    @Test func `a user sees what belongs to the user`() async throws {
        try await withNotes { database async throws in
            #expect(try await database.client.query(all, scope: .user(user)).count == 1)
            #expect(try await database.client.query(all, scope: .user(UUID())).isEmpty)
        }
    }

    @Test func `the product itself sees all`() async throws {
        try await withNotes { database async throws in
            #expect(try await database.systemClient.query(all, scope: .system).count == 6)
            #expect(try await database.client.withTransaction(scope: .system) { try await $0.query(all).count } == 6)
        }
    }

    @Test func `rows of another org can be neither written, nor changed, nor deleted`() async throws {
        try await withNotes { database async throws in
            let client = database.client
            let error = await #expect(throws: PostgresError.self) {
                try await client.execute("INSERT INTO notes.note (org_id, body) VALUES (\(second), 'x')", scope: .org(first))
            }
            #expect(error?.sqlState == .insufficientPrivilege)
            await #expect(throws: PostgresError.self) {
                try await client.execute("UPDATE notes.note SET org_id = \(second)", scope: .org(first))
            }
            #expect(try await client.execute("UPDATE notes.note SET body = 'mine' WHERE org_id = \(second)", scope: .org(first)) == 0)
            #expect(try await client.execute("DELETE FROM notes.note", scope: .org(first)) == 3)
            #expect(try await database.adminClient.query(all).count == 3)
        }
    }

    @Test func `the scope of one transaction is not that of the next on the same connection`() async throws {
        try await withNotes { database async throws in
            let client = database.client
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<60 {
                    let org = number % 2 == 0 ? first : second
                    group.addTask {
                        let rows = try await client.withTransaction(scope: .org(org)) { transaction in
                            try await transaction.pipeline([all, all])
                        }
                        return try rows.joined().allSatisfy { try $0.decode(UUID.self) == org } && rows.map(\.count) == [3, 3]
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test func `the index on the org is used under the policy`() async throws {
        try await withNotes { database async throws in
            try await database.adminClient.execute(
                "INSERT INTO notes.note (org_id, body) SELECT gen_random_uuid(), 'filler' FROM generate_series(1, 5000)")
            try await database.adminClient.execute("ANALYZE notes.note")
            let plan = try await database.client.query(
                "EXPLAIN SELECT * FROM notes.note WHERE org_id = \(first)", scope: .org(first)
            ).map { try $0.decode(String.self) }
            #expect(plan.contains { $0.contains("note_org_id") })
            // The policy's functions are initial steps of the plan: nothing is called row by row.
            #expect(!plan.contains { $0.contains("trellis_org_id()") || $0.contains("current_setting") })
            #expect(plan.contains { $0.contains("InitPlan") })
        }
    }

    @Test func `the app can neither change the schema nor read what it was not granted`() async throws {
        try await withNotes { database async throws in
            for statement in [
                "CREATE TABLE notes.other (id int)", "DROP TABLE notes.note", "ALTER TABLE notes.note DISABLE ROW LEVEL SECURITY",
                "TRUNCATE notes.note", "SELECT * FROM pg_authid", "DELETE FROM trellis.schema_migration",
            ] as [Statement] {
                let error = await #expect(throws: PostgresError.self) { try await database.client.execute(statement, scope: .system) }
                #expect(error?.sqlState == .insufficientPrivilege)
            }
        }
    }
}
