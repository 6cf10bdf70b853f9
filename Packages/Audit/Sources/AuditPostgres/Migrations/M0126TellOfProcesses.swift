internal import Audit
public import Postgres

/// That a process ended, that the schema was brought forward and that a checkpoint was signed are types of their own (AUD-133).
public enum M0126TellOfProcesses: Migration {
    /// `0126-audit-tell-of-processes`
    public static var id: String { "0126-audit-tell-of-processes" }
    /// Rows of the catalogue.
    public static var sql: String { AuditSchema.register(PlatformAuditEvents.laterTypes) }
}
