internal import AuditPostgres
internal import Orgs
public import Postgres

/// What invitations need to be answered, limited and forgotten.
public enum M0420CompleteInvitations: Migration {
    /// `0420-orgs-complete-invitations`
    public static var id: String { "0420-orgs-complete-invitations" }
    /// Columns, indexes, the budgets, and the types of entries.
    public static var sql: String {
        // Another package may have the type of a budget that is used up as well; it is one fact.
        schema + AuditSchema.register(OrgsAudit.invitationTypes).dropLast(2) + " ON CONFLICT (name) DO NOTHING;\n"
    }

    private static let schema = #"""
        -- By which link an invitation was accepted, so that a repeat by the same person finds the membership (ORG-061).
        ALTER TABLE orgs.invitation ADD COLUMN accepted_hash bytea UNIQUE CHECK (octet_length(accepted_hash) = 32),
            ADD CONSTRAINT invitation_accepted_by_a_link CHECK ((accepted_hash IS NOT NULL) <= (state = 'accepted'));
        CREATE INDEX invitation_due ON orgs.invitation (expires_at) WHERE state = 'pending';
        CREATE INDEX invitation_closed ON orgs.invitation (closed_at) WHERE state <> 'pending';
        CREATE INDEX invitation_by_address ON orgs.invitation (email) WHERE state = 'pending';
        -- What is closed for 30 days is erased by the worker (ORG-065).
        GRANT DELETE ON orgs.invitation TO trellis_system;

        -- One row for a day, so that the log of a busy org stays short; the times, so that 24 hours are 24 hours.
        CREATE TABLE orgs.send_budget (
            scope text NOT NULL CHECK (scope IN ('address', 'org', 'invitation')),
            key bytea NOT NULL CHECK (octet_length(key) = 32),
            day date NOT NULL,
            count integer NOT NULL CHECK (count = cardinality(times)),
            last_at timestamptz NOT NULL,
            times timestamptz[] NOT NULL,
            PRIMARY KEY (scope, key, day)
        );
        CREATE INDEX send_budget_by_day ON orgs.send_budget (day);
        ALTER TABLE orgs.send_budget ENABLE ROW LEVEL SECURITY;
        ALTER TABLE orgs.send_budget FORCE ROW LEVEL SECURITY;
        CREATE POLICY counted_over_all_orgs ON orgs.send_budget USING (trellis_is_system());
        GRANT SELECT, INSERT, UPDATE ON orgs.send_budget TO trellis_app, trellis_system;
        GRANT DELETE ON orgs.send_budget TO trellis_system;

        -- Orgs that have paid an invoice; empty until Billing replaces it.
        CREATE VIEW orgs.paid_org AS SELECT NULL::uuid AS org_id WHERE false;
        GRANT SELECT ON orgs.paid_org TO trellis_app, trellis_system;

        """#
}
