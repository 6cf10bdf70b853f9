internal import Audit
public import Postgres

/// Attacks that were refused for their shape are types of their own (AUD-127).
public enum M0139TellOfAttacks: Migration {
    /// `0139-audit-tell-of-attacks`
    public static var id: String { "0139-audit-tell-of-attacks" }
    /// Rows of the catalogue.
    public static var sql: String { AuditSchema.register(Attacks.types) }
}
