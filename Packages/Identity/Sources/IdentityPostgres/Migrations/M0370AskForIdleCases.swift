internal import Postgres

/// Authenticating asks a function whether a pending idle case concerns the person, in place of a view: a view is planned and opened whole at every request,
/// also when there is nothing behind it, which was a quarter of the statement (ID-159).
enum M0370AskForIdleCases: Migration {
    static let id = "0370-identity-ask-for-idle-cases"

    static let sql = #"""
        CREATE FUNCTION identity.has_pending_idle_case(p_user uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN EXISTS (SELECT FROM identity.pending_idle_case c WHERE c.user_id = p_user);
        END $$;
        REVOKE ALL ON FUNCTION identity.has_pending_idle_case(uuid) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION identity.has_pending_idle_case(uuid) TO trellis_app, trellis_system;

        DO $change$
        DECLARE
            signature regprocedure := 'identity.authenticate(uuid, integer, bytea, uuid, text, boolean, timestamptz)'::regprocedure;
            before text := 'EXISTS (SELECT FROM identity.pending_idle_case c WHERE c.user_id = a.id)';
            after text := 'identity.has_pending_idle_case(a.id)';
            definition text := pg_get_functiondef(signature);
        BEGIN
            IF position(before IN definition) = 0 THEN
                RAISE EXCEPTION 'identity.authenticate is not the one that this step changes';
            END IF;
            EXECUTE replace(definition, before, after);
        END
        $change$;
        """#
}
