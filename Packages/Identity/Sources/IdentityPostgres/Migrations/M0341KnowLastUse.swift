internal import Postgres

/// When a person last used the product is one probe of an index for each kind of credential, in whole seconds (IDL-005, IDL-008).
enum M0341KnowLastUse: Migration {
    static let id = "0341-identity-know-last-use"

    static let sql = #"""
        CREATE INDEX session_by_use ON identity.session (user_id, last_active_at DESC);
        CREATE INDEX api_key_by_use ON identity.api_key (user_id, last_active_at DESC);

        CREATE OR REPLACE FUNCTION identity.keep_session_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
                RAISE EXCEPTION 'a session ends once' USING ERRCODE = 'check_violation', CONSTRAINT = 'session_ends_once';
            END IF;
            NEW.last_active_at := greatest(date_trunc('second', NEW.last_active_at, 'UTC'), OLD.last_active_at);
            RETURN NEW;
        END $$;

        -- greatest() passes over what is not there.
        CREATE FUNCTION identity.keep_use() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            NEW.last_active_at := date_trunc('second', NEW.last_active_at, 'UTC');
            IF TG_OP = 'UPDATE' THEN
                NEW.last_active_at := greatest(NEW.last_active_at, OLD.last_active_at);
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER keep_use BEFORE INSERT ON identity.session FOR EACH ROW EXECUTE FUNCTION identity.keep_use();
        CREATE TRIGGER keep_use BEFORE INSERT OR UPDATE OF last_active_at ON identity.api_key
            FOR EACH ROW EXECUTE FUNCTION identity.keep_use();

        -- The latest use by any credential of a person, live, expired or ended, and what is kept of those that were removed. For the system's scope.
        CREATE FUNCTION identity.last_use(p_user uuid) RETURNS TABLE (used_at timestamptz, source text, credential uuid)
        LANGUAGE sql STABLE AS $$
            SELECT date_trunc('second', u.used_at, 'UTC'), u.source, u.credential
            FROM (
                (SELECT s.last_active_at AS used_at, 'session' AS source, s.id AS credential FROM identity.session s
                 WHERE s.user_id = p_user ORDER BY s.last_active_at DESC LIMIT 1)
                UNION ALL
                (SELECT k.last_active_at, 'api_key', k.id FROM identity.api_key k
                 WHERE k.user_id = p_user AND k.last_active_at IS NOT NULL ORDER BY k.last_active_at DESC LIMIT 1)
                UNION ALL
                (SELECT a.last_active_floor, 'earlier', NULL FROM identity.account a
                 WHERE a.id = p_user AND a.last_active_floor IS NOT NULL)
            ) AS u
            ORDER BY u.used_at DESC, u.source LIMIT 1
        $$;
        REVOKE ALL ON FUNCTION identity.last_use(uuid) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION identity.last_use(uuid) TO trellis_app, trellis_system;
        """#
}
