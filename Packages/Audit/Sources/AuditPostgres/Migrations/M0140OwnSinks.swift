internal import Audit
public import Postgres

/// Owners of orgs have sinks of their own (AUD-085).
public enum M0140OwnSinks: Migration {
    /// `0140-audit-own-sinks`
    public static var id: String { "0140-audit-own-sinks" }
    /// Whose a sink is, how far it has got in the one chain that it gets, and who may change it.
    public static var sql: String {
        #"""
        ALTER TABLE audit.sink ADD COLUMN org_id uuid, ADD COLUMN created_by uuid, ADD COLUMN removed_at timestamptz,
            ADD COLUMN position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
            ADD CONSTRAINT own_sink_gets_own_chain CHECK (org_id IS NULL AND created_by IS NULL
                OR org_id IS NOT NULL AND created_by IS NOT NULL AND chain IS NOT NULL AND chain = 'org:' || org_id::text AND kind <> 'file'),
            ADD CONSTRAINT position_is_of_a_chain CHECK (position = 0 OR chain IS NOT NULL),
            ADD CONSTRAINT removed_sink_keeps_no_secret CHECK (removed_at IS NULL OR sealed_secret IS NULL);
        COMMENT ON TABLE audit.sink IS 'Where sealed entries are sent to as they come: those of operators without an org, those of orgs with it.';
        COMMENT ON COLUMN audit.sink.position IS 'The last place in the only chain that it gets; 0 for one that gets all.';
        UPDATE audit.sink AS s SET position = coalesce(
            (SELECT max(l.position) FROM audit.link AS l WHERE l.chain = s.chain AND l.seal <= s.seal), 0) WHERE s.chain IS NOT NULL;
        CREATE INDEX sink_by_org ON audit.sink (org_id) WHERE org_id IS NOT NULL;

        DROP POLICY product ON audit.sink;
        CREATE POLICY own ON audit.sink USING ((SELECT trellis_is_system()) OR org_id = (SELECT trellis_org_id()));
        GRANT SELECT, INSERT ON audit.sink TO trellis_app;
        GRANT UPDATE (target, sealed_secret, seal, checkpoint, key_sequence, position, paused_at, failing_since, attempts, next_attempt_at,
            alerted_at, last_error, leased_until, removed_at) ON audit.sink TO trellis_app;

        -- What serves requests sees no chains: it is told where in the order of sealing a place of its org's chain lies.
        CREATE FUNCTION audit.own_place(behind bigint) RETURNS TABLE (seal bigint, checkpoint bigint)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
            AS $$ SELECT f.seal, (SELECT coalesce(max(c.number), 0) FROM audit.checkpoint AS c WHERE c.links <= f.seal) FROM (
                SELECT coalesce((SELECT l.seal FROM audit.link AS l WHERE l.chain = 'org:' || public.trellis_org_id()::text
                    AND l.position <= behind ORDER BY l.position DESC LIMIT 1), 0) AS seal) AS f $$;
        REVOKE EXECUTE ON FUNCTION audit.own_place(bigint) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION audit.own_place(bigint) TO trellis_app, trellis_system;

        """# + AuditSchema.register(SinkAuditEvents.later)
    }
}
