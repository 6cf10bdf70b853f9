import Composition
import Core
import Foundation
import PlatformTesting
import Postgres
import Testing

/// What the database's own catalogue says of policies and references, so that a new table is covered without writing anything.
@Suite struct TenantReferencesTests {
    @Test func `every column that a policy compares with the org or the person is the first of an index`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let columns = try await BareTables(database).tables.flatMap { table in
                [table.orgColumn, table.userColumn].compactMap { column in column.map { (table.description, $0) } }
            }
            #expect(columns.count > 30)
            for (table, column) in columns {
                // A part of the rows is enough only where the others belong to nobody.
                let indexes = try await database.adminClient.query(
                    """
                    SELECT i.indexrelid::regclass::text AS name FROM pg_index i
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                    WHERE i.indrelid = \(table)::regclass AND i.indisvalid AND a.attname = \(column)
                        AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = '(' || \(column) || ' IS NOT NULL)')
                    """)
                #expect(!indexes.isEmpty, "\(table) has no index that begins with \(column)")
            }
        }
    }

    @Test func `SEC-038 a row cannot point to a parent of another org`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let references = try await TenantReference.all(among: BareTables(database).tables, of: database)
            #expect(references.count { !$0.points.isEmpty } >= 12)
            for reference in references {
                #expect(reference.comparesOrgs, "\(reference) does not compare the orgs")
                guard reference.comparesOrgs, !reference.points.isEmpty else { continue }
                let own = try await refusal(of: reference, isOwn: true, database)
                #expect(own == nil, "\(reference): \(String(describing: own))")
                let foreign = try await refusal(of: reference, isOwn: false, database)
                #expect(
                    foreign?.isForeignKeyViolation == true && foreign?.constraint == reference.name,
                    "\(reference): \(String(describing: foreign))")
            }
        }
    }

    private struct Undone: Error {}

    /// What the database says to a row that points to a parent of its own org or of another's; nothing of it stays.
    private func refusal(of reference: TenantReference, isOwn: Bool, _ database: TestDatabase) async throws -> PostgresError? {
        do {
            try await database.adminClient.withTransaction(scope: .none) { transaction in
                for other in reference.others {
                    let drop = "ALTER TABLE \(reference.child) DROP CONSTRAINT \(other)"
                    try await transaction.execute(Statement(drop))
                }
                let (mine, others) = (UUID(), UUID())
                try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
                try await transaction.execute(reference.parent(of: mine))
                try await transaction.execute("SET LOCAL session_replication_role = 'origin'")
                try await transaction.execute(reference.row(of: isOwn ? mine : others))
                throw Undone()
            }
        } catch let error as PostgresError {
            return error
        } catch is Undone {}
        return nil
    }
}
