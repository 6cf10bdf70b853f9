internal import Audit
public import Postgres

/// What is personal in entries, beside them, so that it can be erased (AUD-059, AUD-060, AUD-063).
public enum M0114KeepPrivateParts: Migration {
    /// `0114-audit-keep-private-parts`
    public static var id: String { "0114-audit-keep-private-parts" }
    /// A table, the two erasures, a row of the catalogue.
    public static var sql: String { tables + AuditSchema.register([AuditPrivateErased.type]) }

    private static let tables = #"""
        ALTER TABLE audit.entry ADD COLUMN private_digest bytea CHECK (octet_length(private_digest) = 32);
        CREATE TABLE audit.private_part (
            entry_id uuid PRIMARY KEY,
            occurred_at timestamptz NOT NULL,
            class text NOT NULL,
            ref_org uuid,
            ref_user uuid,
            is_shared boolean NOT NULL,
            salt bytea NOT NULL CHECK (octet_length(salt) = 16),
            body bytea NOT NULL CHECK (octet_length(body) <= 32768)
        );
        CREATE INDEX private_part_of_org ON audit.private_part (ref_org) WHERE ref_org IS NOT NULL;
        CREATE INDEX private_part_of_user ON audit.private_part (ref_user) WHERE ref_user IS NOT NULL;
        CREATE INDEX private_part_of_security ON audit.private_part (occurred_at) WHERE class = 'security';

        -- Nobody changes one, and nobody removes one but the erasures below.
        CREATE FUNCTION audit.refuse_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF coalesce(current_setting('trellis.audit_erasure', true), '') <> 'due' THEN
                RAISE EXCEPTION 'private parts are removed by erasure only' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit.private_part FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
        CREATE TRIGGER erased_only BEFORE DELETE ON audit.private_part FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_erasure();

        ALTER TABLE audit.private_part ENABLE ROW LEVEL SECURITY;
        ALTER TABLE audit.private_part FORCE ROW LEVEL SECURITY;
        CREATE POLICY read_own ON audit.private_part FOR SELECT
            USING ((SELECT trellis_is_system()) OR (is_shared AND (ref_org = (SELECT trellis_org_id()) OR ref_user = (SELECT trellis_user_id()))));
        CREATE POLICY write_own ON audit.private_part FOR INSERT
            WITH CHECK ((SELECT trellis_is_system()) OR (ref_org IS NULL AND ref_user IS NULL) OR ref_org = (SELECT trellis_org_id())
                OR ref_user = (SELECT trellis_user_id()));
        CREATE POLICY erase ON audit.private_part FOR DELETE USING ((SELECT trellis_is_system()));
        GRANT SELECT, INSERT ON audit.private_part TO trellis_app, trellis_system;

        CREATE FUNCTION audit.erase_expired_private(before timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE erased bigint;
        BEGIN
            PERFORM set_config('trellis.audit_erasure', 'due', true);
            DELETE FROM audit.private_part WHERE class = 'security' AND occurred_at < before;
            GET DIAGNOSTICS erased = ROW_COUNT;
            PERFORM set_config('trellis.audit_erasure', '', true);
            RETURN erased;
        END $$;
        -- What concerns a person alone goes with the account; what is an org's or has to do with money stays as long as its entry.
        CREATE FUNCTION audit.erase_private_of_deleted() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE erased bigint;
        BEGIN
            PERFORM set_config('trellis.audit_erasure', 'due', true);
            DELETE FROM audit.private_part AS p WHERE p.ref_org IS NULL AND p.ref_user IS NOT NULL AND p.class <> 'billing'
                AND EXISTS (SELECT FROM audit.entry AS e WHERE e.type = 'user_deleted' AND e.ref_user = p.ref_user);
            GET DIAGNOSTICS erased = ROW_COUNT;
            PERFORM set_config('trellis.audit_erasure', '', true);
            RETURN erased;
        END $$;
        REVOKE EXECUTE ON FUNCTION audit.erase_expired_private(timestamptz), audit.erase_private_of_deleted() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION audit.erase_expired_private(timestamptz), audit.erase_private_of_deleted() TO trellis_system;

        """#
}
