import AuditPostgres
import AuditProof
import Composition
import Foundation
import PlatformTesting
import Postgres
import Testing

/// What the migrations make of the database that the last release left (see `Scripts/record-release`), on which its processes still work while the new ones
/// come up.
@Suite struct ReleasedSchemaTests {
    private static let release = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Upgrade")
    /// The months and days of partitioned tables, which differ with the date on which a database was in use.
    private let months = "*.*_20[0-9][0-9]_[0-9][0-9]*"

    private func withRelease(_ body: (TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            try await database.replace(withDump: Self.release.appending(path: "released.sql.gz").path)
            try await body(database)
        }
    }

    private func migrate(_ database: TestDatabase) async throws {
        let configuration = database.configuration(role: nil)
        try await Migrator(configuration: configuration, migrations: TrellisMigrations.all, loops: database.loops).migrate()
    }

    @Test func `OPS-086 the database of the last release becomes exactly what a new one is, and loses no row`() async throws {
        let fresh = try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { try await $0.schema(leavingOut: [months]) }
        try await withRelease { database in
            let before = try await rows(in: database)
            #expect(before.values.reduce(0, +) > 1000)
            try await migrate(database)
            let after = try await rows(in: database)
            for (table, count) in before { #expect(after[table] ?? -1 >= count, "\(table)") }

            let upgraded = try await database.schema(leavingOut: [months])
            #expect(Self.lines(of: upgraded).symmetricDifference(Self.lines(of: fresh)).sorted() == [])
        }
    }

    @Test func `AUD-064 every entry of the last release stays in its month, and the log proves as before`() async throws {
        try await withRelease { database in
            let everything: Statement = """
                SELECT count(*) || ' ' || md5(string_agg(tableoid::regclass || id::text || recorded_at || coalesce(md5(canonical), '') || data, ',' ORDER BY id))
                FROM audit.entry
                """
            let before: String = try await database.adminClient.query(everything)[0].decode(String.self)
            try await migrate(database)
            #expect(try await database.adminClient.query(everything)[0].decode(String.self) == before)
            let elsewhere = try await database.adminClient.query("SELECT FROM audit.entry WHERE retention_group <> 'mixed' LIMIT 1")
            #expect(elsewhere.isEmpty)
            let report = try await AuditDatabaseCheck(client: database.systemClient).run()
            #expect(report.exitCode == 0, "\(report.findings)")
        }
    }

    @Test func `OPS-086 what the last release writes still fits: no column went, changed its type or came without a value`() async throws {
        try await withRelease { database in
            let before = try await columns(of: database)
            try await migrate(database)
            let after = try await columns(of: database)
            for (name, column) in before {
                let now = try #require(after[name], "\(name) is gone")
                #expect(now.type == column.type, "\(name)")
                #expect(!now.isRequired || column.isRequired, "\(name)")
            }
            let tables = Set(before.values.map(\.table))
            for (name, column) in after where before[name] == nil && tables.contains(column.table) {
                #expect(!column.isRequired, "\(name) is new and must be given, which the last release does not do")
            }
        }
    }

    @Test func `OPS-086 every statement of the last release is understood by the new schema`() async throws {
        let text = try String(contentsOf: Self.release.appending(path: "released.statements.sql"), encoding: .utf8)
        let statements = text.components(separatedBy: "\n;;\n").filter { !$0.isEmpty }
        try await withRelease { database in
            let understood = try await understood(statements, by: database)
            // Eighteen leave the type of a parameter open between functions or columns; a recording of a release counts them anew.
            #expect(statements.count == 620 && understood.count == 602)
            try await migrate(database)
            let now = Set(try await self.understood(understood, by: database))
            #expect(understood.filter { !now.contains($0) } == [])
        }
    }

    /// Those of the statements that the database can plan; some leave the type of a parameter to the client.
    private func understood(_ statements: [String], by database: TestDatabase) async throws -> [String] {
        try await database.adminClient.withConnection { connection in
            var result: [String] = []
            for statement in statements {
                do {
                    try await connection.script("PREPARE attempt AS \(statement)")
                    try await connection.script("DEALLOCATE attempt")
                    result.append(statement)
                } catch is PostgresError {
                    continue
                }
            }
            return result
        }
    }

    private struct Column {
        let table: String
        let type: String
        /// Whether who adds a row must give it a value.
        let isRequired: Bool
    }

    private func columns(of database: TestDatabase) async throws -> [String: Column] {
        let rows = try await database.adminClient.query(
            """
            SELECT n.nspname || '.' || c.relname AS relation, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
                a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = '' AS required
            FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped
            AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
            """)
        return try Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let table = try row.decode("relation", as: String.self)
                let column = Column(
                    table: table, type: try row.decode("type", as: String.self), isRequired: try row.decode("required", as: Bool.self))
                return ("\(table).\(try row.decode("name", as: String.self))", column)
            })
    }

    private func rows(in database: TestDatabase) async throws -> [String: Int] {
        var result: [String: Int] = [:]
        for table in Set(try await columns(of: database).values.map(\.table)) {
            result[table] = try await database.adminClient.query(Statement("SELECT count(*) FROM \(table)", []))[0].decode(Int.self)
        }
        return result
    }

    /// The lines of a schema, without the order in which tables got their columns.
    /// The lines of a schema, as far as they do not depend on the way it came to be: a column may be the last of its table or not, and what a
    /// dump says of a trigger has more parentheses once it was read again.
    private static func lines(of schema: String) -> Set<String> {
        Set(
            schema.split(separator: "\n").map { line in
                let line = line.hasSuffix(",") ? String(line.dropLast()) : String(line)
                return line.hasPrefix("CREATE TRIGGER") || line.hasPrefix("CREATE CONSTRAINT TRIGGER")
                    ? line.filter { $0 != "(" && $0 != ")" } : line
            })
    }
}
