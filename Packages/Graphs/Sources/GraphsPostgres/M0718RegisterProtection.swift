internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// The entries about protection from deletion.
enum M0718RegisterProtection: Migration {
    static let id = "0718-graphs-register-protection"
    static var sql: String { AuditSchema.register(GraphAuditTypes.protection) }
}
