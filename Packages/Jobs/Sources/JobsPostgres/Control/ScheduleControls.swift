internal import Core
public import Jobs
internal import Postgres

extension PostgresJobTransaction {
    /// Every schedule that a worker has ever kept, by name.
    public func schedules() async throws -> [ScheduleState] {
        try await postgres.query("SELECT \(fragment: Self.scheduleColumns(dateSource.now)) FROM jobs.cron ORDER BY name").map(
            Self.schedule)
    }

    /// One of them; `nil` when there is none of this name.
    public func schedule(_ name: String) async throws -> ScheduleState? {
        try await postgres.query("SELECT \(fragment: Self.scheduleColumns(dateSource.now)) FROM jobs.cron WHERE name = \(name)").first.map(
            Self.schedule)
    }

    /// Lets a schedule rest: no tick of it enqueues anything until it goes on. Twice is once.
    ///
    /// - Returns: whether it was at work before.
    public func pauseSchedule(_ name: String, because reason: String) async throws -> Bool {
        try await postgres.execute(
            "UPDATE jobs.cron SET is_paused = true, paused_because = \(reason) WHERE name = \(name) AND NOT is_paused") == 1
    }

    /// Lets a schedule go on; what it would have done meanwhile is not made up for, since it was held on purpose.
    ///
    /// - Returns: whether it was held.
    public func resumeSchedule(_ name: String) async throws -> Bool {
        let now = dateSource.now
        guard let schedule = try await schedule(name) else { return false }
        let overdue = CronExpression(schedule.expression)?.secondTick(after: now)
        return try await postgres.execute(
            """
            UPDATE jobs.cron SET is_paused = false, paused_because = NULL, last_tick = greatest(last_tick, \(now)), overdue_at = \(overdue)
            WHERE name = \(name) AND is_paused
            """) == 1
    }

    /// Asks for a run now, whether or not the schedule is held; the worker that keeps schedules begins it within a second.
    ///
    /// - Returns: whether that was not asked for already.
    public func requestRun(ofSchedule name: String) async throws -> Bool {
        try await postgres.execute(
            "UPDATE jobs.cron SET run_requested_at = \(dateSource.now) WHERE name = \(name) AND run_requested_at IS NULL") == 1
    }

    private static func scheduleColumns(_ now: Instant) -> Statement {
        """
        name, expression, last_tick, is_paused, paused_because, run_requested_at IS NOT NULL AS is_run_requested,
        NOT is_paused AND coalesce(overdue_at <= \(now), false) AS is_overdue
        """
    }

    private static func schedule(_ row: Row) throws -> ScheduleState {
        let (expression, last): (String, Instant) = (try row.decode("expression"), try row.decode("last_tick"))
        let isPaused: Bool = try row.decode("is_paused")
        return ScheduleState(
            name: try row.decode("name"), expression: expression, lastTick: last, nextTick: CronExpression(expression)?.next(after: last),
            pausedBecause: isPaused ? try row.decode("paused_because", as: String?.self) ?? "" : nil,
            isRunRequested: try row.decode("is_run_requested"), isOverdue: try row.decode("is_overdue"))
    }
}

extension CronExpression {
    /// The tick behind the next one.
    func secondTick(after instant: Instant) -> Instant? {
        next(after: instant).flatMap { next(after: $0) }
    }
}
