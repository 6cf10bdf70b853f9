public import Postgres

/// What the queue says of itself, by lane (ADM-061).
public enum JobFigures {
    private static let lanes = """
        (VALUES (1, 'money'), (2, 'webhooks'), (3, 'lifecycle'), (4, 'mail'), (5, 'maintenance')) AS l (lane, name)
        """
    /// The business time as every process has it: the machine's, or where the sandbox's clock stands (OPS-089).
    private static let businessTime = """
        coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
            clock_timestamp())
        """

    /// All of them, by the business time: how much is due, how long the oldest of it waits, and how much was given up.
    public static let all = [
        DatabaseFigure(
            "trellis_jobs_due", "Jobs that are due and not at work.", by: "lane",
            Statement(
                """
                SELECT l.name AS label, count(j.id) AS value FROM \(lanes)
                LEFT JOIN jobs.job AS j ON j.lane = l.lane AND j.lease_by IS NULL AND j.run_at <= (SELECT \(businessTime)) GROUP BY l.name
                """, [])),
        DatabaseFigure(
            "trellis_jobs_running", "Jobs at work.", by: "lane",
            Statement(
                """
                SELECT l.name AS label, count(j.id) AS value FROM \(lanes)
                LEFT JOIN jobs.job AS j ON j.lane = l.lane AND j.lease_by IS NOT NULL GROUP BY l.name
                """, [])),
        DatabaseFigure(
            "trellis_jobs_oldest_due_seconds", "How long the oldest job that is due has waited.", by: "lane",
            Statement(
                """
                SELECT l.name AS label, coalesce(extract(epoch FROM (SELECT \(businessTime)) - min(j.run_at)), 0)::bigint AS value FROM \(lanes)
                LEFT JOIN jobs.job AS j ON j.lane = l.lane AND j.lease_by IS NULL AND j.run_at <= (SELECT \(businessTime)) GROUP BY l.name
                """, [])),
        DatabaseFigure(
            "trellis_jobs_dead", "Jobs that were given up and wait for somebody.", by: "lane",
            Statement(
                """
                SELECT l.name AS label, count(j.id) AS value FROM \(lanes) LEFT JOIN jobs.job_dead AS j ON j.lane = l.lane GROUP BY l.name
                """, [])),
        DatabaseFigure(
            "trellis_schedules_overdue", "Schedules at work that have missed two ticks.",
            Statement("SELECT count(*) AS value FROM jobs.cron WHERE NOT is_paused AND overdue_at <= (SELECT \(businessTime))", [])),
    ]
}
