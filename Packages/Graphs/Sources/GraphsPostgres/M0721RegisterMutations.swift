internal import AuditPostgres
internal import Graphs
internal import Postgres

/// The entries about calls that change graphs (AUD-075).
enum M0721RegisterMutations: Migration {
    static let id = "0721-graphs-register-mutations"
    static var sql: String { AuditSchema.register([GraphAuditTypes.mutation]) }
}
