internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// The entries about what has no counterpart.
enum M0716RegisterOrphans: Migration {
    static let id = "0716-graphs-register-orphans"
    static var sql: String { AuditSchema.register(GraphAuditTypes.orphans) }
}
