internal import AuditPostgres
internal import Orgs
public import Postgres

/// What the log says of the security settings of orgs, and an index for the purges that are due.
public enum M0411RegisterSecurity: Migration {
    /// `0411-orgs-register-security`
    public static var id: String { "0411-orgs-register-security" }
    /// Types of entries and an index.
    public static var sql: String {
        AuditSchema.register(OrgsAudit.securityTypes)
            + "CREATE INDEX org_purge_due ON orgs.org (purge_at) WHERE purge_at IS NOT NULL;\n"
    }
}
