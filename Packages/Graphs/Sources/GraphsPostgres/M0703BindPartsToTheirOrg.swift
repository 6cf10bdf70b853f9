internal import Postgres

/// Who may open a graph, where it lies, its logins, its backups and its destruction belong to the graph's org (SEC-038), and rows are found by
/// org first, as their policies look for them (SEC-049).
enum M0703BindPartsToTheirOrg: Migration {
    static let id = "0703-graphs-bind-parts-to-their-org"

    // The unique index takes the place of graph_by_org and is what the references of the parts point to.
    static let sql = #"""
        ALTER TABLE graphs.graph ADD CONSTRAINT graph_of_org UNIQUE (org_id, id);
        DROP INDEX graphs.graph_by_org;
        ALTER TABLE graphs.graph_backup ADD CONSTRAINT graph_backup_of_org UNIQUE (org_id, id);

        ALTER TABLE graphs.host_slot DROP CONSTRAINT host_slot_graph_id_fkey,
            ADD CONSTRAINT host_slot_graph_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph (org_id, id);

        CREATE INDEX graph_grant_by_org ON graphs.graph_grant (org_id, graph_id);
        ALTER TABLE graphs.graph_grant DROP CONSTRAINT graph_grant_graph_id_fkey,
            ADD CONSTRAINT graph_grant_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph (org_id, id);

        CREATE INDEX graph_credential_by_org ON graphs.graph_credential (org_id, graph_id);
        ALTER TABLE graphs.graph_credential DROP CONSTRAINT graph_credential_graph_id_fkey,
            ADD CONSTRAINT graph_credential_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph (org_id, id);

        ALTER TABLE graphs.graph_backup DROP CONSTRAINT graph_backup_graph_id_fkey,
            ADD CONSTRAINT graph_backup_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph (org_id, id);

        CREATE INDEX teardown_by_org ON graphs.teardown (org_id, graph_id);
        ALTER TABLE graphs.teardown DROP CONSTRAINT teardown_graph_id_fkey, DROP CONSTRAINT teardown_backup_id_fkey,
            ADD CONSTRAINT teardown_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph (org_id, id),
            ADD CONSTRAINT teardown_backup_of_same_org FOREIGN KEY (org_id, backup_id) REFERENCES graphs.graph_backup (org_id, id);
        """#
}
