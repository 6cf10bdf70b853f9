internal import Audit
internal import AuditPostgres
internal import Orgs
public import Postgres

/// Orgs, memberships, limits and places under them. Row-level security: a transaction sees the rows of its org.
public enum M0400CreateOrgs: Migration {
    /// `0400-orgs-create`
    public static var id: String { "0400-orgs-create" }
    /// Tables, rules that hold at every commit, policies, and what the log may point to.
    public static var sql: String {
        tables + owners + slots + policies
            + AuditSchema.locate(.org, in: "orgs.org", column: "id") + AuditSchema.locate(.membership, in: "orgs.membership", column: "id")
            + AuditSchema.locate(.invitation, in: "orgs.invitation", column: "id") + AuditSchema.register(OrgsAudit.types)
    }

    private static let tables = #"""
        CREATE SCHEMA orgs AUTHORIZATION trellis_owner;
        GRANT USAGE ON SCHEMA orgs TO trellis_app, trellis_system;

        CREATE TABLE orgs.org (
            id uuid PRIMARY KEY,
            name text CHECK (length(name) BETWEEN 1 AND 100),
            org_type text NOT NULL CHECK (org_type IN ('personal', 'team', 'enterprise')),
            personal_owner_id uuid REFERENCES identity.account,
            mfa_rule text NOT NULL DEFAULT 'off' CHECK (mfa_rule IN ('off', 'admins', 'everyone')),
            invitation_domains text[],
            support_access_until timestamptz,
            state text NOT NULL CHECK (state IN ('active', 'frozen', 'deleted', 'purging', 'purged')),
            owner_count integer NOT NULL DEFAULT 0 CHECK (owner_count >= 0),
            frozen_reason text,
            deleted_at timestamptz,
            deleted_by uuid,
            purge_at timestamptz,
            purged_at timestamptz,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT org_end_is_dated CHECK ((state IN ('deleted', 'purging')) = (purge_at IS NOT NULL)),
            CONSTRAINT org_purged_is_empty CHECK ((state = 'purged') = (name IS NULL)),
            CONSTRAINT org_personal_has_its_person CHECK ((org_type = 'personal') = (personal_owner_id IS NOT NULL) OR state = 'purged')
        );
        CREATE UNIQUE INDEX org_one_personal ON orgs.org (personal_owner_id) WHERE state <> 'purged';

