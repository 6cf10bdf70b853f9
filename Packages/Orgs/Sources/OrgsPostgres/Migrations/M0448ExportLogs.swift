internal import Audit
internal import AuditPostgres
internal import Orgs
internal import Postgres

/// Exports may be files of the log alone (AUD-082): one of each kind is written at a time.
enum M0448ExportLogs: Migration {
    static let id = "0448-orgs-export-logs"

    static var sql: String {
        """
        ALTER TABLE orgs.org_export ADD COLUMN audit_order jsonb;
        DROP INDEX orgs.org_export_running;
        CREATE UNIQUE INDEX org_export_running ON orgs.org_export (org_id, (audit_order IS NULL)) WHERE state = 'running';

        """ + AuditSchema.register(OrgsAudit.auditExportTypes)
    }
}
