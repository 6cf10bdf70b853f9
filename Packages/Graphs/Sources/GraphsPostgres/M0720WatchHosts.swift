internal import Postgres

/// How hosts are: when they last answered, how often in a row they did or did not, and how much they may hold (GRA-025, GRA-101).
///
/// Probes go by the liveness clock, which nothing moves: a sandbox that jumps a month has not lost its hosts.
enum M0720WatchHosts: Migration {
    static let id = "0720-graphs-watch-hosts"

    static let sql = """
        ALTER TABLE graphs.graph_host
            ADD COLUMN probed_at timestamptz,
            ADD COLUMN last_healthy_at timestamptz DEFAULT now(),
            ADD COLUMN failures_in_a_row integer NOT NULL DEFAULT 0 CHECK (failures_in_a_row >= 0),
            ADD COLUMN successes_in_a_row integer NOT NULL DEFAULT 0 CHECK (successes_in_a_row >= 0),
            ADD COLUMN server_version text,
            ADD COLUMN storage_budget_bytes bigint CHECK (storage_budget_bytes > 0);
        COMMENT ON COLUMN graphs.graph_host.storage_budget_bytes IS 'What the graphs on it may measure together; NULL is without limit.';

        -- What an engine said last, for when it cannot be asked (GRA-026).
        ALTER TABLE graphs.storage_sample ADD COLUMN facts jsonb, ADD COLUMN facts_at timestamptz,
            ADD CHECK ((facts IS NULL) = (facts_at IS NULL));
        GRANT INSERT ON graphs.storage_sample TO trellis_app;
        GRANT UPDATE (facts, facts_at) ON graphs.storage_sample TO trellis_app;
        """
}
