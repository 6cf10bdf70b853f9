public import Postgres

/// The erasure of private parts that are no security events' (AUD-060), where a deployment keeps them for a time only.
public enum M0119EraseOlderParts: Migration {
    /// `0119-audit-erase-older-parts`
    public static var id: String { "0119-audit-erase-older-parts" }
    /// A function beside the two that there are, and one that tells how far sealing is behind (AUD-041).
    public static var sql: String {
        #"""
        CREATE FUNCTION audit.erase_older_private(before timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE erased bigint;
        BEGIN
            PERFORM set_config('trellis.audit_erasure', 'due', true);
            DELETE FROM audit.private_part WHERE class <> 'security' AND occurred_at < before;
            GET DIAGNOSTICS erased = ROW_COUNT;
            PERFORM set_config('trellis.audit_erasure', '', true);
            RETURN erased;
        END $$;
        -- How far sealing is behind, for those who may not see what waits (AUD-041).
        CREATE FUNCTION audit.backlog() RETURNS TABLE (age bigint, waiting bigint) LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp
            AS $$ SELECT coalesce((extract(epoch FROM clock_timestamp() - min(recorded_at)) * 1000000)::bigint, 0), count(*) FROM audit.unsealed $$;
        REVOKE EXECUTE ON FUNCTION audit.backlog() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION audit.backlog() TO trellis_app, trellis_system;
        CREATE INDEX private_part_of_others ON audit.private_part (occurred_at) WHERE class <> 'security';
        REVOKE EXECUTE ON FUNCTION audit.erase_older_private(timestamptz) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION audit.erase_older_private(timestamptz) TO trellis_system;

        """#
    }
}