        CREATE TABLE orgs.membership (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL REFERENCES orgs.org,
            user_id uuid NOT NULL REFERENCES identity.account,
            role text NOT NULL CHECK (role IN ('member', 'admin', 'owner')),
            joined_at timestamptz NOT NULL,
            joined_through text NOT NULL CHECK (joined_through IN ('founding', 'invitation', 'transfer', 'operator', 'import')),
            ended_at timestamptz,
            end_reason text CHECK (end_reason IN ('left', 'removed', 'account_deleted', 'org_purged')),
            activity_until timestamptz,
            version bigint NOT NULL DEFAULT 1,
            updated_at timestamptz NOT NULL,
            CONSTRAINT membership_end_has_a_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL))
        );
        CREATE UNIQUE INDEX membership_live ON orgs.membership (user_id, org_id) WHERE ended_at IS NULL;
        CREATE INDEX membership_by_org ON orgs.membership (org_id, joined_at);

        CREATE TABLE orgs.invitation (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL REFERENCES orgs.org,
            email text NOT NULL CHECK (email = lower(email)),
            role text NOT NULL CHECK (role IN ('member', 'admin')),
            token_hash bytea UNIQUE CHECK (octet_length(token_hash) = 32),
            state text NOT NULL CHECK (state IN ('pending', 'accepted', 'declined', 'revoked', 'expired')),
            invited_by uuid NOT NULL REFERENCES identity.account,
            send_count integer NOT NULL,
            last_sent_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            accepted_by uuid REFERENCES identity.account,
            closed_at timestamptz,
            created_at timestamptz NOT NULL,
            CONSTRAINT invitation_accepted_by_somebody CHECK ((state = 'accepted') = (accepted_by IS NOT NULL)),
            CONSTRAINT invitation_closed_has_no_token CHECK ((state = 'pending') = (token_hash IS NOT NULL) AND (state = 'pending') = (closed_at IS NULL))
        );
        CREATE UNIQUE INDEX invitation_pending ON orgs.invitation (org_id, email) WHERE state = 'pending';

        CREATE TABLE orgs.org_limits (
            org_id uuid PRIMARY KEY REFERENCES orgs.org,
            max_graphs integer CHECK (max_graphs >= 0),
            max_members integer CHECK (max_members >= 1),
            max_pending_invitations integer CHECK (max_pending_invitations >= 0),
            source text NOT NULL CHECK (source IN ('catalogue', 'operator')),
            reason text,
            graphs_held integer NOT NULL DEFAULT 0 CHECK (graphs_held >= 0),
            graphs_reserved integer NOT NULL DEFAULT 0 CHECK (graphs_reserved >= 0)
        );
        CREATE TABLE orgs.graph_slot (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL REFERENCES orgs.org,
            holder text NOT NULL UNIQUE CHECK (length(holder) <= 200),
            graph_id text UNIQUE,
            expires_at timestamptz,
            created_at timestamptz NOT NULL,
            CONSTRAINT graph_slot_held_does_not_expire CHECK (graph_id IS NULL OR expires_at IS NULL)
        );
        CREATE INDEX graph_slot_by_org ON orgs.graph_slot (org_id);

        """#

    /// At least one owner at every commit, whoever writes (ORG-030, ORG-031).
    private static let owners = #"""
        CREATE FUNCTION orgs.count_owners(which uuid) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            scope text := coalesce(current_setting('trellis.scope', true), '');
        BEGIN
            -- Owners are counted whoever asks; an exception takes this setting back with everything else.
            PERFORM set_config('trellis.scope', 'system', true);
            -- Whoever comes second waits here, and counts by a statement of its own, which sees what the first has committed (manual 13.2.1).
            PERFORM FROM orgs.org WHERE id = which FOR NO KEY UPDATE;
            UPDATE orgs.org SET owner_count = (
                SELECT count(*) FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id
                WHERE m.org_id = which AND m.role = 'owner' AND m.ended_at IS NULL AND a.status = 'active')
            WHERE id = which;
            PERFORM set_config('trellis.scope', scope, true);
        END $$;
        CREATE FUNCTION orgs.membership_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM orgs.count_owners(coalesce(NEW.org_id, OLD.org_id));
            RETURN NULL;
        END $$;
        CREATE TRIGGER owner_began AFTER INSERT ON orgs.membership FOR EACH ROW WHEN (NEW.role = 'owner')
            EXECUTE FUNCTION orgs.membership_changed();
        CREATE TRIGGER owner_changed AFTER UPDATE ON orgs.membership FOR EACH ROW
            WHEN ((OLD.role = 'owner') <> (NEW.role = 'owner') OR (NEW.role = 'owner' AND OLD.ended_at IS DISTINCT FROM NEW.ended_at))
            EXECUTE FUNCTION orgs.membership_changed();
        CREATE TRIGGER owner_deleted AFTER DELETE ON orgs.membership FOR EACH ROW WHEN (OLD.role = 'owner')
            EXECUTE FUNCTION orgs.membership_changed();
        CREATE FUNCTION orgs.account_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            org uuid;
            scope text := coalesce(current_setting('trellis.scope', true), '');
        BEGIN
            PERFORM set_config('trellis.scope', 'system', true);
            FOR org IN SELECT org_id FROM orgs.membership WHERE user_id = NEW.id AND role = 'owner' AND ended_at IS NULL ORDER BY org_id LOOP
                PERFORM orgs.count_owners(org);
            END LOOP;
            PERFORM set_config('trellis.scope', scope, true);
            RETURN NULL;
        END $$;
        CREATE TRIGGER owner_status_changed AFTER UPDATE OF status ON identity.account FOR EACH ROW WHEN (OLD.status <> NEW.status)
            EXECUTE FUNCTION orgs.account_changed();

        CREATE FUNCTION orgs.require_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            scope text := coalesce(current_setting('trellis.scope', true), '');
        BEGIN
            PERFORM set_config('trellis.scope', 'system', true);
            IF EXISTS (SELECT FROM orgs.org WHERE id = NEW.id AND owner_count = 0 AND state IN ('active', 'deleted')) THEN
                RAISE EXCEPTION 'the org would be left without an owner' USING ERRCODE = 'check_violation', CONSTRAINT = 'org_has_an_owner';
            END IF;
            PERFORM set_config('trellis.scope', scope, true);
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER has_an_owner AFTER INSERT OR UPDATE ON orgs.org DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION orgs.require_owner();

        """#

    /// The counters of the limits are equal to the places at every commit.
    private static let slots = #"""
        CREATE FUNCTION orgs.count_slots() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            held integer := 0;
            reserved integer := 0;
            scope text := coalesce(current_setting('trellis.scope', true), '');
        BEGIN
            PERFORM set_config('trellis.scope', 'system', true);
            IF TG_OP <> 'INSERT' THEN
                IF OLD.graph_id IS NULL THEN reserved := reserved - 1; ELSE held := held - 1; END IF;
            END IF;
            IF TG_OP <> 'DELETE' THEN
                IF NEW.graph_id IS NULL THEN reserved := reserved + 1; ELSE held := held + 1; END IF;
            END IF;
            IF held <> 0 OR reserved <> 0 THEN
                UPDATE orgs.org_limits SET graphs_held = graphs_held + held, graphs_reserved = graphs_reserved + reserved
                WHERE org_id = coalesce(NEW.org_id, OLD.org_id);
            END IF;
            PERFORM set_config('trellis.scope', scope, true);
            RETURN NULL;
        END $$;
        CREATE TRIGGER count_slots AFTER INSERT OR UPDATE OR DELETE ON orgs.graph_slot FOR EACH ROW EXECUTE FUNCTION orgs.count_slots();

        """#

    private static let policies = #"""
        DO $$
        DECLARE
            relation text;
        BEGIN
            FOREACH relation IN ARRAY ARRAY['org', 'membership', 'invitation', 'org_limits', 'graph_slot'] LOOP
                EXECUTE format('ALTER TABLE orgs.%I ENABLE ROW LEVEL SECURITY', relation);
                EXECUTE format('ALTER TABLE orgs.%I FORCE ROW LEVEL SECURITY', relation);
                EXECUTE format('CREATE POLICY own ON orgs.%I USING (trellis_is_system() OR %I = trellis_org_id())', relation,
                    CASE relation WHEN 'org' THEN 'id' ELSE 'org_id' END);
                EXECUTE format('GRANT SELECT, INSERT, UPDATE ON orgs.%I TO trellis_app, trellis_system', relation);
            END LOOP;
        END $$;
        GRANT DELETE ON orgs.graph_slot TO trellis_app, trellis_system;
        -- The people of an org know each other.
        CREATE POLICY seen_by_fellow_members ON identity.account FOR SELECT USING (
            EXISTS (SELECT FROM orgs.membership m WHERE m.user_id = account.id AND m.org_id = trellis_org_id()));

        """#
}
