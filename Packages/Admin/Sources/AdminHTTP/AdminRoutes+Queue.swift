internal import Admin
internal import Core
internal import HTTPServer

/// Lanes, schedules, jobs that were given up, and sagas (ADM-030 to ADM-032).
extension AdminRoutes {
    var queueRoutes: [OperatorRoute] { laneRoutes + scheduleRoutes + jobRoutes }

    private var laneRoutes: [OperatorRoute] {
        let parts: [(path: String, name: String, part: @Sendable (String) -> HeldPart)] = [
            ("lanes/{lane}", "lane", { .lane($0) }), ("job-kinds/{kind}", "kind", { .kind($0) }),
        ]
        var routes = [
            OperatorRoute(
                .get, "/v1/admin/lanes", operation: "list_lanes",
                .reading(.read) { _ in
                    let (lanes, kinds) = (try await desk.queue.lanes(), try await desk.queue.heldKinds())
                    let held: [JSONValue] = kinds.map { ["kind": .string($0.kind), "held_because": .string($0.reason)] }
                    return try .json(
                        ["lanes": .array(lanes.map { QueueBodies.lane($0, at: dateSource.now) }), "held_kinds": .array(held)] as JSONValue)
                })
        ]
        for item in parts {
            routes.append(
                OperatorRoute(
                    .post, "/v1/admin/\(item.path)/pause", operation: "pause_\(item.name)",
                    .commanding(.manageJobs) { call in
                        let part = item.part(try call.request.parameter(item.name))
                        try await refusingQueue { try await desk.queue.hold(part, because: call.reason, by: call.person.id) }
                        return Response(status: .noContent)
                    }))
            routes.append(
                OperatorRoute(
                    .post, "/v1/admin/\(item.path)/resume", operation: "resume_\(item.name)",
                    .commanding(.manageJobs) { call in
                        let part = item.part(try call.request.parameter(item.name))
                        try await refusingQueue { try await desk.queue.letGo(part, because: call.reason, by: call.person.id) }
                        return Response(status: .noContent)
                    }))
        }
        return routes
    }

    private var scheduleRoutes: [OperatorRoute] {
        func change(
            _ word: String, _ act: @escaping @Sendable (any OperatorQueue, String, OperatorCall) async throws -> Void
        ) -> OperatorRoute {
            OperatorRoute(
                .post, "/v1/admin/schedules/{schedule}/\(word)", operation: "\(word)_schedule",
                .commanding(.manageJobs) { call in
                    let name: String = try call.request.parameter("schedule")
                    try await refusingQueue { try await act(desk.queue, name, call) }
                    return Response(status: .noContent)
                })
        }
        return [
            OperatorRoute(
                .get, "/v1/admin/schedules", operation: "list_schedules",
                .reading(.read) { _ in
                    try .json(["schedules": .array(try await desk.queue.schedules().map(QueueBodies.schedule))] as JSONValue)
                }),
            change("run") { try await $0.run(schedule: $1, because: $2.reason, by: $2.person.id) },
            change("pause") { try await $0.hold(schedule: $1, because: $2.reason, by: $2.person.id) },
            change("resume") { try await $0.letGo(schedule: $1, because: $2.reason, by: $2.person.id) },
        ]
    }

