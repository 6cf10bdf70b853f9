internal import Audit
public import Postgres

/// That a key signs checkpoints from now on, and that the one before does no more, are types of their own (AUD-128).
public enum M0128TellOfKeys: Migration {
    /// `0128-audit-tell-of-keys`
    public static var id: String { "0128-audit-tell-of-keys" }
    /// Rows of the catalogue.
    public static var sql: String {
        let types = [SigningKeyPublished.type, SigningKeyRetired.type]
        return AuditSchema.register(types) + AuditSchema.allow(types, only: .background)
    }
}
