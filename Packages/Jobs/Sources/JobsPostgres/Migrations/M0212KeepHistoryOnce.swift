internal import Postgres

/// Days of history are made by one at a time: a paused leader that still does its chores meets the new one (OPS-081), and neither fails.
enum M0212KeepHistoryOnce: Migration {
    static var id: String { "0212-jobs-keep-history-once" }
    static var sql: String {
        #"""
        CREATE OR REPLACE FUNCTION jobs.keep_history(days integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
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
            FOR name IN
                SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'jobs.job_history'::regclass AND c.relname ~ '^job_history_\d{4}_\d\d_\d\d$'
                    AND to_date(right(c.relname, 10), 'YYYY_MM_DD') < current_date - days
            LOOP
                EXECUTE format('DROP TABLE jobs.%I', name);
            END LOOP;
            DELETE FROM jobs.job_history_other WHERE recorded_at < current_date - days;
        END $$;
        """#
    }
}
