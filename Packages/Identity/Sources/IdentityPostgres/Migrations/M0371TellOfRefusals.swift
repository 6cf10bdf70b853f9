internal import AuditPostgres
internal import Identity
internal import Postgres

/// Tokens that do not work, networks that are shut out and captchas that were not solved are types of their own (AUD-113).
enum M0371TellOfRefusals: Migration {
    static let id = "0371-identity-tell-of-refusals"

    static var sql: String { AuditSchema.register(IdentityAudit.refusalTypes) }
}
