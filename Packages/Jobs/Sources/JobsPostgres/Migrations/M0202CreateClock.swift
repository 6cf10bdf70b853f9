public import Postgres

/// The movable clock of the sandbox mode: one row, which exists in that mode only (OPS-090).
public enum M0202CreateClock: Migration {
    /// `0202-jobs-create-clock`
    public static var id: String { "0202-jobs-create-clock" }
    /// The table and its grants.
    public static var sql: String {
        #"""
        CREATE TABLE jobs.clock_state (
            is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
            generation bigint NOT NULL,
            frozen_at timestamptz,
            ahead_us bigint NOT NULL DEFAULT 0 CHECK (ahead_us >= 0)
        );
        GRANT SELECT, INSERT, UPDATE ON jobs.clock_state TO trellis_app, trellis_system;
        """#
    }
}

/// The steps of the schema of jobs, schedules, sagas, effects and events.
public enum JobsMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [
        M0200CreateJobs.self, M0201CreateSagasAndEvents.self, M0202CreateClock.self, M0210TraceEvents.self, M0211ControlQueue.self,
        M0212KeepHistoryOnce.self,
        M0213WatchSchedules.self, M0214KeepOrigins.self, M0215ForgetHistory.self, M0216TurnSagasBack.self,
    ]
}
