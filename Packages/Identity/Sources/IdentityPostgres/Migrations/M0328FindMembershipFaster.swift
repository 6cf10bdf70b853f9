public import Postgres

/// Authenticating finds the membership of a request in the index of the person's memberships, without a query inside of the query (ID-159).
///
/// A comparison that no index answers keeps PostgreSQL from looking through all members of the org, as the inner query did, and is a tenth of the whole
/// function cheaper.
public enum M0328FindMembershipFaster: Migration {
    /// `0328-identity-find-membership-faster`
    public static var id: String { "0328-identity-find-membership-faster" }
    /// Changes one condition of the function.
    public static var sql: String {
        #"""
        DO $change$
        DECLARE
            signature regprocedure := 'identity.authenticate(uuid, integer, bytea, uuid, text, boolean, timestamptz)'::regprocedure;
            before text := 'FROM (SELECT * FROM identity.org_membership o WHERE o.user_id = person OFFSET 0) AS v WHERE v.org_id = wanted;';
            after text := 'FROM identity.org_membership v WHERE v.user_id = person AND v.org_id IS NOT DISTINCT FROM wanted;';
            definition text := pg_get_functiondef(signature);
        BEGIN
            IF position(before IN definition) = 0 THEN
                RAISE EXCEPTION 'identity.authenticate is not the one that this step changes';
            END IF;
            EXECUTE replace(replace(definition, before, after), 'OFFSET 0 keeps the two conditions apart', 'The form of the second condition keeps it from an index');
        END
        $change$;
        """#
    }
}
