internal import Postgres

/// Links that were used or replaced go thirty days after that, as those do that ended unused (OPS-131).
enum M0344CleanUpUsedLinks: Migration {
    static var id: String { "0344-identity-clean-up-used-links" }
    static var sql: String {
        #"""
        CREATE INDEX link_token_by_use ON identity.link_token (coalesce(consumed_at, superseded_at))
            WHERE consumed_at IS NOT NULL OR superseded_at IS NOT NULL;
        CREATE OR REPLACE FUNCTION identity.clean_up(p_now timestamptz, p_limit integer, OUT links integer, OUT exports integer, OUT sessions integer)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            old_sessions uuid[];
        BEGIN
            DELETE FROM identity.link_token WHERE id IN (
                SELECT id FROM identity.link_token WHERE expires_at < p_now - interval '30 days'
                    OR (consumed_at IS NOT NULL OR superseded_at IS NOT NULL)
                        AND coalesce(consumed_at, superseded_at) < p_now - interval '30 days'
                LIMIT p_limit);
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
        """#
    }
}
