internal import Audit
public import Postgres

/// That a node counts requests elsewhere is a type of its own (SEC-006).
public enum M0124TellOfCounting: Migration {
    /// `0124-audit-tell-of-counting`
    public static var id: String { "0124-audit-tell-of-counting" }
    /// A row of the catalogue.
    public static var sql: String { AuditSchema.register([RequestCountingSwitched.type]) }
}
