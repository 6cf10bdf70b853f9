internal import Postgres

/// Notices end by themselves: the view of them says when, so that a reader knows the truth whether or not anybody has cleared them yet (NOT-176). And ids
/// can be written in SQL as they are written everywhere else.
enum M0343ShowNoticesUntil: Migration {
    static let id = "0343-identity-show-notices-until"

    static let sql = #"""
        CREATE OR REPLACE VIEW identity.pending_notice AS
            SELECT NULL::uuid AS user_id, NULL::text AS notice_id, NULL::text AS kind, NULL::text AS severity, NULL::uuid AS org_id,
                NULL::text AS subscription_id, NULL::text AS resource, NULL::text AS via, NULL::timestamptz AS renews_at,
                NULL::timestamptz AS created_at, NULL::boolean AS is_kept_banner, NULL::timestamptz AS expires_at
            WHERE false;

        -- 128 bits as 26 digits of Crockford's alphabet behind a prefix, as Identifier writes them.
        CREATE FUNCTION identity.id_text(p_prefix text, p_id uuid) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
            SELECT p_prefix || '_' || string_agg(
                substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + substr(d.bits, n * 5 + 1, 5)::bit(5)::integer, 1), '' ORDER BY n)
            FROM (SELECT '00' || (('x' || replace(p_id::text, '-', ''))::bit(128))::text AS bits) AS d, generate_series(0, 25) AS n
        $$;
        REVOKE ALL ON FUNCTION identity.id_text(text, uuid) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION identity.id_text(text, uuid) TO trellis_app, trellis_system;
        """#
}
