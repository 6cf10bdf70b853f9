internal import Audit
public import Postgres

/// That input was refused, and that it looked like an injection, are types of their own (AUD-056, AUD-127).
public enum M0138TellOfRejectedInput: Migration {
    /// `0138-audit-tell-of-rejected-input`
    public static var id: String { "0138-audit-tell-of-rejected-input" }
    /// Rows of the catalogue.
    public static var sql: String { AuditSchema.register([InputValidationFailure.type, InjectionAttempt.type]) }
}
