public import Core
internal import EventLoops
public import Jobs
internal import Postgres

extension SandboxClock {
    /// Moves the clock forward, from one due instant to the next: at each one everything that is due is done before it goes on (OPS-091).
    ///
    /// Workers do the work; at least one must be running. Schedules whose ticks are all made up for are visited tick by tick; others at
    /// least once a day, where one run makes up for those between.
    ///
    /// - Parameters:
    ///   - target: where to; behind the present instant, by at most ten years.
    ///   - followers: what lives in the same time outside of the database. They are moved along, and waited for.
    ///   - schedules: the worker's, so that their ticks are visited.
    ///   - notifier: wakes workers.
    ///   - move: through all due instants, or at once.
    ///   - stopsAtFailure: whether a job that is given up ends the move at the instant reached.
    ///   - patience: how long the work of one instant may take.
    /// - Throws: ``ClockError``; what a follower throws. The clock stays at the instant it has reached.
    public func advance(
        to target: Instant, followers: [any ClockFollower], schedules: [Schedule], notifier: JobNotifier, move: ClockMove = .stepping,
        stopsAtFailure: Bool = false, patience: Duration = .seconds(60)
    ) async throws -> ClockAdvance {
        let start = now
        guard target > start else { throw ClockError.notForward(now: start) }
        guard target <= start + .days(3_653) else { throw ClockError.tooFar(limit: start + .days(3_653)) }
        return try await alone { [self] in
            try await walk(
                from: start, to: target, followers, schedules, notifier, move, stopsAtFailure: stopsAtFailure, patience: patience)
        }
    }

    /// Has everything done that is due at the present instant, and leaves the clock where it is.
    ///
    /// - Throws: ``ClockError``; what a follower throws.
    public func drain(
        followers: [any ClockFollower], schedules: [Schedule], notifier: JobNotifier, patience: Duration = .seconds(60)
    ) async throws -> ClockAdvance {
        let instant = now
        return try await alone { [self] in
            let mark = try await historyMark()
            let ticker = ScheduleTicker(
                store: PostgresJobStore(client: client, dateSource: self), schedules: schedules, dateSource: self)
            try await ticker.register()
            try await ticker.fire()
            try await settle(followers, notifier, patience)
            return ClockAdvance(from: instant, to: instant, visited: [], jobs: try await ended(since: mark), hasStopped: false)
        }
    }

    /// The next instant at which something is due: a job, a tick of a schedule whose ticks are all made up for, something a follower will do.
    ///
    /// - Parameter limit: how far to look.
    /// - Returns: `nil` when there is nothing up to then.
    public func nextDue(
        notAfter limit: Instant, followers: [any ClockFollower], schedules: [Schedule]
    ) async throws -> Instant? {
        try await dueInstants(behind: now, notAfter: limit, followers, schedules).filter { $0 <= limit }.min()
    }

