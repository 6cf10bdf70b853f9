internal import AuditPostgres
internal import Notifications
internal import Postgres

/// What people choose to hear is told under the name of the log's catalogue (AUD-129).
enum M0839NamePreferences: Migration {
    static let id = "0839-notifications-name-preferences"

    static var sql: String { AuditSchema.register(PreferenceAuditTypes.renamed) }
}
