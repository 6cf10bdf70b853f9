internal import Postgres

/// How far the provider's lists were read (STR-126), and what differs between it and us (BIL-123, BIL-125).
enum M0551KeepDrift: Migration {
    static let id = "0551-billing-keep-drift"

    static var sql: String {
        #"""
        ALTER TABLE billing.inbound_event ADD COLUMN pulled boolean NOT NULL DEFAULT false;
        ALTER TABLE billing.subscription ADD COLUMN compared_in uuid;
        CREATE INDEX subscription_to_compare ON billing.subscription (id) WHERE provider_subscription_id IS NOT NULL AND closed_at IS NULL;

        CREATE TABLE billing.provider_cursor (
            name text PRIMARY KEY,
            position timestamptz NOT NULL
        );
        GRANT SELECT, INSERT, UPDATE ON billing.provider_cursor TO trellis_system;

        CREATE TABLE billing.reconciliation_run (
            id uuid PRIMARY KEY,
            started_at timestamptz NOT NULL,
            finished_at timestamptz,
            cursor text,
            has_walked_provider boolean NOT NULL,
            compared bigint NOT NULL,
            found bigint NOT NULL
        );
        CREATE UNIQUE INDEX reconciliation_run_open ON billing.reconciliation_run ((finished_at IS NULL)) WHERE finished_at IS NULL;
        GRANT SELECT, INSERT, UPDATE ON billing.reconciliation_run TO trellis_system;

        CREATE TABLE billing.drift_item (
            id uuid PRIMARY KEY,
            org_id uuid,
            subscription_id uuid,
            object_id text NOT NULL,
            category text NOT NULL,
            severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
            ours text NOT NULL,
            theirs text NOT NULL,
            found_at timestamptz NOT NULL,
            last_run uuid NOT NULL REFERENCES billing.reconciliation_run (id),
            state text NOT NULL CHECK (state IN ('open', 'repaired', 'dismissed')),
            closed_at timestamptz,
            CHECK ((state = 'open') = (closed_at IS NULL)),
            CONSTRAINT drift_item_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id)
        );
        -- Found again, a difference is the same difference.
        CREATE UNIQUE INDEX drift_item_open ON billing.drift_item (object_id, category) WHERE state = 'open';
        CREATE INDEX drift_item_by_run ON billing.drift_item (last_run);
        CREATE INDEX drift_item_by_subscription ON billing.drift_item (subscription_id) WHERE subscription_id IS NOT NULL;
        CREATE INDEX drift_item_by_org ON billing.drift_item (org_id, found_at DESC);
        ALTER TABLE billing.drift_item ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.drift_item FORCE ROW LEVEL SECURITY;
        CREATE POLICY drift_item_of_org ON billing.drift_item USING (trellis_is_system() OR org_id = trellis_org_id());
        GRANT SELECT, INSERT, UPDATE ON billing.drift_item TO trellis_system;

        """#
    }
}
