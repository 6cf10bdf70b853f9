internal import Postgres

/// A graph can be made from a backup of its org, and of no other (GRA-010).
enum M0722CopyBackups: Migration {
    static let id = "0722-graphs-copy-backups"

    static let sql = """
        ALTER TABLE graphs.graph ADD COLUMN source_backup_id uuid,
            ADD CONSTRAINT graph_source_of_same_org FOREIGN KEY (org_id, source_backup_id)
                REFERENCES graphs.graph_backup (org_id, id);
        COMMENT ON COLUMN graphs.graph.source_backup_id IS 'The backup whose contents it was made with.';
        CREATE INDEX graph_being_copied ON graphs.graph (source_backup_id)
            WHERE source_backup_id IS NOT NULL AND status = 'provisioning';
        """
}
