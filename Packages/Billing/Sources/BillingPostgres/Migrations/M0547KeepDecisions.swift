internal import AuditPostgres
internal import Billing
internal import Postgres

/// Why something was done (BIL-129), which catalogue is active, and what is done about differences from the provider (BIL-124, BIL-125).
enum M0547KeepDecisions: Migration {
    static let id = "0547-billing-keep-decisions"

    static var sql: String { catalogue + decisions + drift + AuditSchema.register(BillingAuditTypes.driftRepairs) }

    private static let catalogue = #"""
        ALTER TABLE billing.catalogue_version ADD COLUMN is_active boolean NOT NULL DEFAULT false;
        UPDATE billing.catalogue_version SET is_active = true
            WHERE hash = (SELECT hash FROM billing.catalogue_version ORDER BY activated_at DESC, hash LIMIT 1);
        CREATE UNIQUE INDEX catalogue_version_active ON billing.catalogue_version (is_active) WHERE is_active;
        GRANT UPDATE (is_active, activated_at) ON billing.catalogue_version TO trellis_app, trellis_system;

        """#

    private static let decisions = #"""
        CREATE TABLE billing.decision (
            id uuid PRIMARY KEY,
            org_id uuid,
            subscription_id uuid,
            rule text NOT NULL CHECK (rule ~ '^[a-z_]{2,40}$'),
            rule_version integer NOT NULL CHECK (rule_version > 0),
            catalogue_hash text REFERENCES billing.catalogue_version (hash),
            inputs jsonb NOT NULL,
            outcome jsonb NOT NULL,
            effects text[] NOT NULL,
            actor text NOT NULL CHECK (length(actor) BETWEEN 1 AND 100),
            at timestamptz NOT NULL,
            CONSTRAINT decision_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id)
        );
        CREATE INDEX decision_by_rule ON billing.decision (rule, at, id);
        CREATE INDEX decision_by_org ON billing.decision (org_id, at DESC);
        CREATE INDEX decision_by_subscription ON billing.decision (subscription_id) WHERE subscription_id IS NOT NULL;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.decision
            FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
        ALTER TABLE billing.decision ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.decision FORCE ROW LEVEL SECURITY;
        CREATE POLICY decision_of_org ON billing.decision USING (trellis_is_system() OR org_id = trellis_org_id());
        GRANT SELECT, INSERT ON billing.decision TO trellis_app, trellis_system;

        """#

    private static let drift = #"""
        ALTER TABLE billing.reconciliation_run ADD COLUMN stage text CHECK (stage ~ '^[a-z_]{2,40}$');
        ALTER TABLE billing.drift_item
            ADD COLUMN repaired_by text CHECK (length(repaired_by) BETWEEN 1 AND 100),
            ADD COLUMN dismissed_by text CHECK (length(dismissed_by) BETWEEN 1 AND 100),
            ADD COLUMN dismissed_until timestamptz,
            ADD COLUMN reason text CHECK (length(reason) BETWEEN 10 AND 200),
            -- Nothing may stay without a name that says so.
            ADD CONSTRAINT drift_item_dismissal_is_named CHECK (state <> 'dismissed' OR (dismissed_by IS NOT NULL AND reason IS NOT NULL));
        GRANT SELECT ON billing.reconciliation_run TO trellis_app;
        CREATE INDEX drift_item_dismissed ON billing.drift_item (object_id, category) WHERE state = 'dismissed';
        CREATE INDEX invoice_open_at_provider ON billing.invoice (provider_invoice_id)
            WHERE status = 'open' AND provider_invoice_id IS NOT NULL;

        """#
}
