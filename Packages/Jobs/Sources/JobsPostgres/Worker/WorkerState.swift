internal import Core
internal import Jobs

/// One right to one job: the same job may be leased again before the slot of its last attempt is free.
struct LeaseKey: Hashable, Sendable {
    let id: Int64
    let token: Int32

    init(_ job: ClaimedJob) {
        id = job.id
        token = job.token
    }
}

/// A job under way.
struct RunningJob: Sendable {
    let job: ClaimedJob
    let worker: Int32
    let startedAt: ContinuousClock.Instant
    /// How long after its start it is told to stop.
    var timeout: Duration
    var task: Task<Void, Never>?
    var interruption: Interruption?
    var interruptedAt: ContinuousClock.Instant?
}

/// The slots of one lane, or of a kind that has slots of its own beside it.
struct LaneSlots: Sendable {
    let lane: Lane
    let count: Int
    /// The kind whose slots these are; `nil` for everything else in the lane.
    var part: SlotPart?
    var taken = 0
    var order = LaneOrder()
    var orderBegan: ContinuousClock.Instant = .now
    /// Whether the last claim got all it asked for, so that there is probably more.
    var hasMore = false
    var claims = 0

    var free: Int { max(0, count - taken) }

    /// While there is more, slots are filled a quarter at a time: a statement for one job costs as much as one for many.
    var isWorthClaiming: Bool { free > 0 && (!hasMore || taken == 0 || free >= max(1, count / 4)) }

    mutating func restart() {
        order = LaneOrder()
        orderBegan = .now
    }
}

/// Everything that the loops of a worker share.
struct WorkerState: Sendable {
    var worker: Int32 = 0
    var isStopping = false
    var lanes: [LaneSlots]
    var running: [LeaseKey: RunningJob] = [:]
    var results: [FinishedJob] = []
    /// How much of the same may run at once.
    var limits = RunningLimits(JobLimits(), numbers: [:])
    /// Handlers that did not end when they were told to, and still have not.
    var stuck: Set<LeaseKey> = []
    /// The term of leadership that this worker holds.
    var term: Int64?
    /// How far the machine's clock is ahead of the database's.
    var clockAhead: Duration = .zero

    init(slots: [Lane: Int]) {
        lanes = slots.filter { $0.value > 0 }.sorted { $0.key.rawValue < $1.key.rawValue }.map { LaneSlots(lane: $0.key, count: $0.value) }
    }

    /// Adds the slots that kinds have for themselves, in the lanes that this worker serves; what is there stays where it is.
    mutating func addParts(_ parts: [SlotPart]) {
        for part in parts where lanes.contains(where: { $0.lane == part.lane && $0.part == nil }) {
            guard !lanes.contains(where: { $0.part == part }) else { continue }
            lanes.append(LaneSlots(lane: part.lane, count: part.slots.count, part: part))
        }
    }

    /// The slots that a job takes.
    private func place(of job: ClaimedJob) -> Int? {
        lanes.firstIndex { $0.part?.kinds.contains(job.kind) == true } ?? lanes.firstIndex { $0.lane == job.lane && $0.part == nil }
    }

    /// What to claim now: in the order of the lanes, money first.
    mutating func claims(batch: Int, kinds: [Int16], now: Instant) -> [Claim] {
        guard !isStopping, worker != 0 else { return [] }
        var claims: [Claim] = []
        let reached = limits.isEmpty ? ([], []) : limits.reached(by: running.values.lazy.map(\.job))
        let apart = lanes.reduce(into: Set<Int16>()) { $0.formUnion($1.part?.kinds ?? []) }
        for index in lanes.indices where lanes[index].isWorthClaiming {
            // What was enqueued with an earlier instant, or given back, lies behind the place reached: begin anew every 3 s.
            if lanes[index].orderBegan.duration(to: .now) > .seconds(3) { lanes[index].restart() }
            lanes[index].claims += 1
            let part = lanes[index].part
            let room = part?.room(beside: running.values.lazy.map(\.job))
            let mine =
                part.map { part in kinds.filter(part.kinds.contains) } ?? (apart.isEmpty ? kinds : kinds.filter { !apart.contains($0) })
            claims.append(
                Claim(
                    lane: lanes[index].lane, limit: min(lanes[index].free, batch, room?.limit ?? batch), worker: worker,
                    kinds: reached.0.isEmpty ? mine : mine.filter { !reached.0.contains($0) },
                    orgsLeftOut: reached.1 + (room?.orgs ?? []), leftOut: room?.members, index: index,
                    order: lanes[index].order, burstsFirst: lanes[index].claims % 4 == 0, now: now))
        }
        return claims
    }

    /// - Returns: which of the jobs are over a limit, and go back at once.
    mutating func took(_ jobs: [ClaimedJob], by claim: Claim) -> Set<Int64> {
        let index = claim.index
        guard lanes.indices.contains(index) else { return [] }
        let surplus = limits.isEmpty ? [] : limits.surplus(of: jobs, beside: running.values.lazy.map(\.job))
        var jobs = jobs
        if let part = lanes[index].part {
            for place in jobs.indices { jobs[place].share = jobs[place].text(of: part.slots.member) }
        }
        lanes[index].taken += jobs.count
        lanes[index].hasMore = jobs.count == claim.limit
        if lanes[index].hasMore { lanes[index].order.advance(past: jobs) } else { lanes[index].restart() }
        for job in jobs { running[LeaseKey(job)] = RunningJob(job: job, worker: claim.worker, startedAt: .now, timeout: job.timeout) }
        return surplus
    }

    /// Whether another claim is worth its while without being woken.
    var hasMoreToClaim: Bool { !isStopping && lanes.contains { $0.hasMore && $0.isWorthClaiming } }
    var isBusy: Bool { lanes.contains { $0.hasMore } }

    mutating func release(_ job: ClaimedJob) {
        guard running.removeValue(forKey: LeaseKey(job)) != nil, let index = place(of: job) else { return }
        lanes[index].taken -= 1
        // The one behind it in its series is free now, and lies behind the place reached; so does what was left out because of it.
        if job.isSerial || limits.concern(job) || lanes[index].part != nil { lanes[index].restart() }
    }

    mutating func restartOrders() {
        for index in lanes.indices { lanes[index].restart() }
    }
}
