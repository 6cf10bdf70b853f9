public import Postgres

/// The two procedures that remove anything belong to roles of their own, as which nobody works but they (AUD-031).
///
/// Roles belong to the whole cluster: another database may have made them, or may be making them at this moment.
public enum M0143OwnRemovals: Migration {
    /// `0143-audit-own-removals`
    public static var id: String { "0143-audit-own-removals" }
    /// The owner of the schema makes no roles.
    public static var runsAsLogin: Bool { true }
    /// Two roles, what they need, and what they own.
    public static var sql: String {
        #"""
        DO $$
        DECLARE
            role_name text;
        BEGIN
            FOREACH role_name IN ARRAY ARRAY['trellis_eraser', 'trellis_remover'] LOOP
                IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
                    BEGIN
                        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS', role_name);
                    EXCEPTION WHEN duplicate_object OR unique_violation THEN
                        NULL; -- another database's migration was faster
                    END;
                END IF;
                IF NOT pg_has_role(current_user, role_name, 'MEMBER') THEN
                    EXECUTE format('GRANT %I TO %I', role_name, current_user);
                END IF;
            END LOOP;
            -- A month that leaves the table is handed over to the role that may drop it.
            IF NOT pg_has_role('trellis_owner', 'trellis_remover', 'MEMBER') THEN
                BEGIN
                    GRANT trellis_remover TO trellis_owner;
                EXCEPTION WHEN unique_violation OR internal_error THEN
                    NULL; -- likewise
                END;
            END IF;
        END
        $$;
        GRANT USAGE, CREATE ON SCHEMA audit TO trellis_eraser, trellis_remover;
        GRANT SELECT, DELETE ON audit.private_part TO trellis_eraser, trellis_remover;
        GRANT SELECT (id, type, ref_user, ref_graph) ON audit.entry TO trellis_eraser;
        GRANT SELECT, UPDATE (dropped_at) ON audit.archive TO trellis_remover;
        GRANT EXECUTE ON FUNCTION audit.is_held(uuid, uuid, text) TO trellis_eraser, trellis_remover;
        GRANT EXECUTE ON FUNCTION audit.keep_holds() TO trellis_remover;
        ALTER FUNCTION audit.erase_private(text, timestamptz) OWNER TO trellis_eraser;
        ALTER FUNCTION audit.drop_month(date, text, timestamptz) OWNER TO trellis_remover;
        -- Only who is handed tables needs a place for them.
        REVOKE CREATE ON SCHEMA audit FROM trellis_eraser;
        DO $$
        DECLARE
            item record;
        BEGIN
            FOR item IN SELECT c.oid::regclass AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = 'audit' AND c.relkind = 'r' AND c.relname ~ '^archived_'
            LOOP
                EXECUTE format('ALTER TABLE %s OWNER TO trellis_remover', item.name);
            END LOOP;
        END
        $$;

        """#
    }
}
