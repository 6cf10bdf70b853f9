internal import AuditPostgres
internal import Billing
internal import Postgres

/// What an intent's exchanges were (STR-020), by which name the provider knows a plan (BIL-151), debts (BIL-090) and what was told once.
enum M0550KeepLifecycle: Migration {
    static let id = "0550-billing-keep-lifecycle"

    static var sql: String {
        #"""
        ALTER TABLE billing.intent ADD COLUMN exchanges jsonb NOT NULL DEFAULT '[]';
        ALTER TABLE billing.plan_price ADD COLUMN provider_product_name text;

        CREATE TABLE billing.dunning_case (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            subscription_id uuid NOT NULL,
            opened_at timestamptz NOT NULL,
            stage text CHECK (stage IN ('day_0', 'day_3', 'day_7', 'day_13', 'read_only', 'last_day', 'ended')),
            attempts integer NOT NULL CHECK (attempts > 0),
            outcome text CHECK (outcome IN ('paid', 'ended')),
            closed_at timestamptz,
            CHECK ((outcome IS NULL) = (closed_at IS NULL)),
            CONSTRAINT dunning_case_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id)
        );
        -- One open case for one debt; the deadline counts from its first failure.
        CREATE UNIQUE INDEX dunning_case_open ON billing.dunning_case (subscription_id) WHERE closed_at IS NULL;
        CREATE INDEX dunning_case_by_org ON billing.dunning_case (org_id, opened_at DESC);

        CREATE TABLE billing.notice (
            key text PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 200),
            org_id uuid NOT NULL,
            subscription_id uuid,
            told_at timestamptz NOT NULL,
            CONSTRAINT notice_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id)
        );
        CREATE INDEX notice_by_org ON billing.notice (org_id, told_at DESC);
        CREATE INDEX notice_by_subscription ON billing.notice (subscription_id) WHERE subscription_id IS NOT NULL;

        ALTER TABLE billing.dunning_case ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.dunning_case FORCE ROW LEVEL SECURITY;
        CREATE POLICY dunning_case_of_org ON billing.dunning_case USING (trellis_is_system() OR org_id = trellis_org_id());
        GRANT SELECT, INSERT, UPDATE ON billing.dunning_case TO trellis_app, trellis_system;
        ALTER TABLE billing.notice ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.notice FORCE ROW LEVEL SECURITY;
        CREATE POLICY notice_of_org ON billing.notice USING (trellis_is_system() OR org_id = trellis_org_id());
        GRANT SELECT, INSERT ON billing.notice TO trellis_app, trellis_system;

        """# + AuditSchema.register(BillingAuditTypes.lifecycle)
    }
}
