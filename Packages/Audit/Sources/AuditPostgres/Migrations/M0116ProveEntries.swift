public import Postgres

/// What a proof of one entry needs, for those who may read the entry (AUD-047).
public enum M0116ProveEntries: Migration {
    /// `0116-audit-prove-entries`
    public static var id: String { "0116-audit-prove-entries" }
    /// Functions that know the links; of other chains they show the hashes of the tree's leaves and nothing else.
    public static var sql: String {
        #"""
        CREATE FUNCTION audit.proof_link(entry uuid) RETURNS TABLE (chain text, place bigint, seal bigint, previous bytea)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
            AS $$ SELECT l.chain, l.position, l.seal, p.link_hash FROM audit.link AS l
                LEFT JOIN audit.link AS p ON p.chain = l.chain AND p.position = l.position - 1
                WHERE l.entry_id = entry AND l.chain = 'org:' || public.trellis_org_id()::text $$;
        CREATE FUNCTION audit.proof_following(entry uuid, upto bigint) RETURNS TABLE (entry_hash bytea)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
            AS $$ SELECT f.entry_hash FROM audit.link AS l JOIN audit.link AS f ON f.chain = l.chain AND f.position > l.position
                WHERE l.entry_id = entry AND l.chain = 'org:' || public.trellis_org_id()::text AND f.seal <= upto ORDER BY f.position $$;
        CREATE FUNCTION audit.proof_checkpoint(covering bigint) RETURNS TABLE (links bigint, body bytea, signature bytea)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
            AS $$ SELECT c.links, c.body, c.signature FROM audit.checkpoint AS c WHERE c.links >= covering ORDER BY c.links, c.number LIMIT 1 $$;
        CREATE FUNCTION audit.proof_leaves(upto bigint) RETURNS TABLE (leaf bytea, is_own boolean)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
            AS $$ SELECT sha256('\x02'::bytea || convert_to(h.chain, 'UTF8') || int8send(l.position) || l.link_hash),
                    h.chain = 'org:' || public.trellis_org_id()::text
                FROM audit.chain_head AS h CROSS JOIN LATERAL (SELECT k.position, k.link_hash FROM audit.link AS k
                    WHERE k.chain = h.chain AND k.seal <= upto ORDER BY k.position DESC LIMIT 1) AS l
                ORDER BY h.chain $$;
        CREATE INDEX entry_by_trace ON audit.entry (trace_id, occurred_at DESC, id DESC) WHERE trace_id IS NOT NULL;
        CREATE INDEX checkpoint_by_links ON audit.checkpoint (links, number);
        REVOKE EXECUTE ON FUNCTION audit.proof_link(uuid), audit.proof_following(uuid, bigint), audit.proof_checkpoint(bigint),
            audit.proof_leaves(bigint) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION audit.proof_link(uuid), audit.proof_following(uuid, bigint), audit.proof_checkpoint(bigint),
            audit.proof_leaves(bigint) TO trellis_app, trellis_system;

        """#
    }
}
