internal import Audit
public import Postgres

/// That denials were counted only is a type of its own (AUD-028).
public enum M0122CountDenials: Migration {
    /// `0122-audit-count-denials`
    public static var id: String { "0122-audit-count-denials" }
    /// A row of the catalogue.
    public static var sql: String { AuditSchema.register([SecurityEventsShed.type]) }
}
