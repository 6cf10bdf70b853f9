internal import Postgres

/// What operators and watchers need of schedules and sagas: when a schedule has missed two ticks, that it is to run now, why it is held, and
/// whether a saga has a job.
enum M0213WatchSchedules: Migration {
    static var id: String { "0213-jobs-watch-schedules" }
    static var sql: String {
        """
        ALTER TABLE jobs.cron
            ADD COLUMN overdue_at timestamptz, ADD COLUMN run_requested_at timestamptz,
            ADD COLUMN paused_because text CHECK (length(paused_because) BETWEEN 1 AND 500);
        COMMENT ON COLUMN jobs.cron.overdue_at IS 'The second tick after the last one that was dealt with: then two were missed.';
        GRANT UPDATE (is_paused, paused_because, run_requested_at, last_tick, overdue_at) ON jobs.cron TO trellis_app;

        -- Operators' letters run again through the API's role.
        GRANT UPDATE (run_at) ON jobs.job TO trellis_app;
        GRANT UPDATE (state, stuck_because, updated_at) ON jobs.saga TO trellis_app;

        CREATE INDEX job_of_saga ON jobs.job (saga_id) WHERE saga_id IS NOT NULL;
        CREATE INDEX saga_under_way ON jobs.saga (updated_at, id) WHERE state IN ('running', 'compensating');
        CREATE INDEX job_dead_by_death ON jobs.job_dead (died_at);
        GRANT DELETE ON jobs.job_error TO trellis_system;
        """
    }
}
