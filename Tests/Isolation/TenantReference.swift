import Foundation
import PlatformTesting
import Postgres

/// A foreign key from a table that orgs own to another that they own.
struct TenantReference: Sendable, CustomStringConvertible {
    let name: String
    let child: GuardedTable
    let parentTable: GuardedTable
    /// Whether the key compares the org of the row with the org of the parent.
    let comparesOrgs: Bool
    /// What it compares besides: the columns of both with a value in SQL.
    let points: [(child: String, parent: String, value: String)]
    /// The other foreign keys of the child.
    let others: [String]

    var description: String { "\(child).\(name)" }

    /// The statement that adds the parent, as an org's.
    func parent(of org: UUID) -> Statement {
        parentTable.insertion([parentTable.orgColumn ?? "": Self.quoted(org)].merging(points.map { ($0.parent, $0.value) }) { $1 })
    }

    /// The statement that adds a row of an org that points to the parent.
    func row(of org: UUID) -> Statement {
        child.insertion([child.orgColumn ?? "": Self.quoted(org)].merging(points.map { ($0.child, $0.value) }) { $1 })
    }

    /// The references among these tables, from the catalogue.
    static func all(among tables: [GuardedTable], of database: TestDatabase) async throws -> [TenantReference] {
        let owned = Dictionary(uniqueKeysWithValues: tables.filter { $0.orgColumn != nil }.map { ($0.description, $0) })
        return try await database.adminClient.query(Statement(catalogue)).compactMap { row in
            guard let child = owned[try row.decode("child")], let parent = owned[try row.decode("parent")] else { return nil }
            let columns = zip(try row.decode("columns", as: [String].self), try row.decode("parent_columns", as: [String].self))
            let types: [String] = try row.decode("types")
            // A column that is made of others cannot be given a value; what it is made of has rules of its own.
            let isGenerated: Bool = try row.decode("is_generated")
            let points = zip(columns, types).filter { !isGenerated && $0.0.0 != child.orgColumn }
                .map { (child: $0.0.0, parent: $0.0.1, value: constant(of: $0.1)) }
            return TenantReference(
                name: try row.decode("name"), child: child, parentTable: parent,
                comparesOrgs: columns.contains { $0 == child.orgColumn && $1 == parent.orgColumn }, points: points,
                others: try row.decode("others"))
        }
    }

    private static func quoted(_ id: UUID) -> String { "'\(id.uuidString)'" }

    /// One value of a type, the same for the row and its parent.
    private static func constant(of type: String) -> String {
        switch type {
        case "uuid": quoted(UUID())
        case "text": "'\(UUID().uuidString)'"
        default: "4711"
        }
    }

    private static let catalogue = #"""
        SELECT r.conname::text AS name, r.conrelid::regclass::text AS child, r.confrelid::regclass::text AS parent,
            ARRAY(SELECT a.attname::text FROM unnest(r.conkey) WITH ORDINALITY k (n, o) JOIN pg_attribute a
                ON a.attrelid = r.conrelid AND a.attnum = k.n ORDER BY k.o) AS columns,
            ARRAY(SELECT a.attname::text FROM unnest(r.confkey) WITH ORDINALITY k (n, o) JOIN pg_attribute a
                ON a.attrelid = r.confrelid AND a.attnum = k.n ORDER BY k.o) AS parent_columns,
            ARRAY(SELECT format_type(a.atttypid, NULL) FROM unnest(r.conkey) WITH ORDINALITY k (n, o) JOIN pg_attribute a
                ON a.attrelid = r.conrelid AND a.attnum = k.n ORDER BY k.o) AS types,
            EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = r.conrelid AND a.attnum = ANY (r.conkey) AND a.attgenerated <> '') AS is_generated,
            ARRAY(SELECT o.conname::text FROM pg_constraint o WHERE o.contype = 'f' AND o.conrelid = r.conrelid AND o.oid <> r.oid) AS others
        FROM pg_constraint r WHERE r.contype = 'f' AND r.conparentid = 0 ORDER BY 2, 1
        """#
}
