public import Postgres

/// The one statement that authenticates a request (ID-159), and the view through which it knows of orgs (ID-162).
///
/// The views have fixed columns and are empty here; the packages above replace them. The function works for the product itself, because who calls is
/// only known when it has answered; it reads by unique keys alone.
public enum M0301CreateAuthentication: Migration {
    /// `0301-identity-create-authentication`
    public static var id: String { "0301-identity-create-authentication" }
    /// Views and function.
    public static var sql: String {
        #"""
        CREATE VIEW identity.org_membership AS
            SELECT NULL::uuid AS user_id, NULL::uuid AS org_id, NULL::uuid AS membership_id, NULL::text AS role, NULL::text AS org_state,
                NULL::text AS mfa_rule, NULL::text AS org_name, NULL::text AS org_type, NULL::timestamptz AS joined_at
            WHERE false;
        CREATE VIEW identity.pending_idle_case AS SELECT NULL::uuid AS user_id WHERE false;
        GRANT SELECT ON identity.org_membership, identity.pending_idle_case TO trellis_app, trellis_system;

        CREATE FUNCTION identity.authenticate(p_session uuid, p_generation integer, p_key bytea, p_org uuid, p_now timestamptz)
        RETURNS TABLE (
            user_id uuid, email text, name text, email_verified_at timestamptz, status text, session_epoch integer, key_epoch integer,
            default_org_id uuid, created_at timestamptz, updated_at timestamptz,
            s_id uuid, s_epoch integer, s_generation integer, s_confirmed_generation integer, s_rotated_at timestamptz, s_active_org_id uuid,
            s_methods text[], s_authenticated_at timestamptz, s_network text, s_client_family text, s_last_active_at timestamptz,
            s_token_expires_at timestamptz, s_absolute_expires_at timestamptz, s_revoked_at timestamptz, s_revoke_reason text,
            k_id uuid, k_epoch integer, k_name text, k_description text, k_prefix text, k_scopes text[], k_org_id uuid, k_graph_id text,
            k_expires_at timestamptz, k_created_at timestamptz, k_last_active_at timestamptz, k_revoked_at timestamptz,
            m_org_id uuid, m_membership_id uuid, m_role text, m_org_state text, m_org_name text, m_org_type text
        ) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        #variable_conflict use_column
        DECLARE
            s identity.session;
            k identity.api_key;
            a identity.account;
            m identity.org_membership;
            wanted uuid;
            memberships integer := 0;
            only_one identity.org_membership;
            scope text := coalesce(current_setting('trellis.scope', true), '');
        BEGIN
            -- An exception takes this setting back with everything else.
            PERFORM set_config('trellis.scope', 'system', true);
            IF p_session IS NOT NULL THEN
                SELECT * INTO s FROM identity.session WHERE id = p_session;
            ELSE
                SELECT * INTO k FROM identity.api_key WHERE key_hash = p_key;
            END IF;
            SELECT * INTO a FROM identity.account WHERE id = coalesce(s.user_id, k.user_id) AND status <> 'purged';
            IF a.id IS NULL THEN
                PERFORM set_config('trellis.scope', scope, true);
                RETURN;
            END IF;

            -- The org that the request names, else the active or bound one, else the only one (ID-071).
            wanted := coalesce(p_org, s.active_org_id, k.org_id);
            IF wanted IS NOT NULL THEN
                SELECT * INTO m FROM identity.org_membership v WHERE v.user_id = a.id AND v.org_id = wanted;
            END IF;
            IF p_org IS NULL AND k.org_id IS NULL AND (m.org_id IS NULL OR m.org_state = 'deleted') THEN
                m := NULL;
                FOR only_one IN SELECT * FROM identity.org_membership v WHERE v.user_id = a.id AND v.org_state <> 'deleted' LIMIT 2 LOOP
                    memberships := memberships + 1;
                    m := only_one;
                END LOOP;
                IF memberships <> 1 THEN
                    m := NULL;
                END IF;
            END IF;

            RETURN QUERY SELECT a.id, a.email, a.name, a.email_verified_at, a.status, a.session_epoch, a.key_epoch, a.default_org_id,
                a.created_at, a.updated_at,
                s.id, s.epoch, s.generation, s.confirmed_generation, s.rotated_at, s.active_org_id, s.methods, s.authenticated_at, s.network,
                s.client_family, s.last_active_at, s.token_expires_at, s.absolute_expires_at, s.revoked_at, s.revoke_reason,
                k.id, k.epoch, k.name, k.description, k.prefix, k.scopes, k.org_id, k.graph_id, k.expires_at, k.created_at,
                k.last_active_at, k.revoked_at,
                m.org_id, m.membership_id, m.role, m.org_state, m.org_name, m.org_type;

            -- A use is noted once a minute, and when a new generation is used for the first time; a row that is locked elsewhere is skipped.
            IF a.status = 'active' AND s.id IS NOT NULL AND s.revoked_at IS NULL AND s.epoch = a.session_epoch
                AND p_now < s.absolute_expires_at AND p_generation BETWEEN s.generation - 1 AND s.generation
                AND (s.last_active_at <= p_now - interval '60 seconds' OR s.confirmed_generation < p_generation)
            THEN
                UPDATE identity.session SET last_active_at = p_now, confirmed_generation = greatest(confirmed_generation, p_generation)
                WHERE id = (SELECT id FROM identity.session WHERE id = s.id AND revoked_at IS NULL FOR UPDATE SKIP LOCKED);
            ELSIF a.status = 'active' AND k.id IS NOT NULL AND k.revoked_at IS NULL AND k.epoch = a.key_epoch
                AND (k.expires_at IS NULL OR p_now < k.expires_at)
                AND (k.last_active_at IS NULL OR k.last_active_at <= p_now - interval '60 seconds')
            THEN
                UPDATE identity.api_key SET last_active_at = p_now
                WHERE id = (SELECT id FROM identity.api_key WHERE id = k.id AND revoked_at IS NULL FOR UPDATE SKIP LOCKED);
            END IF;
            PERFORM set_config('trellis.scope', scope, true);
        END $$;
        REVOKE ALL ON FUNCTION identity.authenticate(uuid, integer, bytea, uuid, timestamptz) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION identity.authenticate(uuid, integer, bytea, uuid, timestamptz) TO trellis_app, trellis_system;
        """#
    }
}

/// The steps of Identity's schema.
public enum IdentityMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [
        M0300CreateAccounts.self, M0301CreateAuthentication.self,
        M0310CreateNoticeBudgets.self, M0311CreateHandoffs.self,
        M0320ExtendCatalogue.self, M0321KnowKeyNetworks.self,
        M0323CreateNoticeView.self, M0324CreateAccountEnd.self,
        M0325FindAccountByKey.self, M0326AuthenticateFaster.self,
        M0327AuthenticateWithoutDisk.self, M0328FindMembershipFaster.self, M0329DropObligationViews.self,
        M0330CreateGuessingProtection.self, M0331KnowNeverVerified.self,
        M0340FindRowsByPerson.self, M0341KnowLastUse.self, M0342ProbeActivity.self, M0344CleanUpUsedLinks.self,
        M0343ShowNoticesUntil.self,
        M0350CreatePasskeys.self, M0351AuthenticateWithSecondFactor.self, M0352ResetSecondFactors.self,
        M0370AskForIdleCases.self, M0371TellOfRefusals.self, M0372CoverAccounts.self,
        M0373NameWriters.self,
    ]
}
