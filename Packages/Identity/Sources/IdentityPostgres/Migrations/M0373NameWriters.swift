internal import AuditPostgres
internal import Identity
internal import Postgres

/// Checks of credentials are told of by what answers requests alone: no job can write that one failed (AUD-093).
enum M0373NameWriters: Migration {
    static let id = "0373-identity-name-writers"

    static var sql: String { AuditSchema.allow(IdentityAudit.checkTypes, only: .requests) }
}
