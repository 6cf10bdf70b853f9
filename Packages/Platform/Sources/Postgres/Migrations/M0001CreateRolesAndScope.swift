/// The group roles of the cluster, and the functions by which row-level security knows on whose behalf a transaction works.
///
/// Roles belong to the whole cluster: another database may have made them, or may be making them at this moment.
/// The functions are of a form that the planner puts in place of their calls, so that an index on `org_id` can be used; a setting that
/// was never made, or made empty again, is nobody.
public enum M0001CreateRolesAndScope: Migration {
    /// `0001-platform-create-roles-and-scope`
    public static var id: String { "0001-platform-create-roles-and-scope" }
    /// The owner does not exist before this step.
    public static var runsAsLogin: Bool { true }
    /// Roles, functions, and who may do what in the database.
    public static var sql: String {
        #"""
        DO $$
        DECLARE
            role_name text;
        BEGIN
            FOREACH role_name IN ARRAY ARRAY['trellis_owner', 'trellis_app', 'trellis_system'] LOOP
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
            EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO trellis_owner', current_database());
            EXECUTE format('GRANT CONNECT ON DATABASE %I TO trellis_app, trellis_system', current_database());
        END
        $$;

        CREATE FUNCTION public.trellis_is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
            AS $$ SELECT coalesce(current_setting('trellis.scope', true) = 'system', false) $$;
        COMMENT ON FUNCTION public.trellis_is_system() IS 'Whether the transaction works for the product itself.';

        CREATE FUNCTION public.trellis_org_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
            AS $$ SELECT nullif(current_setting('trellis.org_id', true), '')::uuid $$;
        COMMENT ON FUNCTION public.trellis_org_id() IS 'The org on whose behalf the transaction works, or NULL.';

        CREATE FUNCTION public.trellis_user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
            AS $$ SELECT nullif(current_setting('trellis.user_id', true), '')::uuid $$;
        COMMENT ON FUNCTION public.trellis_user_id() IS 'The user on whose behalf the transaction works, or NULL.';

        GRANT USAGE ON SCHEMA trellis TO trellis_owner, trellis_app, trellis_system;
        GRANT SELECT ON trellis.schema_migration TO trellis_owner, trellis_app, trellis_system;
        """#
    }
}

/// The steps of the schema that belong to no domain; they come before all others.
public enum PlatformMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [M0001CreateRolesAndScope.self, M0011KeepLogLevels.self, M0012ScopePoliciesOnce.self]
}
