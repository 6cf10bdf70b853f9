internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// The entries about roles on graphs, and which login took the place of which.
enum M0715RegisterMembers: Migration {
    static let id = "0715-graphs-register-members"

    static var sql: String {
        AuditSchema.register(GraphAuditTypes.people) + #"""
            ALTER TABLE graphs.graph_credential ADD COLUMN replaced_by uuid,
                ADD CONSTRAINT graph_credential_of_org UNIQUE (org_id, id),
                ADD CONSTRAINT graph_credential_replaced_by FOREIGN KEY (org_id, replaced_by)
                    REFERENCES graphs.graph_credential (org_id, id);
            CREATE INDEX graph_credential_by_end ON graphs.graph_credential (expires_at) WHERE revoked_at IS NULL;
            """#
    }
}
