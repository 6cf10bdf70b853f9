internal import Audit
internal import AuditPostgres
internal import Postgres

/// Operators do not change without an entry of the log (AUD-023).
enum M0909CoverOperators: Migration {
    static let id = "0909-admin-cover"

    static var sql: String {
        AuditSchema.cover("admin.operator", as: .operator, belonging: [], columns: ["name", "role", "disabled_at"])
    }
}
