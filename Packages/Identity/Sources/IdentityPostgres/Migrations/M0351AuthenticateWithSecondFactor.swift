internal import Postgres

/// Authenticating also says what the rules of second factors need to know of the membership: the org's own rule, and whether nobody else is in a personal
/// org (ID-133, ID-134). The second is looked up only for sessions that have not shown a second factor.
enum M0351AuthenticateWithSecondFactor: Migration {
    static let id = "0351-identity-authenticate-with-second-factor"

    static let sql = #"""
        DO $change$
        DECLARE
            signature regprocedure := 'identity.authenticate(uuid, integer, bytea, uuid, text, boolean, timestamptz)'::regprocedure;
            definition text := pg_get_functiondef(signature);
            change text[];
            changes text[] := ARRAY[
                ARRAY['m_org_type text, memberships integer', 'm_org_type text, m_mfa_rule text, m_is_alone boolean, memberships integer'],
                ARRAY['v.org_state, v.org_name, v.org_type', 'v.org_state, v.org_name, v.org_type, v.mfa_rule'],
                ARRAY['m_org_state, m_org_name, m_org_type', 'm_org_state, m_org_name, m_org_type, m_mfa_rule'],
                ARRAY['is_live_session := status', 'm_is_alone := false;
            IF m_org_type = ''personal'' AND s_methods IS NOT NULL AND NOT ''mfa'' = ANY (s_methods) THEN
                m_is_alone := NOT EXISTS (SELECT FROM identity.org_membership o WHERE o.org_id = m_org_id AND o.user_id <> person);
            END IF;
            is_live_session := status']];
        BEGIN
            FOREACH change SLICE 1 IN ARRAY changes LOOP
                IF position(change[1] IN definition) = 0 THEN
                    RAISE EXCEPTION 'identity.authenticate is not the one that this step changes: %', change[1];
                END IF;
                definition := replace(definition, change[1], change[2]);
            END LOOP;
            -- A function whose columns change is made anew (manual, CREATE FUNCTION).
            DROP FUNCTION identity.authenticate(uuid, integer, bytea, uuid, text, boolean, timestamptz);
            EXECUTE definition;
        END
        $change$;
        REVOKE ALL ON FUNCTION identity.authenticate(uuid, integer, bytea, uuid, text, boolean, timestamptz) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION identity.authenticate(uuid, integer, bytea, uuid, text, boolean, timestamptz) TO trellis_app, trellis_system;
        """#
}
