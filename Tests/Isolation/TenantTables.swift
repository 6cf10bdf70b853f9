import Core
import Foundation
import PlatformTesting
import Postgres

/// A table that row-level security guards, as the database's own catalogue describes it.
struct GuardedTable: Sendable, CustomStringConvertible {
    let schema: String
    let name: String
    /// The column that the policies compare with the org that a transaction works for.
    let orgColumn: String?
    /// The column that they compare with the person.
    let userColumn: String?
    /// The columns of the primary key with a value each, in SQL.
    let key: [(column: String, value: String)]

    var description: String { "\(schema).\(name)" }

    /// The statement that adds a row of an owner; everything else is left out or has its default.
    func insertion(_ column: String, owner: UUID) -> Statement { insertion([column: "'\(owner.uuidString)'"]) }

    /// The statement that adds a row with these columns, each a value in SQL.
    func insertion(_ values: [String: String]) -> Statement {
        let columns = key.filter { values[$0.column] == nil } + values.map { (column: $0.key, value: $0.value) }
        return Statement(
            "INSERT INTO \(self) (\(columns.map(\.column).joined(separator: ", "))) OVERRIDING SYSTEM VALUE "
                + "VALUES (\(columns.map(\.value).joined(separator: ", ")))")
    }
}

/// A database with the whole schema of the product, in which a row may be made of its key and its owner alone.
struct BareTables: Sendable {
    let database: TestDatabase
    let tables: [GuardedTable]

    init(_ database: TestDatabase) async throws {
        self.database = database
        tables = try await database.adminClient.query(Statement(Self.catalogue)).map { row in
            let columns: [String] = try row.decode("key_columns")
            let types: [String] = try row.decode("key_types")
            return GuardedTable(
                schema: try row.decode("schema"), name: try row.decode("name"), orgColumn: try row.decode("org_column"),
                userColumn: try row.decode("user_column"), key: zip(columns, types).map { ($0, Self.value(of: $1)) })
        }
        try await database.adminClient.execute(Statement(Self.undress))
    }

    /// Adds a row as the administrator, without triggers and references.
    func plant(_ table: GuardedTable, _ column: String, owner: UUID) async throws {
        try await database.adminClient.withTransaction(scope: .none) { transaction in
            try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
            try await transaction.execute(table.insertion(column, owner: owner))
        }
    }

    private static func value(of type: String) -> String {
        switch type {
        case "uuid": "gen_random_uuid()"
        case "timestamp with time zone", "date": "now()"
        case "bytea": "uuid_send(gen_random_uuid())"
        case "boolean": "true"
        case "bigint", "integer", "smallint", "numeric": "(random() * 30000)::integer"
        default: "left(gen_random_uuid()::text, 12)"
        }
    }

    /// Tables with policies that speak of an org or a person; partitions stand behind theirs.
    private static let catalogue = #"""
        WITH policy AS (
            SELECT polrelid, string_agg(coalesce(pg_get_expr(polqual, polrelid), '') || ' ' || coalesce(pg_get_expr(polwithcheck, polrelid), ''), ' ')
                AS text
            FROM pg_policy GROUP BY polrelid)
        SELECT n.nspname::text AS schema, c.relname::text AS name,
            (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                AND p.text ~ ('\m' || a.attname || ' = (\( ?SELECT )?trellis_org_id') LIMIT 1) AS org_column,
            (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                AND p.text ~ ('\m' || a.attname || ' = (\( ?SELECT )?trellis_user_id') LIMIT 1) AS user_column,
            ARRAY(SELECT a.attname::text FROM pg_index i, unnest(i.indkey) k JOIN pg_attribute a ON a.attrelid = keyed.id AND a.attnum = k
                WHERE i.indrelid = keyed.id AND i.indisprimary ORDER BY a.attnum) || flags.names AS key_columns,
            ARRAY(SELECT format_type(a.atttypid, NULL) FROM pg_index i, unnest(i.indkey) k JOIN pg_attribute a
                ON a.attrelid = keyed.id AND a.attnum = k WHERE i.indrelid = keyed.id AND i.indisprimary ORDER BY a.attnum)
                || array_fill('boolean'::text, ARRAY[cardinality(flags.names)]) AS key_types
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN policy p ON p.polrelid = c.oid
        -- A table that is partitioned by what is not in its key has the key in each of its parts.
        CROSS JOIN LATERAL (SELECT coalesce((SELECT i.indrelid FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary),
            (SELECT min(h.inhrelid) FROM pg_inherits h WHERE h.inhparent = c.oid)) AS id) AS keyed
        -- What a policy asks of a row beside its owner.
        CROSS JOIN LATERAL (SELECT ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
            AND a.atttypid = 'boolean'::regtype AND p.text ~ ('\m' || a.attname || '\M') ORDER BY a.attnum) AS names) AS flags
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND p.text ~ 'trellis_(org|user)_id'
        ORDER BY 1, 2
        """#

    /// Takes away what makes a row meaningful and leaves what makes it somebody's: the policies and the grants.
    private static let undress = #"""
        DO $$
        DECLARE
            item record;
        BEGIN
            FOR item IN SELECT r.conrelid::regclass AS relation, r.conname FROM pg_constraint r JOIN pg_class c ON c.oid = r.conrelid
                WHERE r.contype = 'c' AND r.coninhcount = 0 AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            LOOP
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', item.relation, item.conname);
            END LOOP;
            FOR item IN SELECT a.attrelid::regclass AS relation, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE a.attnotnull AND a.attnum > 0 AND a.attidentity = '' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
                AND NOT c.relispartition AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
                AND NOT EXISTS (SELECT 1 FROM pg_index i JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = ANY (i.indkey)
                    WHERE (i.indrelid = c.oid OR i.indrelid IN (SELECT h.inhrelid FROM pg_inherits h WHERE h.inhparent = c.oid))
                    AND i.indisprimary AND k.attname = a.attname)
            LOOP
                EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', item.relation, item.attname);
            END LOOP;
            FOR item IN SELECT c.oid::regclass AS relation FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
                AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            LOOP
                EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', item.relation);
            END LOOP;
        END $$
        """#
}