    /// One move at a time, of all processes.
    private func alone<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await client.withConnection { connection in
            let locked = try await connection.query("SELECT pg_try_advisory_lock(\(Self.advisoryLock))").first?.decode(Bool.self) ?? false
            guard locked else { throw ClockError.underWay }
            // Given back before the answer: the end of a connection reaches the server some time later, and the next move may come at once.
            do {
                let done = try await body()
                _ = try await connection.query("SELECT pg_advisory_unlock(\(Self.advisoryLock))")
                return done
            } catch {
                _ = try? await connection.query("SELECT pg_advisory_unlock(\(Self.advisoryLock))")
                throw error
            }
        }
    }

    private func walk(
        from start: Instant, to target: Instant, _ followers: [any ClockFollower], _ schedules: [Schedule], _ notifier: JobNotifier,
        _ move: ClockMove, stopsAtFailure: Bool, patience: Duration
    ) async throws -> ClockAdvance {
        let mark = try await historyMark()
        var visited: [Instant] = []
        let ticker = ScheduleTicker(
            store: PostgresJobStore(client: client, dateSource: self), schedules: schedules, dateSource: self)
        try await ticker.register()
        try await settle(followers, notifier, patience)
        if stopsAtFailure, try await hasGivenUp(since: mark) {
            return ClockAdvance(from: start, to: start, visited: [], jobs: try await ended(since: mark), hasStopped: true)
        }
        while now < target {
            let instant =
                switch move {
                case .stepping: try await nextStop(behind: now, target: target, followers, schedules)
                case .jumping: target
                }
            try await self.move(to: instant)
            for follower in followers { try await follower.move(to: instant) }
            visited.append(instant)
            // Not left to the leader's next round: what a tick enqueues belongs to this instant.
            try await ticker.fire()
            try await settle(followers, notifier, patience)
            if stopsAtFailure, instant < target, try await hasGivenUp(since: mark) {
                return ClockAdvance(from: start, to: instant, visited: visited, jobs: try await ended(since: mark), hasStopped: true)
            }
        }
        return ClockAdvance(from: start, to: target, visited: visited, jobs: try await ended(since: mark), hasStopped: false)
    }

    private static let advisoryLock: Int64 = 0x7472_636C_6F63_6B

    private func nextStop(
        behind instant: Instant, target: Instant, _ followers: [any ClockFollower], _ schedules: [Schedule]
    ) async throws -> Instant {
        let due = try await dueInstants(behind: instant, notAfter: target, followers, schedules)
        return (due + [target, instant + .days(1)]).filter { $0 > instant }.min() ?? target
    }

    private func dueInstants(
        behind instant: Instant, notAfter limit: Instant, _ followers: [any ClockFollower], _ schedules: [Schedule]
    ) async throws -> [Instant] {
        var stops: [Instant] = []
        let rows = try await client.query(
            """
            SELECT min(next.run_at)
            FROM generate_series(1, 5) AS l (lane), generate_series(1, 4) AS p (priority), unnest(ARRAY[false, true]) AS b (in_burst)
            CROSS JOIN LATERAL (
                SELECT j.run_at FROM jobs.job j
                WHERE j.lane = l.lane AND j.priority = p.priority AND j.in_burst = b.in_burst AND j.run_at > \(instant)
                ORDER BY j.run_at LIMIT 1
            ) next
            """)
        if let due = try rows.first?.decode(Instant?.self) { stops.append(due) }
        for follower in followers {
            if let due = try await follower.nextDueInstant(after: instant, notAfter: limit) { stops.append(due) }
        }
        for schedule in schedules {
            if case .each = schedule.missed, let tick = schedule.cron.next(after: instant) { stops.append(tick) }
        }
        return stops.filter { $0 > instant }
    }

    /// Waits until nothing is due and nobody is at work, inside and outside; what the one side does may give the other more to do.
    private func settle(_ followers: [any ClockFollower], _ notifier: JobNotifier, _ patience: Duration) async throws {
        let loop = EventLoop.current
        let began = ContinuousClock.now
        var quietRounds = 0
        while quietRounds < 2 {
            notifier.notify(lanes: Set(Lane.allCases), events: true)
            var isQuiet = try await isIdle()
            for follower in followers where isQuiet { isQuiet = try await follower.isQuiet() }
            quietRounds = isQuiet ? quietRounds + 1 : 0
            guard began.duration(to: .now) < patience else { throw ClockError.neverIdle(at: now) }
            if quietRounds < 2 {
                if let loop { try await loop.sleep(for: .milliseconds(5)) } else { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
    }

    /// Whether no job is due or under way, no event waits to be handed on, and no schedule has a tick that was not fired. What an operator holds is not
    /// waited for (OPS-068).
    private func isIdle() async throws -> Bool {
        let now = now
        let rows = try await client.query(
            """
            SELECT NOT EXISTS (SELECT FROM jobs.job WHERE lease_by IS NOT NULL)
                AND NOT EXISTS (
                    SELECT FROM jobs.job j
                    WHERE j.run_at <= \(now) AND NOT EXISTS (
                        SELECT FROM jobs.pause p JOIN jobs.kind mine ON mine.id = j.kind_id LEFT JOIN jobs.kind held ON held.id = p.kind_id
                        WHERE p.lane = j.lane OR mine.name = held.name OR starts_with(mine.name, held.name || '#')))
                AND NOT EXISTS (SELECT FROM jobs.event WHERE xid >= (SELECT next_xid FROM jobs.event_cursor WHERE name = 'relay'))
            """)
        return try rows.first?.decode(Bool.self) ?? true
    }

    private func historyMark() async throws -> Instant {
        try await client.query("SELECT clock_timestamp()").first?.decode(Instant.self) ?? .systemNow()
    }

    private func hasGivenUp(since mark: Instant) async throws -> Bool {
        try await client.query("SELECT EXISTS (SELECT FROM jobs.job_dead WHERE recorded_at >= \(mark))").first?.decode(Bool.self) ?? false
    }

    private func ended(since mark: Instant) async throws -> [ClockAdvance.JobCount] {
        try await client.query(
            """
            SELECT k.name, o.outcome, count(*) FROM (
                SELECT kind_id, CASE outcome WHEN 1 THEN 'completed' ELSE 'cancelled' END AS outcome
                FROM jobs.job_history WHERE recorded_at >= \(mark)
                UNION ALL
                SELECT kind_id, 'dead' FROM jobs.job_dead WHERE recorded_at >= \(mark)
            ) o JOIN jobs.kind k ON k.id = o.kind_id GROUP BY 1, 2 ORDER BY 1, 2
            """
        ).map { row in
            let (kind, outcome, count) = try row.decode((String, String, Int64).self)
            return ClockAdvance.JobCount(kind: kind, outcome: outcome, count: Int(count))
        }
    }
}
