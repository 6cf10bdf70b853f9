public import Audit

/// A process that writes entries, by the role in which it works in the database.
public enum AuditWriter: String, Sendable {
    /// What answers requests.
    case requests = "trellis_app"
    /// What works in the background, and what is done on the command line.
    case background = "trellis_system"
}

/// SQL that a package's migrations use to tell the log of their types and of where things are.
public enum AuditSchema {
    /// Adds rows to the catalogue of types (AUD-007, AUD-094).
    public static func register(_ types: [AuditEventType]) -> String {
        let rows = types.map { type in
            let required = type.requires.map { quoted($0.rawValue) }.joined(separator: ", ")
            return "(\(quoted(type.name)), \(quoted(type.risk.rawValue)), \(quoted(type.eventClass.rawValue)), "
                + "\(quoted(type.component)), ARRAY[\(required)]::text[])"
        }
        return "INSERT INTO audit.event_type (name, risk, class, component, requires) VALUES\n    " + rows.joined(separator: ",\n    ")
            + ";\n"
    }

    /// Lets one process alone write entries of some types (AUD-093).
    public static func allow(_ types: [AuditEventType], only writer: AuditWriter) -> String {
        "INSERT INTO audit.type_writer (type, role) VALUES\n    "
            + types.map { "(\(quoted($0.name)), \(quoted(writer.rawValue)))" }.joined(separator: ",\n    ") + ";\n"
    }

    /// Says in which table and column things of a kind are found, so that a reference to nothing is refused (AUD-005).
    public static func locate(_ kind: AuditReferenceKind, in table: String, column: String) -> String {
        "INSERT INTO audit.reference_kind (kind, relation, key_column) VALUES (\(quoted(kind.rawValue)), \(quoted(table)), \(quoted(column)));\n"
    }

    /// Lets entries refer to things of a program's own kind, in a migration of the program's (AUD-136): a column for them, which counts for the rule that an entry
    /// refers to something, and where the things are. The kinds of the product have theirs already, and use ``locate(_:in:column:)``.
    ///
    /// The program's migrations run behind `AuditMigrations`. Entries that are there already are looked at once, under a lock of the table.
    public static func add(_ kind: AuditReferenceKind, in table: String, column: String) -> String {
        """
        ALTER TABLE audit.entry ADD COLUMN ref_\(kind.rawValue) \(kind.isText ? "text" : "uuid");
        DO $$ BEGIN
            ALTER TABLE audit.entry DROP CONSTRAINT entry_refers_to_something;
            EXECUTE (SELECT format('ALTER TABLE audit.entry ADD CONSTRAINT entry_refers_to_something CHECK (num_nonnulls(%s) >= 1)',
                    string_agg(quote_ident(attname), ', ' ORDER BY attnum))
                FROM pg_attribute
                WHERE attrelid = 'audit.entry'::regclass AND attnum > 0 AND NOT attisdropped AND attname LIKE 'ref\\_%');
        END $$;

        """ + locate(kind, in: table, column: column)
    }

    /// Lets no transaction of the product commit a change of a table without an entry about what changed (AUD-023).
    ///
    /// The entry must refer to the thing itself or to one of those to whom it belongs. Who owns the schema, and administrators, are not held to it.
    /// - Parameters:
    ///   - table: the table with its schema.
    ///   - kind: what a row of it is.
    ///   - key: the columns that name a row.
    ///   - belonging: kinds of references that are good enough as well, each with the column that has the id.
    ///   - columns: what is audited; a change of other columns needs no entry.
    ///   - when: a further condition in SQL over `NEW` for a new row or a change to be one that is audited.
    ///   - coversRemoval: whether removing a row needs an entry too.
    public static func cover(
        _ table: String, as kind: AuditReferenceKind, key: [String] = ["id"],
        belonging: [(kind: AuditReferenceKind, column: String)], columns: [String], when: String? = nil, coversRemoval: Bool = false
    ) -> String {
        let changes = columns.map { "OLD.\($0) IS DISTINCT FROM NEW.\($0)" }.joined(separator: " OR ")
        let condition = when.map { "(\(changes)) AND (\($0))" } ?? changes
        let arguments = [kind.rawValue, key.joined(separator: ",")] + belonging.flatMap { [$0.kind.rawValue, $0.column] }
        let function = "audit.require_entry(\(arguments.map(quoted).joined(separator: ", ")))"
        var events = [
            ("covered_insert", "INSERT", when.map { " WHEN (\($0))" } ?? ""), ("covered_update", "UPDATE", " WHEN (\(condition))"),
        ]
        if coversRemoval { events.append(("covered_delete", "DELETE", "")) }
        return events.map { name, event, condition in
            """
            CREATE CONSTRAINT TRIGGER \(name) AFTER \(event) ON \(table) DEFERRABLE INITIALLY DEFERRED FOR EACH ROW\(condition)
                EXECUTE FUNCTION \(function);

            """
        }.joined()
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
