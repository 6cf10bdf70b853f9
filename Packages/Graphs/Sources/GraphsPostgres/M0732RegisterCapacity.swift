internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// The entry about a graph that fills up.
enum M0732RegisterCapacity: Migration {
    static let id = "0732-graphs-register-capacity"
    static var sql: String { AuditSchema.register(GraphAuditTypes.capacity) }
}
