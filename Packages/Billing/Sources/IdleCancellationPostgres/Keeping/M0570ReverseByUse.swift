internal import Postgres

/// Authenticating learns through its view whether a pending case concerns the person, and the statement that then notes the use orders the reversals with it
/// (IDL-040, IDL-041, IDL-044).
///
/// Where nothing is pending anywhere, which is nearly always, the view costs one probe of a partial index: that condition is judged once, before any other.
enum M0570ReverseByUse: Migration {
    static let id = "0570-idle-reverse-by-use"

    static let sql = #"""
        CREATE INDEX idle_case_pending ON billing.idle_case (state) WHERE state IN ('decided', 'confirmed');

        CREATE FUNCTION billing.pending_idle_cases(p_user uuid) RETURNS TABLE (case_id uuid, org_id uuid) LANGUAGE sql STABLE AS $$
            SELECT c.id, c.org_id FROM orgs.membership m
            JOIN billing.idle_case c ON c.org_id = m.org_id AND c.subscriber_id IS NULL AND c.state IN ('decided', 'confirmed')
            WHERE m.user_id = p_user AND m.ended_at IS NULL
            UNION ALL
            SELECT c.id, c.org_id FROM billing.idle_case c WHERE c.subscriber_id = p_user AND c.state IN ('decided', 'confirmed')
        $$;
        REVOKE ALL ON FUNCTION billing.pending_idle_cases(uuid) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION billing.pending_idle_cases(uuid) TO trellis_app, trellis_system;

        CREATE OR REPLACE VIEW identity.pending_idle_case AS
            SELECT concerned.user_id
            FROM (
                SELECT m.user_id FROM orgs.membership m
                JOIN billing.idle_case c ON c.org_id = m.org_id AND c.subscriber_id IS NULL AND c.state IN ('decided', 'confirmed')
                WHERE m.ended_at IS NULL
                UNION ALL
                SELECT c.subscriber_id FROM billing.idle_case c WHERE c.subscriber_id IS NOT NULL AND c.state IN ('decided', 'confirmed')
            ) AS concerned
            WHERE (SELECT EXISTS (SELECT FROM billing.idle_case WHERE state IN ('decided', 'confirmed')));

        -- One live job for each case, however many requests arrive: its unique key is the case, as the queue's own statement makes such keys (IDL-042).
        CREATE OR REPLACE FUNCTION identity.reverse_idle_case(p_user uuid, p_now timestamptz) RETURNS void LANGUAGE sql AS $$
            INSERT INTO jobs.job (id, lane, kind_id, priority, max_attempts, timeout_ms, run_at, created_at, unique_key, org, args)
            SELECT nextval('jobs.job_id_seq'), 1, jobs.kind_id('billing.reverse_idle_case'), 2, 30000, 120000, p_now, p_now, w.unique_key, w.org_id,
                jsonb_build_object('case', w.case_name, 'user', identity.id_text('user', p_user),
                    'at', to_char(p_now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
            FROM (
                SELECT c.org_id, identity.id_text('icase', c.case_id) AS case_name,
                    substr(sha256(convert_to('billing.reverse_idle_case' || E'\x1f' || identity.id_text('icase', c.case_id), 'UTF8')), 1, 16)
                        AS unique_key
                FROM billing.pending_idle_cases(p_user) AS c
            ) AS w
            WHERE NOT EXISTS (SELECT FROM jobs.job j WHERE j.unique_key = w.unique_key)
            ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
        $$;
        """#
}
