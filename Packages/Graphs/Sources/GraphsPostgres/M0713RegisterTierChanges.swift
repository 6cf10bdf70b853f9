internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// The entries about changes of tier.
enum M0713RegisterTierChanges: Migration {
    static let id = "0713-graphs-register-tier-changes"
    static var sql: String { AuditSchema.register(GraphAuditTypes.tierChanges) }
}
