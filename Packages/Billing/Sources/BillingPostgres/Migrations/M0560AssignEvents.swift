internal import Postgres

/// Lets operators say whose a parked event is, and lay one aside (STR-069). As before nothing refers to anything (STR-070).
enum M0560AssignEvents: Migration {
    static let id = "0560-billing-assign-events"

    static let sql = #"""
        ALTER TABLE billing.inbound_event
            ADD COLUMN assigned_org_id uuid,
            ADD COLUMN assigned_subscription_id uuid,
            DROP CONSTRAINT inbound_event_outcome_check,
            ADD CONSTRAINT inbound_event_outcome_check CHECK (outcome IN ('applied', 'ignored', 'duplicate', 'discarded')),
            ADD CONSTRAINT inbound_event_assigned_check CHECK (assigned_org_id IS NOT NULL OR assigned_subscription_id IS NULL);
        GRANT UPDATE (assigned_org_id, assigned_subscription_id) ON billing.inbound_event TO trellis_app;

        """#
}
