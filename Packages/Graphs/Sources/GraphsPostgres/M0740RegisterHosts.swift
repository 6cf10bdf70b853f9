internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// The entry about a host that is taken into the registry; operators do that by what serves requests (GRA-097).
enum M0740RegisterHosts: Migration {
    static let id = "0740-graphs-register-hosts"
    static var sql: String { AuditSchema.register(GraphAuditTypes.hosts) + grants }

    private static let grants = """
        GRANT INSERT ON graphs.graph_host, graphs.host_slot TO trellis_app;

        """
}
