public import Audit

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

    /// Says in which table and column things of a kind are found, so that a reference to nothing is refused (AUD-005).
    public static func locate(_ kind: AuditReferenceKind, in table: String, column: String) -> String {
        "INSERT INTO audit.reference_kind (kind, relation, key_column) VALUES (\(quoted(kind.rawValue)), \(quoted(table)), \(quoted(column)));\n"
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
