internal import Audit
public import Postgres

/// What the log writes about its own verification (AUD-052).
public enum M0111RegisterVerification: Migration {
    /// `0111-audit-register-verification`
    public static var id: String { "0111-audit-register-verification" }
    /// Rows of the catalogue.
    public static var sql: String { AuditSchema.register(VerificationAuditEvents.types) }
}
