public import Postgres

/// Sagas with their steps, effects, domain events with the place up to which they were handed on.
public enum M0201CreateSagasAndEvents: Migration {
    /// `0201-jobs-create-sagas-and-events`
    public static var id: String { "0201-jobs-create-sagas-and-events" }
    /// Tables, indexes, grants.
    public static var sql: String {
        #"""
        CREATE TABLE jobs.saga (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
            state text NOT NULL CHECK (state IN ('running', 'completed', 'compensating', 'compensated', 'stuck')),
            is_undoing boolean NOT NULL DEFAULT false,
            step integer NOT NULL DEFAULT 0 CHECK (step >= -1),
            context jsonb NOT NULL,
            first_error text,
            stuck_because text,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            ended_at timestamptz,
            CHECK ((state IN ('completed', 'compensated')) = (ended_at IS NOT NULL)),
            CHECK ((state = 'stuck') = (stuck_because IS NOT NULL)),
            CHECK (NOT is_undoing OR state <> 'completed')
        );
        COMMENT ON COLUMN jobs.saga.step IS 'The step under way; -1 when all is undone and only the end has to be told.';
        CREATE UNIQUE INDEX saga_live ON jobs.saga (kind, key) WHERE state IN ('running', 'compensating', 'stuck');
        CREATE TABLE jobs.saga_step (
            saga_id uuid NOT NULL REFERENCES jobs.saga (id),
            sequence integer NOT NULL CHECK (sequence >= 0),
            name text NOT NULL,
            is_pivot boolean NOT NULL,
            is_compensable boolean NOT NULL,
            max_attempts smallint NOT NULL,
            timeout_ms integer NOT NULL,
            state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'failed', 'compensated', 'skipped')),
            output jsonb,
            error text,
            ended_at timestamptz,
            PRIMARY KEY (saga_id, sequence),
            CHECK ((state = 'pending') = (ended_at IS NULL))
        );

        CREATE TABLE jobs.effect (
            key text PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 255),
            destination text NOT NULL,
            request_hash bytea NOT NULL,
            state text NOT NULL CHECK (state IN ('sending', 'succeeded', 'refused', 'not_sent', 'unknown')),
            sendings integer NOT NULL DEFAULT 1,
            response jsonb,
            code text,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CHECK ((state = 'succeeded') = (response IS NOT NULL)),
            CHECK ((state = 'refused') = (code IS NOT NULL))
        ) WITH (fillfactor = 70);

        CREATE TABLE jobs.event (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            xid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
            topic text NOT NULL CHECK (length(topic) BETWEEN 1 AND 100),
            key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
            payload jsonb NOT NULL,
            published_at timestamptz NOT NULL
        );
        CREATE INDEX event_order ON jobs.event (xid, id);
        CREATE TABLE jobs.event_cursor (
            name text PRIMARY KEY,
            next_xid bigint NOT NULL
        );
        INSERT INTO jobs.event_cursor VALUES ('relay', 0);

        GRANT SELECT, INSERT ON jobs.saga, jobs.saga_step, jobs.event TO trellis_app, trellis_system;
        GRANT UPDATE ON jobs.saga, jobs.saga_step, jobs.event_cursor TO trellis_system;
        GRANT SELECT ON jobs.event_cursor, jobs.effect TO trellis_app;
        GRANT SELECT ON jobs.event_cursor TO trellis_system;
        GRANT SELECT, INSERT, UPDATE ON jobs.effect TO trellis_system;
        """#
    }
}