    private var jobRoutes: [OperatorRoute] {
        func change(
            _ word: String, _ act: @escaping @Sendable (any OperatorQueue, Int64, OperatorCall) async throws -> Void
        ) -> OperatorRoute {
            OperatorRoute(
                .post, "/v1/admin/jobs/{job_id}/\(word)", operation: "\(word.split(separator: "-").joined(separator: "_"))_job",
                .commanding(.manageJobs) { call in
                    let job: Int64 = try call.request.parameter("job_id")
                    try await refusingQueue { try await act(desk.queue, job, call) }
                    return Response(status: .noContent)
                })
        }
        return [
            OperatorRoute(
                .get, "/v1/admin/dead-letters", operation: "list_dead_letters",
                .reading(.read) { _ in
                    try .json(["groups": .array(try await desk.queue.deadGroups().map(QueueBodies.group))] as JSONValue)
                }),
            OperatorRoute(
                .post, "/v1/admin/dead-letters/retry", operation: "retry_dead_letters",
                .consenting(.manageJobs, about: letters) { call in
                    let selection = try await permitted(call)
                    let jobs = try await refusingQueue {
                        try await desk.queue.retry(selection, because: call.reason, by: call.person.id)
                    }
                    return try .json(
                        [
                            "count": .integer(Int64(jobs.count)),
                            "jobs": .array(jobs.map { ["job_id": .string(String($0.old)), "retried_as": .string(String($0.new))] }),
                        ] as JSONValue)
                }),
            OperatorRoute(
                .post, "/v1/admin/dead-letters/discard", operation: "discard_dead_letters",
                .consenting(.manageJobs, about: letters) { call in
                    let selection = try await permitted(call)
                    let jobs = try await refusingQueue {
                        try await desk.queue.discard(selection, because: call.reason, by: call.person.id)
                    }
                    return try .json(
                        ["count": .integer(Int64(jobs.count)), "jobs": .array(jobs.map { ["job_id": .string(String($0))] })] as JSONValue)
                }),
            OperatorRoute(
                .post, "/v1/admin/jobs/{job_id}/retry", operation: "retry_job",
                .commanding(.manageJobs) { call in
                    let job: Int64 = try call.request.parameter("job_id")
                    let new = try await refusingQueue { try await desk.queue.retry(job, because: call.reason, by: call.person.id) }
                    return try .json(["job_id": .string(String(job)), "retried_as": .string(String(new))] as JSONValue, status: .accepted)
                }),
            change("discard") { try await $0.discard($1, because: $2.reason, by: $2.person.id) },
            change("cancel") { try await $0.cancel($1, because: $2.reason, by: $2.person.id) },
            many("cancel", later: false) { try await $0.cancel($1, because: $2.reason, by: $2.person.id) },
            many("run-now", later: true) { try await $0.runNow($1, because: $2.reason, by: $2.person.id) },
            change("stop") { try await $0.stop($1, because: $2.reason, by: $2.person.id) },
            change("run-now") { try await $0.runNow($1, because: $2.reason, by: $2.person.id) },
            OperatorRoute(
                .post, "/v1/admin/sagas/{saga_id}/retry-step", operation: "retry_saga_step",
                .commanding(.manageJobs) { call in
                    let saga: String = try call.request.parameter("saga_id")
                    try await refusingQueue { try await desk.queue.retrySaga(saga, because: call.reason, by: call.person.id) }
                    return Response(status: .noContent)
                }),
        ]
    }

    /// A command about many jobs that wait.
    ///
    /// - Parameter later: whether it is about those alone that wait for their time.
    private func many(
        _ word: String, later: Bool,
        _ act: @escaping @Sendable (any OperatorQueue, WaitingSelection, OperatorCall) async throws -> [Int64]
    ) -> OperatorRoute {
        OperatorRoute(
            .post, "/v1/admin/jobs/\(word)", operation: later ? "run_jobs_now" : "cancel_jobs",
            .consenting(
                .manageJobs,
                about: { call in
                    let selection = try call.request.decode(WaitingWish.self).selection()
                    let jobs = try await refusingQueue { try await desk.queue.waiting(selection, later: later) }
                    return .array(jobs.map { .integer($0) })
                }
            ) { call in
                var selection = try call.request.decode(WaitingWish.self).selection()
                let wish = selection
                let count = try await refusingQueue { try await desk.queue.waiting(wish, later: later) }.count
                if count > 25 { try call.requireConsent("More than 25 jobs at once take two.") }
                selection.limit = count
                let meant = selection
                let jobs = try await refusingQueue { try await act(desk.queue, meant, call) }
                return try .json(
                    ["count": .integer(Int64(jobs.count)), "jobs": .array(jobs.map { ["job_id": .string(String($0))] })] as JSONValue)
            })
    }

    /// The jobs that a selection means.
    private func letters(_ call: OperatorCall) async throws -> JSONValue {
        let selection = try call.request.decode(RetryWish.self).selection()
        return .array(try await refusingQueue { try await desk.queue.letters(of: selection) }.map { .integer($0) })
    }

    /// What a call may reach: more than 25 things at once take two (ADM-016), and never more than were counted, whatever is given up meanwhile.
    private func permitted(_ call: OperatorCall) async throws -> DeadSelection {
        var selection = try call.request.decode(RetryWish.self).selection()
        let wish = selection
        let count = try await refusingQueue { try await desk.queue.letters(of: wish) }.count
        if count > 25 { try call.requireConsent("More than 25 jobs at once take two.") }
        selection.limit = count
        return selection
    }

