/// The rule by which row-level security asks once for each statement, and not for each row, on whose behalf it works (SEC-049).
///
/// A policy calls `trellis_org_id()` and its like for every row that a plan looks at. Written as `(SELECT trellis_org_id())` the planner makes one
/// initial step of it. No package has to think of that: ``Migrator`` lets this function write all policies so after it has changed the schema.
public enum M0012ScopePoliciesOnce: Migration {
    /// `0012-platform-scope-policies-once`
    public static var id: String { "0012-platform-scope-policies-once" }
    /// The schema `public` belongs to whoever logged in.
    public static var runsAsLogin: Bool { true }
    /// A function that changes nothing when everything is so already.
    public static var sql: String {
        #"""
        CREATE FUNCTION public.trellis_scope_policies() RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
        DECLARE
            item record;
            shown text;
            checked text;
            changed integer := 0;
            bare constant text := '(?<!SELECT )\mtrellis_(is_system|org_id|user_id)\(\)';
            once constant text := '(SELECT public.trellis_\1())';
        BEGIN
            FOR item IN
                SELECT p.polname, p.polrelid::regclass AS relation, pg_get_expr(p.polqual, p.polrelid) AS shown,
                    pg_get_expr(p.polwithcheck, p.polrelid) AS checked
                FROM pg_policy AS p
                WHERE coalesce(pg_get_expr(p.polqual, p.polrelid), '') ~ bare OR coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') ~ bare
                ORDER BY p.polrelid, p.polname
            LOOP
                shown := regexp_replace(item.shown, bare, once, 'g');
                checked := regexp_replace(item.checked, bare, once, 'g');
                EXECUTE format('ALTER POLICY %I ON %s', item.polname, item.relation)
                    || coalesce(' USING (' || shown || ')', '') || coalesce(' WITH CHECK (' || checked || ')', '');
                changed := changed + 1;
            END LOOP;
            RETURN changed;
        END $$;
        REVOKE EXECUTE ON FUNCTION public.trellis_scope_policies() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION public.trellis_scope_policies() TO trellis_owner;
        COMMENT ON FUNCTION public.trellis_scope_policies() IS 'Writes every policy so that it asks once for each statement who works.';

        """#
    }
}
