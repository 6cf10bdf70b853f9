internal import Postgres

/// A change of plan may change how often is billed, with or without another plan (BIL-069).
enum M0546ChangeIntervals: Migration {
    static let id = "0546-billing-change-intervals"

    static var sql: String {
        #"""
        -- What a release before this one writes while both run is monthly: it changed nothing else.
        ALTER TABLE billing.plan_change
            ADD COLUMN from_interval text NOT NULL DEFAULT 'monthly' CHECK (from_interval IN ('monthly', 'annual', 'usage_based')),
            ADD COLUMN to_interval text NOT NULL DEFAULT 'monthly' CHECK (to_interval IN ('monthly', 'annual', 'usage_based'));
        UPDATE billing.plan_change AS c SET from_interval = s.interval, to_interval = s.interval
            FROM billing.subscription AS s WHERE s.id = c.subscription_id;

        """#
    }
}
