internal import Audit
internal import AuditPostgres
internal import Postgres

/// Graphs, who may reach them and what is granted of repositories do not change without an entry of the log (AUD-023).
enum M0729CoverGraphs: Migration {
    static let id = "0729-graphs-cover"

    static var sql: String {
        AuditSchema.cover(
            "graphs.graph", as: .graph, belonging: [(.subscription, "subscription_id"), (.org, "org_id")],
            columns: ["name", "description", "tags", "tier", "status", "delete_protected", "purge_hold"])
            + AuditSchema.cover(
                "graphs.graph_grant", as: .graphMember, key: ["graph_id", "user_id"],
                belonging: [(.graph, "graph_id"), (.user, "user_id")], columns: ["role"], coversRemoval: true)
            + AuditSchema.cover(
                "graphs.repository_grant", as: .repositoryGrant, belonging: [(.user, "user_id"), (.subscription, "subscription_id")],
                columns: ["plan", "access", "state"])
    }
}
