internal import Core
internal import Jobs
internal import Observability
internal import Postgres

/// Fires schedules: the tick and its job are one transaction, so that any number of workers fires a tick once (OPS-079).
struct ScheduleTicker: Sendable {
    let store: PostgresJobStore
    let schedules: [Schedule]
    let dateSource: any DateSource
    var ticked: @Sendable (Duration) -> Void = { _ in }
    /// Told of a schedule that has missed two ticks.
    var missed: @Sendable (String) -> Void = { _ in }

    /// Makes the rows of schedules that are new: they begin now, without a past.
    func register() async throws {
        let now = dateSource.now
        try await store.withTransaction { transaction in
            for schedule in schedules {
                try await transaction.postgres.execute(
                    """
                    INSERT INTO jobs.cron AS c (name, expression, last_tick, overdue_at)
                    VALUES (\(schedule.name), \(schedule.cron.description), \(now), \(schedule.cron.secondTick(after: now)))
                    ON CONFLICT (name) DO UPDATE SET expression = excluded.expression,
                        overdue_at = CASE WHEN c.expression = excluded.expression THEN coalesce(c.overdue_at, excluded.overdue_at)
                            ELSE excluded.overdue_at END
                    """)
            }
        }
    }

    /// Fires what is due; gives how many ticks that were.
    @discardableResult
    func fire() async throws -> Int {
        guard !schedules.isEmpty else { return 0 }
        let now = dateSource.now
        let rows = try await store.withTransaction { transaction in
            try await transaction.postgres.query("SELECT name, last_tick, is_paused, run_requested_at, overdue_at FROM jobs.cron")
                .map { try $0.decode((String, Instant, Bool, Instant?, Instant?).self) }
        }
        let states = Dictionary(uniqueKeysWithValues: rows.map { ($0.0, $0) })
        var fired = 0
        for schedule in schedules {
            guard let (_, last, isPaused, requested, overdue) = states[schedule.name] else { continue }
            if let requested { fired += try await run(schedule, askedFor: requested) ? 1 : 0 }
            guard !isPaused, let newest = Self.newestTick(of: schedule, after: last, until: now) else { continue }
            if let overdue, overdue <= now { missed(schedule.name) }
            for tick in Self.due(schedule, after: last, newest: newest, now: now) where try await fire(schedule, at: tick) {
                fired += 1
                ticked(now - tick)
            }
            try await reached(newest, of: schedule)
        }
        return fired
    }

    /// Does what an operator asked for, once.
    private func run(_ schedule: Schedule, askedFor instant: Instant) async throws -> Bool {
        let isFirst = try await fire(schedule, at: instant)
        _ = try await store.withTransaction { transaction in
            try await transaction.postgres.execute(
                "UPDATE jobs.cron SET run_requested_at = NULL WHERE name = \(schedule.name) AND run_requested_at = \(instant)")
        }
        return isFirst
    }

    private func fire(_ schedule: Schedule, at tick: Instant) async throws -> Bool {
        let name = schedule.name
        return try await store.withTransaction { transaction in
            let isFirst = try await transaction.postgres.execute(
                "INSERT INTO jobs.cron_tick (name, tick) VALUES (\(name), \(tick)) ON CONFLICT DO NOTHING")
            guard isFirst == 1 else { return false }
            let outcome = try await transaction.outcome(
                ofEnqueuing: schedule.job, JobOptions(uniqueKey: "schedule \(name)", serialKey: schedule.serialKey))
            guard case .enqueued(let job) = outcome else { return true }
            try await transaction.postgres.execute(
                "UPDATE jobs.cron_tick SET job_id = \(job.rawValue) WHERE name = \(name) AND tick = \(tick)")
            return true
        }
    }

    private func reached(_ tick: Instant, of schedule: Schedule) async throws {
        _ = try await store.withTransaction { transaction in
            try await transaction.postgres.pipeline([
                """
                UPDATE jobs.cron SET last_tick = \(tick), overdue_at = \(schedule.cron.secondTick(after: tick))
                WHERE name = \(schedule.name) AND last_tick < \(tick)
                """,
                // Ticks far enough in the past can no longer be fired by anybody who looks at the last one.
                "DELETE FROM jobs.cron_tick WHERE name = \(schedule.name) AND tick < \(tick - .days(40))",
            ])
        }
    }

    /// The last tick up to now; `nil` when there is none behind `last`.
    private static func newestTick(of schedule: Schedule, after last: Instant, until now: Instant) -> Instant? {
        guard let first = schedule.cron.next(after: last), first <= now else { return nil }
        var newest = first
        // A tick in the last two days is nearly always there; else the whole way is walked.
        if let late = schedule.cron.next(after: now - .days(2)), late > first, late <= now { newest = late }
        while let next = schedule.cron.next(after: newest), next <= now { newest = next }
        return newest
    }

    private static func due(_ schedule: Schedule, after last: Instant, newest: Instant, now: Instant) -> [Instant] {
        switch schedule.missed {
        case .skipped: return now - newest < .seconds(60) ? [newest] : []
        case .once: return [newest]
        case .each(let limit):
            var ticks: [Instant] = []
            var tick = last
            while let next = schedule.cron.next(after: tick), next <= newest {
                ticks.append(next)
                if ticks.count > limit { ticks.removeFirst() }
                tick = next
            }
            return ticks
        }
    }
}

extension Worker {
    func registerSchedules() async throws {
        try await ScheduleTicker(store: resources.store, schedules: registry.schedules, dateSource: dateSource).register()
    }

    func fireSchedules() async throws {
        let (meters, log) = (queueMeters, log)
        try await ScheduleTicker(
            store: resources.store, schedules: registry.schedules, dateSource: dateSource, ticked: { meters.ticked(late: $0) },
            missed: { log.error("a schedule has missed two ticks", ["schedule": .string($0)]) }
        ).fire()
    }
}
