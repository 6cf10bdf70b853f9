public import Postgres

/// Where an entry stands in its chain, for those who may read the entry (AUD-073).
public enum M0112ShowSeals: Migration {
    /// `0112-audit-show-seals`
    public static var id: String { "0112-audit-show-seals" }
    /// A function that knows the links; of the chains themselves who serves requests sees nothing.
    public static var sql: String {
        #"""
        CREATE FUNCTION audit.seal_of(entry uuid) RETURNS TABLE (place bigint, hash bytea) LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp
            AS $$ SELECT l.position, l.link_hash FROM audit.link AS l WHERE l.entry_id = entry $$;
        REVOKE EXECUTE ON FUNCTION audit.seal_of(uuid) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION audit.seal_of(uuid) TO trellis_app, trellis_system;

        """#
    }
}
