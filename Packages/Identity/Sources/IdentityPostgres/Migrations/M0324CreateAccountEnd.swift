public import Postgres

/// The end of accounts: what stands in its way, copies for their owners, purge and clean-up (ID-080, ID-143, ID-147, ID-148, ID-154).
public enum M0324CreateAccountEnd: Migration {
    /// `0324-identity-create-account-end`
    public static var id: String { "0324-identity-create-account-end" }
    /// Views, tables and functions.
    public static var sql: String { facts + purge + cleanUp }

    private static let facts = #"""
        -- What keeps an org, and with it the account of its only member, from ending: views with fixed columns, empty until Graphs and Billing replace
        -- them. Kinds are live_graph, live_subscription, ending_subscription, open_invoice and account_credit.
        CREATE VIEW identity.graph_obligation AS
            SELECT NULL::uuid AS org_id, NULL::text AS kind, NULL::text AS reference, NULL::text AS label WHERE false;
        CREATE VIEW identity.billing_obligation AS
            SELECT NULL::uuid AS org_id, NULL::text AS kind, NULL::text AS reference, NULL::text AS label WHERE false;
        GRANT SELECT ON identity.graph_obligation, identity.billing_obligation TO trellis_app, trellis_system;

        CREATE TABLE identity.personal_export (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES identity.account,
            document jsonb NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX personal_export_by_user ON identity.personal_export (user_id, created_at DESC);
        CREATE INDEX personal_export_by_end ON identity.personal_export (expires_at);
        ALTER TABLE identity.personal_export ENABLE ROW LEVEL SECURITY;
        ALTER TABLE identity.personal_export FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON identity.personal_export USING (trellis_is_system() OR user_id = trellis_user_id());
        GRANT SELECT, INSERT ON identity.personal_export TO trellis_app, trellis_system;

        CREATE INDEX session_by_end ON identity.session (absolute_expires_at);
        CREATE INDEX link_token_by_end ON identity.link_token (expires_at);


        """#

    private static let purge = #"""
        -- Every table of this schema with a column user_id is the person's own, those of later versions too: its rows go. Keys stay as tombstones with
        -- id, prefix and times; the account stays with id and times.
        CREATE FUNCTION identity.purge_account(p_user uuid, p_now timestamptz, OUT sessions integer, OUT keys integer)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            relation text;
        BEGIN
            UPDATE identity.account SET status = 'purged', email = NULL, name = NULL, password_hash = NULL, email_verified_at = NULL,
                default_org_id = NULL, selected_graph_id = NULL, updated_at = p_now,
                user_handle = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
                last_active_floor = greatest(last_active_floor,
                    (SELECT max(last_active_at) FROM identity.session WHERE user_id = p_user),
                    (SELECT max(last_active_at) FROM identity.api_key WHERE user_id = p_user))
            WHERE id = p_user AND status = 'deleting' AND purge_at <= p_now;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'this account is not due' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_due';
            END IF;
            UPDATE identity.api_key SET name = 'deleted', description = NULL, networks = NULL, updated_at = p_now,
                revoke_reason = coalesce(revoke_reason, 'deletion'), revoked_at = coalesce(revoked_at, p_now)
            WHERE user_id = p_user;
            GET DIAGNOSTICS keys = ROW_COUNT;
            FOR relation IN
                SELECT c.relname FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'user_id' AND NOT t.attisdropped
                WHERE n.nspname = 'identity' AND c.relkind IN ('r', 'p') AND c.relname NOT IN ('api_key', 'session')
            LOOP
                EXECUTE format('DELETE FROM identity.%I WHERE user_id = $1', relation) USING p_user;
            END LOOP;
            UPDATE identity.session SET parent_id = NULL WHERE user_id = p_user AND parent_id IS NOT NULL;
            DELETE FROM identity.session WHERE user_id = p_user;
            GET DIAGNOSTICS sessions = ROW_COUNT;
        END $$;
        REVOKE ALL ON FUNCTION identity.purge_account(uuid, timestamptz) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION identity.purge_account(uuid, timestamptz) TO trellis_app, trellis_system;

        -- Events that have been handed on are history; what they say of a person who is gone is taken out of them.
        CREATE FUNCTION identity.erase_traces(p_user uuid, p_key text) RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            erased integer;
        BEGIN
            IF NOT EXISTS (SELECT FROM identity.account WHERE id = p_user AND status = 'purged') THEN
                RETURN 0;
            END IF;
            UPDATE jobs.event SET payload = payload - ARRAY['email', 'name', 'oldEmail', 'newEmail', 'restoredEmail', 'abandonedEmail',
                'keyName', 'liveKeys', 'network', 'clientFamily']
            WHERE key = p_key AND topic LIKE 'identity.%' AND xid < (SELECT next_xid FROM jobs.event_cursor WHERE event_cursor.name = 'relay');
            GET DIAGNOSTICS erased = ROW_COUNT;
            RETURN erased;
        END $$;
        REVOKE ALL ON FUNCTION identity.erase_traces(uuid, text) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION identity.erase_traces(uuid, text) TO trellis_system;
        CREATE INDEX event_by_user ON jobs.event (key) WHERE topic LIKE 'identity.%';


        """#

    private static let cleanUp = #"""
        -- Links 30 days past their end, exports past theirs, and sessions 400 days past theirs, whose last use goes into the account first. No decision
        -- depends on it: every check compares times itself.
        CREATE FUNCTION identity.clean_up(p_now timestamptz, p_limit integer, OUT links integer, OUT exports integer, OUT sessions integer)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            old_sessions uuid[];
        BEGIN
            DELETE FROM identity.link_token WHERE id IN (
                SELECT id FROM identity.link_token WHERE expires_at < p_now - interval '30 days' ORDER BY expires_at LIMIT p_limit);
            GET DIAGNOSTICS links = ROW_COUNT;
            DELETE FROM identity.personal_export WHERE id IN (
                SELECT id FROM identity.personal_export WHERE expires_at <= p_now ORDER BY expires_at LIMIT p_limit);
            GET DIAGNOSTICS exports = ROW_COUNT;
            SELECT array_agg(id) INTO old_sessions FROM (
                SELECT id FROM identity.session WHERE absolute_expires_at < p_now - interval '400 days'
                ORDER BY absolute_expires_at LIMIT p_limit) AS due;
            UPDATE identity.account a SET last_active_floor = greatest(a.last_active_floor, s.last_active_at)
            FROM (SELECT user_id, max(last_active_at) AS last_active_at FROM identity.session WHERE id = ANY (old_sessions) GROUP BY user_id) AS s
            WHERE a.id = s.user_id;
            UPDATE identity.session SET parent_id = NULL WHERE parent_id = ANY (old_sessions);
            DELETE FROM identity.session WHERE id = ANY (old_sessions);
            GET DIAGNOSTICS sessions = ROW_COUNT;
        END $$;
        REVOKE ALL ON FUNCTION identity.clean_up(timestamptz, integer) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION identity.clean_up(timestamptz, integer) TO trellis_system;
        CREATE INDEX session_by_parent ON identity.session (parent_id) WHERE parent_id IS NOT NULL;
        """#
}
