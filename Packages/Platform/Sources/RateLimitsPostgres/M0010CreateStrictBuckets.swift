public import Postgres

/// Counts that outlive processes: one row for each caller and bucket, with the times of the requests that are in its window.
///
/// The figures are small, so that the exact times fit into a row. There is no org and no person in it.
public enum M0010CreateStrictBuckets: Migration {
    /// `0010-platform-create-strict-buckets`
    public static var id: String { "0010-platform-create-strict-buckets" }
    /// The table.
    public static var sql: String {
        #"""
        CREATE SCHEMA limits AUTHORIZATION trellis_owner;
        GRANT USAGE ON SCHEMA limits TO trellis_app, trellis_system;

        CREATE TABLE limits.strict_bucket (
            bucket text NOT NULL CHECK (length(bucket) BETWEEN 1 AND 200),
            caller_kind smallint NOT NULL,
            caller_high bigint NOT NULL,
            caller_low bigint NOT NULL,
            -- Microseconds since 1970, ascending.
            taken bigint[] NOT NULL,
            -- What the last request was told.
            is_admitted boolean NOT NULL,
            expires_at bigint NOT NULL,
            PRIMARY KEY (bucket, caller_kind, caller_high, caller_low)
        ) WITH (fillfactor = 70);
        CREATE INDEX strict_bucket_by_end ON limits.strict_bucket (expires_at);
        GRANT SELECT, INSERT, UPDATE, DELETE ON limits.strict_bucket TO trellis_app, trellis_system;
        """#
    }
}

/// The steps of the schema for strict counts.
public enum RateLimitsMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [M0010CreateStrictBuckets.self, M0013OverrideLimits.self]
}
