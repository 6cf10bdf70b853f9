internal import Admin
internal import AuditPostgres
public import Postgres

/// Parked events of the payment provider may be laid aside (ADM-033, STR-069).
public enum M0906DiscardEvents: Migration {
    /// `0906-admin-discard-events`
    public static var id: String { "0906-admin-discard-events" }
    /// The row of the catalogue.
    public static var sql: String { AuditSchema.register([WebhookDiscarded.type]) }
}