    func refusingQueue<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let refusal as QueueRefusal {
            switch refusal {
            case .notFound: throw Problem.notFound
            case .state(let word): throw QueueBodies.state(word)
            }
        }
    }
}

private struct RetryWish: Decodable {
    let kind: String?
    let lane: String?
    let reasonContains: String?
    let limit: Int?
    let perMinute: Int?

    enum CodingKeys: String, CodingKey {
        case kind, lane, limit
        case reasonContains = "reason_contains"
        case perMinute = "per_minute"
    }

    func selection() throws -> DeadSelection {
        guard kind != nil || lane != nil || reasonContains != nil else {
            throw Problem.invalidField("kind", message: "or lane or reason_contains must say which")
        }
        let (limit, perMinute) = try QueueBodies.pace(limit, perMinute: perMinute)
        return DeadSelection(kind: kind, lane: lane, reason: reasonContains, limit: limit, perMinute: perMinute)
    }
}

private struct WaitingWish: Decodable {
    let kind: String?
    let lane: String?
    let org: String?
    let enqueuedBefore: Instant?
    let limit: Int?
    let perMinute: Int?

    enum CodingKeys: String, CodingKey {
        case kind, lane, limit
        case org = "org_id"
        case enqueuedBefore = "enqueued_before"
        case perMinute = "per_minute"
    }

    func selection() throws -> WaitingSelection {
        guard kind != nil || lane != nil || org != nil else {
            throw Problem.invalidField("kind", message: "or lane or org_id must say which")
        }
        let (limit, perMinute) = try QueueBodies.pace(limit, perMinute: perMinute)
        return WaitingSelection(
            kind: kind, lane: lane, org: org, enqueuedBefore: enqueuedBefore, limit: limit, perMinute: perMinute)
    }
}

enum QueueBodies {
    /// How many a command is about, and how many of them a minute.
    static func pace(_ limit: Int?, perMinute: Int?) throws -> (limit: Int, perMinute: Int) {
        let pace = (limit: limit ?? 100, perMinute: perMinute ?? 60)
        guard (1...1_000).contains(pace.limit) else { throw Problem.invalidField("limit", message: "must be from 1 to 1000") }
        guard (1...600).contains(pace.perMinute) else { throw Problem.invalidField("per_minute", message: "must be from 1 to 600") }
        return pace
    }

    static func state(_ word: String) -> Problem {
        Problem(status: .conflict, code: "WRONG_STATE", detail: "It is \(word), and that cannot be done then.")
    }

    static func lane(_ lane: LaneFigures, at now: Instant) -> JSONValue {
        [
            "lane": .string(lane.name), "due": .integer(Int64(lane.due)), "later": .integer(Int64(lane.later)),
            "running": .integer(Int64(lane.running)), "dead": .integer(Int64(lane.dead)),
            "oldest_due_at": lane.oldestDue.map { .string($0.description) } ?? .null,
            "oldest_due_seconds": lane.oldestDue.map { .integer((now - $0).components.seconds) } ?? .null,
            "delay_ms_median": lane.delays.median.map { .integer($0) } ?? .null,
            "delay_ms_p95": lane.delays.high.map { .integer($0) } ?? .null,
            "held_because": lane.heldBecause.map { .string($0) } ?? .null, "more_than_counted": .bool(lane.isMore),
        ]
    }

    static func schedule(_ schedule: ScheduleFigures) -> JSONValue {
        [
            "name": .string(schedule.name), "expression": .string(schedule.expression),
            "last_run_at": .string(schedule.lastTick.description),
            "next_run_at": schedule.nextTick.map { .string($0.description) } ?? .null, "paused": .bool(schedule.heldBecause != nil),
            "paused_because": schedule.heldBecause.map { .string($0) } ?? .null, "run_requested": .bool(schedule.isRunRequested),
            "overdue": .bool(schedule.isOverdue),
        ]
    }

    static func group(_ group: DeadGroup) -> JSONValue {
        [
            "kind": .string(group.kind), "lane": .string(group.lane), "reason": .string(group.reason),
            "count": .integer(Int64(group.count)),
            "first_at": .string(group.first.description), "last_at": .string(group.last.description),
        ]
    }
}
