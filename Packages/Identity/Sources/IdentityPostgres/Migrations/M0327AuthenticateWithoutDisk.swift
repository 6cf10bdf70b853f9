public import Postgres

/// Authenticating does not wait for the disk, and looks for the org of a request among the orgs of the person (ID-077, ID-160).
///
/// A use is noted once a minute; on a server with ordinary disks that request took ten times as long as the others, for a note that may be lost without
/// harm. Where most orgs have one member PostgreSQL looked for a membership by its org, and read all members of a large one.
public enum M0327AuthenticateWithoutDisk: Migration {
    /// `0327-identity-authenticate-without-disk`
    public static var id: String { "0327-identity-authenticate-without-disk" }
    /// The function, otherwise as it was.
    public static var sql: String { head + body }

    private static let head = #"""
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
            memberships integer, is_network_allowed boolean, is_idle_case_pending boolean, is_touched boolean, has_notices boolean
        ) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        """#

    private static let body = #"""

        #variable_conflict use_column
        DECLARE
            person uuid;
            wanted uuid;
            is_live_session boolean;
            is_live_key boolean;
            scope text := coalesce(current_setting('trellis.scope', true), '');
            ignored text;
        BEGIN
            -- An exception takes this setting back with everything else. An assignment costs a tenth of a PERFORM.
            ignored := set_config('trellis.scope', 'system', true);
            IF p_session IS NOT NULL THEN
                SELECT a.id, a.email, a.name, a.email_verified_at, a.status, a.session_epoch, a.key_epoch, a.default_org_id, a.created_at,
                    a.updated_at, s.id, s.epoch, s.generation, s.confirmed_generation, s.rotated_at, s.active_org_id, s.methods,
                    s.authenticated_at, s.network, s.client_family, s.last_active_at, s.token_expires_at, s.absolute_expires_at, s.revoked_at,
                    s.revoke_reason, EXISTS (SELECT FROM identity.pending_idle_case c WHERE c.user_id = a.id),
                    EXISTS (SELECT FROM identity.pending_notice n WHERE n.user_id = a.id)
                INTO user_id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at,
                    updated_at, s_id, s_epoch, s_generation, s_confirmed_generation, s_rotated_at, s_active_org_id, s_methods,
                    s_authenticated_at, s_network, s_client_family, s_last_active_at, s_token_expires_at, s_absolute_expires_at, s_revoked_at,
                    s_revoke_reason, is_idle_case_pending, has_notices
                FROM identity.session s JOIN identity.account a ON a.id = s.user_id AND a.status <> 'purged' WHERE s.id = p_session;
            ELSE
                SELECT a.id, a.email, a.name, a.email_verified_at, a.status, a.session_epoch, a.key_epoch, a.default_org_id, a.created_at,
                    a.updated_at, k.id, k.epoch, k.name, k.description, k.prefix, k.scopes, k.org_id, k.graph_id, k.networks::text[],
                    k.expires_at, k.created_at, k.last_active_at, k.revoked_at,
                    EXISTS (SELECT FROM identity.pending_idle_case c WHERE c.user_id = a.id),
                    EXISTS (SELECT FROM identity.pending_notice n WHERE n.user_id = a.id)
                INTO user_id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at,
                    updated_at, k_id, k_epoch, k_name, k_description, k_prefix, k_scopes, k_org_id, k_graph_id, k_networks,
                    k_expires_at, k_created_at, k_last_active_at, k_revoked_at, is_idle_case_pending, has_notices
                FROM identity.api_key k JOIN identity.account a ON a.id = k.user_id AND a.status <> 'purged' WHERE k.key_hash = p_key;
            END IF;
            person := user_id;
            IF person IS NULL THEN
                ignored := set_config('trellis.scope', scope, true);
                RETURN;
            END IF;
            is_network_allowed := true;
            IF k_networks IS NOT NULL THEN
                BEGIN
                    is_network_allowed := EXISTS (SELECT FROM unnest(k_networks::cidr[]) AS n WHERE p_network::inet <<= n);
                EXCEPTION WHEN invalid_text_representation THEN
                    -- Whoever has no address is in no network.
                    is_network_allowed := false;
                END;
            END IF;

            -- The org that the request names, else the active or bound one, else the only one (ID-071). Three are as many as any number; they are
            -- counted only where the number decides.
            memberships := 0;
            wanted := coalesce(p_org, s_active_org_id, k_org_id);
            IF wanted IS NOT NULL THEN
                SELECT v.org_id, v.membership_id, v.role, v.org_state, v.org_name, v.org_type
                INTO m_org_id, m_membership_id, m_role, m_org_state, m_org_name, m_org_type
                -- OFFSET 0 keeps the two conditions apart: by org alone it would read every member of a large one.
                FROM (SELECT * FROM identity.org_membership o WHERE o.user_id = person OFFSET 0) AS v WHERE v.org_id = wanted;
                IF m_org_id IS NOT NULL AND m_org_state <> 'deleted' THEN memberships := 1; END IF;
            END IF;
            IF memberships = 0 THEN
                SELECT count(*) INTO memberships FROM (
                    SELECT FROM identity.org_membership v WHERE v.user_id = person AND v.org_state <> 'deleted' LIMIT 3) AS mine;
                IF p_org IS NULL AND k_org_id IS NULL THEN
                    SELECT v.org_id, v.membership_id, v.role, v.org_state, v.org_name, v.org_type
                    INTO m_org_id, m_membership_id, m_role, m_org_state, m_org_name, m_org_type
                    FROM identity.org_membership v WHERE v.user_id = person AND v.org_state <> 'deleted' AND memberships = 1;
                END IF;
            END IF;
            is_live_session := status = 'active' AND s_id IS NOT NULL AND s_revoked_at IS NULL AND s_epoch = session_epoch
                AND p_now < s_absolute_expires_at AND p_generation BETWEEN s_generation - 1 AND s_generation;
            is_live_key := status = 'active' AND k_id IS NOT NULL AND k_revoked_at IS NULL AND k_epoch = key_epoch
                AND (k_expires_at IS NULL OR p_now < k_expires_at) AND is_network_allowed;

            -- A use is noted once a minute, and when a new generation is used for the first time; a row that is locked elsewhere is skipped. While an
            -- idle case is pending the use is noted by a statement of its own, which skips nothing.
            -- The request does not wait until that is on the disk: a crash of the server may lose the uses of its last moment, as it may what came
            -- within the minute.
            is_touched := false;
            IF p_touches AND NOT is_idle_case_pending AND is_live_session
                AND (s_last_active_at <= p_now - interval '60 seconds' OR s_confirmed_generation < p_generation)
            THEN
                ignored := set_config('synchronous_commit', 'off', true);
                UPDATE identity.session SET last_active_at = p_now, confirmed_generation = greatest(confirmed_generation, p_generation)
                WHERE id = (SELECT id FROM identity.session WHERE id = p_session AND revoked_at IS NULL FOR UPDATE SKIP LOCKED);
                is_touched := FOUND;
            ELSIF p_touches AND NOT is_idle_case_pending AND is_live_key
                AND (k_last_active_at IS NULL OR k_last_active_at <= p_now - interval '60 seconds')
            THEN
                ignored := set_config('synchronous_commit', 'off', true);
                UPDATE identity.api_key SET last_active_at = p_now
                WHERE id = (SELECT id FROM identity.api_key WHERE id = k_id AND revoked_at IS NULL FOR UPDATE SKIP LOCKED);
                is_touched := FOUND;
            END IF;
            IF p_touches AND is_live_key AND p_network IS NOT NULL THEN
                INSERT INTO identity.api_key_network (key_id, network, user_id, is_first, first_used_at)
                SELECT k_id, left(p_network, 64), person,
                    NOT EXISTS (SELECT FROM identity.api_key_network n WHERE n.key_id = k_id), p_now
                WHERE NOT EXISTS (SELECT FROM identity.api_key_network n WHERE n.key_id = k_id AND n.network = p_network)
                ON CONFLICT DO NOTHING;
            END IF;
            ignored := set_config('trellis.scope', scope, true);
            RETURN NEXT;
        END $$;
        """#
}
