public import Postgres

/// Orgs that end with the account of their only person (ID-145, ORG-034).
public enum M0430EndOrgsWithAccounts: Migration {
    /// `0430-orgs-end-with-accounts`
    public static var id: String { "0430-orgs-end-with-accounts" }
    /// What a deletion was caused by, and the rule of the last owner for an org that is switched off.
    public static var sql: String {
        #"""
        ALTER TABLE orgs.org_deletion ADD COLUMN cause text NOT NULL DEFAULT 'order' CHECK (cause IN ('order', 'account'));
        CREATE INDEX org_deletion_by_requester ON orgs.org_deletion (requested_by) WHERE cause = 'account' AND closed_at IS NULL;

        -- An org that is switched off may be owned by people who cannot act: it comes back with them, or ends. One that works may not.
        CREATE OR REPLACE FUNCTION orgs.require_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            scope text := coalesce(current_setting('trellis.scope', true), '');
        BEGIN
            PERFORM set_config('trellis.scope', 'system', true);
            IF EXISTS (
                SELECT FROM orgs.org o WHERE o.id = NEW.id AND o.owner_count = 0 AND (o.state = 'active' OR (o.state = 'deleted' AND NOT EXISTS (
                    SELECT FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id
                    WHERE m.org_id = o.id AND m.role = 'owner' AND m.ended_at IS NULL AND a.status IN ('deleting', 'deactivated'))))
            ) THEN
                RAISE EXCEPTION 'the org would be left without an owner' USING ERRCODE = 'check_violation', CONSTRAINT = 'org_has_an_owner';
            END IF;
            PERFORM set_config('trellis.scope', scope, true);
            RETURN NULL;
        END $$;
        """#
    }
}
