internal import Postgres

/// When an org was last used by anyone: one probe for each kind of credential and present member, and the departure mark of those who left (IDL-004,
/// IDL-006). The mark is a time on the ended membership, taken when it ended; it outlives the account's sessions.
enum M0445KnowLastUse: Migration {
    static let id = "0445-orgs-know-last-use"

    static let sql = #"""
        -- For the system's scope.
        CREATE FUNCTION orgs.last_use(p_org uuid) RETURNS TABLE (used_at timestamptz, source text, credential uuid)
        LANGUAGE sql STABLE AS $$
            SELECT u.used_at, u.source, u.credential
            FROM (
                SELECT l.used_at, l.source, l.credential FROM orgs.membership m CROSS JOIN LATERAL identity.last_use(m.user_id) AS l
                WHERE m.org_id = p_org AND m.ended_at IS NULL
                UNION ALL
                SELECT date_trunc('second', m.activity_until, 'UTC'), 'departed', NULL FROM orgs.membership m
                WHERE m.org_id = p_org AND m.ended_at IS NOT NULL AND m.activity_until IS NOT NULL
            ) AS u
            ORDER BY u.used_at DESC, u.source FETCH FIRST ROW ONLY
        $$;
        REVOKE ALL ON FUNCTION orgs.last_use(uuid) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION orgs.last_use(uuid) TO trellis_app, trellis_system;
        """#
}
