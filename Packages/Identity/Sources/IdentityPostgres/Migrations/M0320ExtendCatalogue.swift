internal import AuditPostgres
internal import Identity
public import Postgres

/// The entries of an account's whole life, and the way to count the mails of one address (ID-086).
public enum M0320ExtendCatalogue: Migration {
    /// `0320-identity-extend-catalogue`
    public static var id: String { "0320-identity-extend-catalogue" }
    /// Types of entries and an index.
    public static var sql: String {
        """
        CREATE INDEX link_token_by_address ON identity.link_token (address, kind, created_at DESC);

        """ + AuditSchema.register(IdentityAudit.lifecycleTypes)
    }
}
