internal import Postgres

/// Where jobs and events come from: who began it all and which entry of the log led to them, so that entries written by the job can say so
/// (AUD-018, AUD-019).
enum M0214KeepOrigins: Migration {
    static var id: String { "0214-jobs-keep-origins" }
    static var sql: String {
        """
        ALTER TABLE jobs.job ADD COLUMN origin text CHECK (length(origin) <= 200);
        ALTER TABLE jobs.event ADD COLUMN origin text CHECK (length(origin) <= 200);
        ALTER TABLE jobs.job_dead ADD COLUMN origin text;

        """
    }
}
