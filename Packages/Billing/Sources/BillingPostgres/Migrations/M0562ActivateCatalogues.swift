internal import AuditPostgres
internal import Billing
internal import Postgres

/// Who made a version of the catalogue the active one, and what it changed (BIL-010); what becomes of controls (AUD-112).
enum M0562ActivateCatalogues: Migration {
    static let id = "0562-billing-activate-catalogues"

    static var sql: String {
        #"""
        ALTER TABLE billing.catalogue_version
            ADD COLUMN activated_by text CHECK (length(activated_by) BETWEEN 1 AND 100),
            ADD COLUMN summary jsonb;
        -- What is sold is a control to the log as well.
        INSERT INTO billing.control (name) VALUES ('catalogue');
        GRANT UPDATE (activated_by, summary) ON billing.catalogue_version TO trellis_app, trellis_system;

        """# + AuditSchema.register(BillingAuditTypes.catalogue + BillingAuditTypes.killSwitches)
    }
}
