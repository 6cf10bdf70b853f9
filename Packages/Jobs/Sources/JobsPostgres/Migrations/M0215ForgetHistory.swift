internal import Postgres

/// Days of history are dropped one in a transaction, and a lock that is not free within 100 ms is not waited for: who works with the queue is
/// not held up by what is forgotten (OPS-139).
enum M0215ForgetHistory: Migration {
    static var id: String { "0215-jobs-forget-history" }
    static var sql: String {
        #"""
        -- Answers whether there may be more: a day was dropped, or a whole page of rows.
        CREATE FUNCTION jobs.forget_history(days integer, rows integer) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
        DECLARE
            name text;
            gone bigint;
        BEGIN
            SELECT c.relname INTO name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'jobs.job_history'::regclass AND c.relname ~ '^job_history_\d{4}_\d\d_\d\d$'
                AND to_date(right(c.relname, 10), 'YYYY_MM_DD') < current_date - days
            ORDER BY c.relname LIMIT 1;
            IF FOUND THEN
                EXECUTE format('DROP TABLE jobs.%I', name);
                RETURN true;
            END IF;
            DELETE FROM jobs.job_history_other WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM jobs.job_history_other WHERE recorded_at < current_date - days LIMIT rows));
            GET DIAGNOSTICS gone = ROW_COUNT;
            RETURN gone >= rows;
        EXCEPTION WHEN lock_not_available THEN
            RETURN false;
        END $$;
        REVOKE EXECUTE ON FUNCTION jobs.forget_history(integer, integer) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION jobs.forget_history(integer, integer) TO trellis_system;

        CREATE OR REPLACE FUNCTION jobs.keep_history(days integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
        DECLARE
            day date;
            name text;
        BEGIN
            -- Readers and writers go on; what follows sees what the one before has committed.
            LOCK TABLE jobs.job_history IN SHARE UPDATE EXCLUSIVE MODE;
            FOR day IN SELECT current_date + n FROM generate_series(1, 3) AS n LOOP
                name := 'job_history_' || to_char(day, 'YYYY_MM_DD');
                IF to_regclass('jobs.' || name) IS NULL THEN
                    EXECUTE format('CREATE TABLE jobs.%I PARTITION OF jobs.job_history FOR VALUES FROM (%L) TO (%L)', name, day, day + 1);
                END IF;
            END LOOP;
            PERFORM jobs.forget_history(days, 1000);
        EXCEPTION WHEN lock_not_available THEN
            -- Somebody else is at it, or the next time comes.
            RETURN;
        END $$;
        """#
    }
}
