internal import Audit
internal import AuditPostgres
internal import Orgs
public import Postgres

/// The end of orgs: deletions with their steps, warnings about limits, and what the log says of both.
public enum M0410EndOrgs: Migration {
    /// `0410-orgs-end`
    public static var id: String { "0410-orgs-end" }
    /// Tables, policies, types of entries, and the view by which Identity knows of an org that is being purged.
    public static var sql: String { tables + AuditSchema.register(OrgsAudit.endingTypes) }

    private static let tables = #"""
        CREATE TABLE orgs.org_deletion (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL REFERENCES orgs.org,
            requested_by uuid REFERENCES identity.account,
            reason text CHECK (length(reason) <= 500),
            deleted_at timestamptz NOT NULL,
            purge_at timestamptz NOT NULL CHECK (purge_at > deleted_at),
            warned_days integer[] NOT NULL DEFAULT '{}',
            legal_hold text CHECK (length(legal_hold) <= 500),
            done_steps text[] NOT NULL DEFAULT '{}'
                CHECK (done_steps <@ ARRAY['graphs', 'belongings', 'memberships', 'billing_contact', 'org']),
            outcome text CHECK (outcome IN ('restored', 'purged')),
            closed_at timestamptz,
            CONSTRAINT org_deletion_closed_has_an_outcome CHECK ((outcome IS NULL) = (closed_at IS NULL))
        );
        CREATE UNIQUE INDEX org_deletion_open ON orgs.org_deletion (org_id) WHERE closed_at IS NULL;

        CREATE TABLE orgs.limit_warning (
            org_id uuid NOT NULL REFERENCES orgs.org,
            limit_name text NOT NULL,
            last_at timestamptz NOT NULL,
            PRIMARY KEY (org_id, limit_name)
        );

        DO $$
        DECLARE
            relation text;
        BEGIN
            FOREACH relation IN ARRAY ARRAY['org_deletion', 'limit_warning'] LOOP
                EXECUTE format('ALTER TABLE orgs.%I ENABLE ROW LEVEL SECURITY', relation);
                EXECUTE format('ALTER TABLE orgs.%I FORCE ROW LEVEL SECURITY', relation);
                EXECUTE format('CREATE POLICY own ON orgs.%I USING (trellis_is_system() OR org_id = trellis_org_id())', relation);
                EXECUTE format('GRANT SELECT, INSERT, UPDATE ON orgs.%I TO trellis_app, trellis_system', relation);
            END LOOP;
        END $$;
        -- The purge removes the addresses of people who were invited.
        GRANT DELETE ON orgs.invitation TO trellis_system;

        -- A purge ends; nothing leads back from it, whoever writes.
        CREATE FUNCTION orgs.keep_purge() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (OLD.state = 'purging' AND NEW.state NOT IN ('purging', 'purged')) OR (OLD.state = 'purged' AND NEW.state <> 'purged') THEN
                RAISE EXCEPTION 'a purge never goes back' USING ERRCODE = 'check_violation', CONSTRAINT = 'org_purge_is_final';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER keep_purge BEFORE UPDATE OF state ON orgs.org FOR EACH ROW EXECUTE FUNCTION orgs.keep_purge();

        -- To its owners an org that is being purged is a deleted one, until their memberships end.
        CREATE OR REPLACE VIEW identity.org_membership AS
            SELECT m.user_id, m.org_id, m.id AS membership_id, m.role, CASE o.state WHEN 'purging' THEN 'deleted' ELSE o.state END AS org_state,
                o.mfa_rule, o.name AS org_name, o.org_type, m.joined_at
            FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
            WHERE m.ended_at IS NULL AND o.state IN ('active', 'frozen', 'deleted', 'purging');

        """#
}
