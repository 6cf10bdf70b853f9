internal import Postgres

/// Fills the view by which Orgs reads who has paid (ORG-050), where Orgs' schema is there.
enum M0501ShowPaymentsToOrgs: Migration {
    static let id = "0501-billing-show-payments-to-orgs"

    static let sql = #"""
        DO $body$
        BEGIN
            IF to_regclass('orgs.paid_org') IS NULL THEN RETURN; END IF;
            CREATE OR REPLACE VIEW orgs.paid_org AS
                SELECT DISTINCT i.org_id FROM billing.invoice i WHERE i.status = 'paid' AND i.amount_paid > 0;
            GRANT SELECT ON orgs.paid_org TO trellis_app, trellis_system;
        END
        $body$;
        """#
}
