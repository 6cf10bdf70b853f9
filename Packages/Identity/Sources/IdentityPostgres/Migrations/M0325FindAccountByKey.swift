public import Postgres

/// Authenticating reads the account of a key by its primary key (ID-160).
///
/// Before, the account was looked for by an expression over two records. PostgreSQL evaluates what it cannot prove leakproof only behind the policies of
/// row-level security (manual, 41.5), and `coalesce` is not on its list, so each use of a key read the whole table of accounts.
public enum M0325FindAccountByKey: Migration {
    /// `0325-identity-find-account-by-key`
    public static var id: String { "0325-identity-find-account-by-key" }
    /// The function, otherwise as it was.
    public static var sql: String {
        #"""
        CREATE OR REPLACE FUNCTION identity.authenticate(
            p_session uuid, p_generation integer, p_key bytea, p_org uuid, p_network text, p_touches boolean, p_now timestamptz)
        RETURNS TABLE (
            user_id uuid, email text, name text, email_verified_at timestamptz, status text, session_epoch integer, key_epoch integer,
            default_org_id uuid, created_at timestamptz, updated_at timestamptz,
            s_id uuid, s_epoch integer, s_generation integer, s_confirmed_generation integer, s_rotated_at timestamptz, s_active_org_id uuid,
            s_methods text[], s_authenticated_at timestamptz, s_network text, s_client_family text, s_last_active_at timestamptz,
            s_token_expires_at timestamptz, s_absolute_expires_at timestamptz, s_revoked_at timestamptz, s_revoke_reason text,
            k_id uuid, k_epoch integer, k_name text, k_description text, k_prefix text, k_scopes text[], k_org_id uuid, k_graph_id text,
            k_networks text[], k_expires_at timestamptz, k_created_at timestamptz, k_last_active_at timestamptz, k_revoked_at timestamptz,
            m_org_id uuid, m_membership_id uuid, m_role text, m_org_state text, m_org_name text, m_org_type text,
            memberships integer, is_network_allowed boolean, is_idle_case_pending boolean, is_touched boolean
        ) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        #variable_conflict use_column
        DECLARE
            s identity.session;
            k identity.api_key;
            a identity.account;
            m identity.org_membership;
            owner uuid;
            wanted uuid;
            member_of integer := 0;
            allowed boolean := true;
            pending boolean;
            touched boolean := false;
            is_live_session boolean;
            is_live_key boolean;
            scope text := coalesce(current_setting('trellis.scope', true), '');
        BEGIN
            -- An exception takes this setting back with everything else.
            PERFORM set_config('trellis.scope', 'system', true);
            IF p_session IS NOT NULL THEN
                SELECT * INTO s FROM identity.session WHERE id = p_session;
            ELSE
                SELECT * INTO k FROM identity.api_key WHERE key_hash = p_key;
            END IF;
            owner := coalesce(s.user_id, k.user_id);
            SELECT * INTO a FROM identity.account WHERE id = owner AND status <> 'purged';
            IF a.id IS NULL THEN
                PERFORM set_config('trellis.scope', scope, true);
                RETURN;
            END IF;
            IF k.networks IS NOT NULL THEN
                BEGIN
                    allowed := EXISTS (SELECT FROM unnest(k.networks) AS n WHERE p_network::inet <<= n);
                EXCEPTION WHEN invalid_text_representation THEN
                    -- Whoever has no address is in no network.
                    allowed := false;
                END;
            END IF;

            -- The org that the request names, else the active or bound one, else the only one (ID-071). Three are as many as any number.
            wanted := coalesce(p_org, s.active_org_id, k.org_id);
            IF wanted IS NOT NULL THEN
                SELECT * INTO m FROM identity.org_membership v WHERE v.user_id = a.id AND v.org_id = wanted;
            END IF;
            SELECT count(*) INTO member_of FROM (
                SELECT FROM identity.org_membership v WHERE v.user_id = a.id AND v.org_state <> 'deleted' LIMIT 3) AS mine;
            IF p_org IS NULL AND k.org_id IS NULL AND (m.org_id IS NULL OR m.org_state = 'deleted') THEN
                m := NULL;
                IF member_of = 1 THEN
                    SELECT * INTO m FROM identity.org_membership v WHERE v.user_id = a.id AND v.org_state <> 'deleted';
                END IF;
            END IF;
            pending := EXISTS (SELECT FROM identity.pending_idle_case c WHERE c.user_id = a.id);
            is_live_session := a.status = 'active' AND s.id IS NOT NULL AND s.revoked_at IS NULL AND s.epoch = a.session_epoch
                AND p_now < s.absolute_expires_at AND p_generation BETWEEN s.generation - 1 AND s.generation;
            is_live_key := a.status = 'active' AND k.id IS NOT NULL AND k.revoked_at IS NULL AND k.epoch = a.key_epoch
                AND (k.expires_at IS NULL OR p_now < k.expires_at) AND allowed;

            -- A use is noted once a minute, and when a new generation is used for the first time; a row that is locked elsewhere is skipped. While an
            -- idle case is pending the use is noted by a statement of its own, which skips nothing.
            IF p_touches AND NOT pending AND is_live_session
                AND (s.last_active_at <= p_now - interval '60 seconds' OR s.confirmed_generation < p_generation)
            THEN
                UPDATE identity.session SET last_active_at = p_now, confirmed_generation = greatest(confirmed_generation, p_generation)
                WHERE id = (SELECT id FROM identity.session WHERE id = s.id AND revoked_at IS NULL FOR UPDATE SKIP LOCKED);
                touched := FOUND;
            ELSIF p_touches AND NOT pending AND is_live_key
                AND (k.last_active_at IS NULL OR k.last_active_at <= p_now - interval '60 seconds')
            THEN
                UPDATE identity.api_key SET last_active_at = p_now
                WHERE id = (SELECT id FROM identity.api_key WHERE id = k.id AND revoked_at IS NULL FOR UPDATE SKIP LOCKED);
                touched := FOUND;
            END IF;
            IF p_touches AND is_live_key AND p_network IS NOT NULL
                AND NOT EXISTS (SELECT FROM identity.api_key_network n WHERE n.key_id = k.id AND n.network = p_network)
            THEN
                INSERT INTO identity.api_key_network (key_id, network, user_id, is_first, first_used_at)
                VALUES (k.id, left(p_network, 64), a.id,
                    NOT EXISTS (SELECT FROM identity.api_key_network n WHERE n.key_id = k.id), p_now)
                ON CONFLICT DO NOTHING;
            END IF;
            PERFORM set_config('trellis.scope', scope, true);

            RETURN QUERY SELECT a.id, a.email, a.name, a.email_verified_at, a.status, a.session_epoch, a.key_epoch, a.default_org_id,
                a.created_at, a.updated_at,
                s.id, s.epoch, s.generation, s.confirmed_generation, s.rotated_at, s.active_org_id, s.methods, s.authenticated_at, s.network,
                s.client_family, s.last_active_at, s.token_expires_at, s.absolute_expires_at, s.revoked_at, s.revoke_reason,
                k.id, k.epoch, k.name, k.description, k.prefix, k.scopes, k.org_id, k.graph_id, k.networks::text[], k.expires_at,
                k.created_at, k.last_active_at, k.revoked_at,
                m.org_id, m.membership_id, m.role, m.org_state, m.org_name, m.org_type,
                member_of, allowed, pending, touched;
        END $$;
        """#
    }
}
