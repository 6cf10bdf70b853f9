internal import Admin
internal import AuditPostgres
public import Postgres

/// The type of operators' notes (ADM-050).
public enum M0901RegisterNotes: Migration {
    /// `0901-admin-register-notes`
    public static var id: String { "0901-admin-register-notes" }
    /// A row of the catalogue.
    public static var sql: String { AuditSchema.register([OperatorNoteAdded.type]) }
}
