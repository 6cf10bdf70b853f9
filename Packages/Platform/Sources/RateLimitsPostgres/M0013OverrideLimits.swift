public import Postgres

/// Other figures for single callers for a time (SEC-017). Who ordered it and why stands in the audit log; here is what processes need, and the caller's name
/// for whoever looks.
public enum M0013OverrideLimits: Migration {
    /// `0013-platform-override-limits`
    public static var id: String { "0013-platform-override-limits" }
    /// The table.
    public static var sql: String {
        #"""
        CREATE TABLE limits.override (
            caller_kind smallint NOT NULL,
            caller_high bigint NOT NULL,
            caller_low bigint NOT NULL,
            -- Empty for every category.
            category text NOT NULL CHECK (length(category) <= 100),
            -- Nothing: not limited.
            max_requests integer CHECK (max_requests BETWEEN 1 AND 65000),
            until timestamptz NOT NULL,
            set_at timestamptz NOT NULL,
            PRIMARY KEY (caller_kind, caller_high, caller_low, category),
            CONSTRAINT override_ends CHECK (until > set_at AND until <= set_at + interval '7 days')
        );
        CREATE INDEX override_by_end ON limits.override (until);
        GRANT SELECT, INSERT, UPDATE, DELETE ON limits.override TO trellis_app, trellis_system;
        """#
    }
}
