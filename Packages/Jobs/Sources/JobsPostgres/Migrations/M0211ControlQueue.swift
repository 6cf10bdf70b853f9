internal import Postgres

/// What operators and nodes of several versions need of the queue: pauses, what each worker can do, how its clock stands, versions of
/// sagas, and enough beside a dead letter to let it run again.
enum M0211ControlQueue: Migration {
    static var id: String { "0211-jobs-control-queue" }
    static var sql: String {
        """
        CREATE TABLE jobs.pause (
            lane smallint CHECK (lane BETWEEN 1 AND 5),
            kind_id smallint REFERENCES jobs.kind (id),
            reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
            paused_at timestamptz NOT NULL,
            CHECK (num_nonnulls(lane, kind_id) = 1),
            UNIQUE NULLS NOT DISTINCT (lane, kind_id)
        );
        GRANT SELECT, INSERT, DELETE ON jobs.pause TO trellis_app, trellis_system;

        ALTER TABLE jobs.worker ADD COLUMN kinds smallint[], ADD COLUMN clock_ahead_us bigint;
        COMMENT ON COLUMN jobs.worker.kinds IS 'The kinds it can do; NULL where it did not say.';

        ALTER TABLE jobs.saga ADD COLUMN version smallint NOT NULL DEFAULT 1 CHECK (version > 0);

        ALTER TABLE jobs.job_dead
            ADD COLUMN priority smallint, ADD COLUMN max_attempts smallint, ADD COLUMN timeout_ms integer, ADD COLUMN unique_key bytea,
            ADD COLUMN serial_key bytea, ADD COLUMN trace text, ADD COLUMN discarded_because text CHECK (length(discarded_because) <= 500);
        CREATE INDEX job_dead_open ON jobs.job_dead (died_at, id) WHERE requeued_as IS NULL AND discarded_because IS NULL;
        GRANT UPDATE (requeued_as, discarded_because) ON jobs.job_dead TO trellis_app;
        """
    }
}
