internal import Audit
internal import AuditPostgres
internal import Billing
internal import Postgres

/// Changes of plan: at most one that is not over for each subscription (BIL-066).
enum M0540ChangePlans: Migration {
    static let id = "0540-billing-change-plans"

    static let sql =
        #"""
        CREATE TABLE billing.plan_change (
            id uuid PRIMARY KEY,
            subscription_id uuid NOT NULL,
            org_id uuid NOT NULL,
            from_plan text NOT NULL,
            from_version integer NOT NULL,
            to_plan text NOT NULL,
            to_version integer NOT NULL,
            requested_by uuid NOT NULL,
            operation_id text,
            proration_date timestamptz NOT NULL,
            state text NOT NULL CHECK (state IN ('started', 'priced', 'compensating', 'committed', 'reverted', 'failed')),
            failure jsonb,
            deadline timestamptz NOT NULL,
            created_at timestamptz NOT NULL,
            ended_at timestamptz,
            CONSTRAINT plan_change_ends CHECK ((state IN ('committed', 'reverted', 'failed')) = (ended_at IS NOT NULL)),
            CONSTRAINT plan_change_says_why CHECK (state NOT IN ('reverted', 'failed') OR failure IS NOT NULL),
            CONSTRAINT plan_change_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id)
        );
        CREATE UNIQUE INDEX plan_change_one_unfinished ON billing.plan_change (subscription_id) WHERE ended_at IS NULL;
        CREATE INDEX plan_change_by_org ON billing.plan_change (org_id, subscription_id);
        ALTER TABLE billing.plan_change ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.plan_change FORCE ROW LEVEL SECURITY;
        CREATE POLICY plan_change_of_org ON billing.plan_change USING (trellis_is_system() OR org_id = trellis_org_id());
        GRANT SELECT, INSERT, UPDATE ON billing.plan_change TO trellis_app, trellis_system;

        """# + AuditSchema.register(BillingAuditTypes.planChanges)
        + AuditSchema.locate(.planChange, in: "billing.plan_change", column: "id")
}
