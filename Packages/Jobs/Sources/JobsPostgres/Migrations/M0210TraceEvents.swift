internal import Postgres

/// The trace in which an event was told, so that the jobs of those who hear of it go on with it (ADM-064).
enum M0210TraceEvents: Migration {
    static var id: String { "0210-jobs-trace-events" }
    static var sql: String {
        """
        ALTER TABLE jobs.event ADD COLUMN trace text CHECK (length(trace) <= 64);

        """
    }
}
