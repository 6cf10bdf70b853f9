public import Core
public import Observability
internal import Synchronization

/// Counts the requests of general categories: together with the other nodes where a shared store is given, otherwise in this process.
///
/// Demands carry the full figures. In this process each of several nodes grants its part of them, rounded up; in the shared store all grant them together
/// (SEC-005). As soon as the store is lost, slow or answers what it cannot mean, this process goes on counting with its part: never without limit, never
/// closed. It goes back when the store has answered every question of ten seconds, so that a store that comes and goes is left alone (SEC-006).
public final class GeneralBuckets: Sendable {
    /// How long the store must have been well before it counts again.
    static let hysteresis = Duration.seconds(10)
    /// How long it is left alone between two questions meanwhile.
    static let pause = Duration.seconds(1)
    /// The highest figure stands for none, and is nothing to be shared out.
    private static let unlimited = RateLimit(.max).limit

    private struct State {
        var isShared = true
        /// Counts the switches: what was asked before one says nothing about the time after it.
        var epoch = 0
        var isChecking = false
        var checkedAt: Instant?
        var wellSince: Instant?
    }

    private enum Way {
        case shared(epoch: Int)
        case inProcess(mustCheck: Bool)
    }

    /// The counts of this process; also for what is counted for it alone.
    let windows: SlidingWindows
    private let shared: (any SharedWindows)?
    private let nodes: Int
    private let observer: (any CountingObserver)?
    private let log: Log
    private let metrics: Metrics?
    private let state = Mutex(State())

    /// Makes the counts; the shared store counts at first.
    ///
    /// - Parameters:
    ///   - shared: the store of all nodes; `nil` where each counts for itself.
    ///   - nodes: how many nodes there are.
    ///   - capacity: the most counts in this process at a time.
    ///   - observer: is told of each switch, beside log and metrics.
    public init(
        shared: (any SharedWindows)?, nodes: Int, capacity: Int = 200_000, observer: (any CountingObserver)? = nil, log: Log = .silent,
        metrics: Metrics? = nil
    ) {
        self.shared = shared
        self.nodes = max(1, nodes)
        self.observer = observer
        self.log = log
        self.metrics = metrics
        windows = SlidingWindows(capacity: capacity)
        if shared != nil { gauge?.set(1) }
    }

    /// Takes a place in each bucket, or in none. Without a shared store nothing is waited for.
    ///
    /// - Parameter demands: at most one for each bucket, with the full figures.
    public func take(_ demands: InlineArray<4, Demand?>, at now: Instant) async -> Taken {
        guard let shared else { return takeInProcess(demands, at: now) }
        switch way(at: now) {
        case .shared(let epoch):
            do {
                return try await shared.take(demands, at: now)
            } catch {
                lose(epoch, error, at: now)
                return takeInProcess(demands, at: now)
            }
        case .inProcess(let mustCheck):
            if mustCheck { check(shared, at: now) }
            return takeInProcess(demands, at: now)
        }
    }

    /// Takes a place in one bucket.
    public func take(_ demand: Demand, at now: Instant) async -> Taken {
        await take([demand, nil, nil, nil], at: now)
    }

    /// Gives back the latest place that was taken in each bucket, where requests are counted at present. After a switch that may be another request's
    /// place of the same bucket, which ends within the window anyway.
    public func giveBack(_ demands: InlineArray<4, Demand?>, at now: Instant) async {
        if let shared, case .shared(let epoch) = way(at: now) {
            do {
                return try await shared.giveBack(demands, at: now)
            } catch {
                // The place ends by itself, and those of this process were never taken.
                return lose(epoch, error, at: now)
            }
        }
        for position in demands.indices {
            if let demand = part(of: demands[position]) { windows.giveBack(demand, at: now) }
        }
    }

    /// Gives back the latest place that was taken in one bucket.
    public func giveBack(_ demand: Demand, at now: Instant) async {
        await giveBack([demand, nil, nil, nil], at: now)
    }

    /// Whether all nodes count together at present.
    public var isShared: Bool { shared != nil && state.withLock { $0.isShared } }

    /// Whether the store is being asked at this moment.
    var isChecking: Bool { state.withLock { $0.isChecking } }

    // MARK: In this process

    private func takeInProcess(_ demands: InlineArray<4, Demand?>, at now: Instant) -> Taken {
        guard nodes > 1 else { return windows.take(demands, at: now) }
        return windows.take([part(of: demands[0]), part(of: demands[1]), part(of: demands[2]), part(of: demands[3])], at: now)
    }

    private func part(of demand: Demand?) -> Demand? {
        guard let demand, nodes > 1, demand.rate.limit < Self.unlimited else { return demand }
        return Demand(key: demand.key, rate: demand.rate.divided(by: nodes), policy: demand.policy)
    }

    // MARK: Switching

    private func way(at now: Instant) -> Way {
        state.withLock { state in
            if state.isShared { return .shared(epoch: state.epoch) }
            // A clock that went back must not end the asking.
            let isDue = state.checkedAt.map { now < $0 || now >= $0 + Self.pause } ?? true
            guard isDue, !state.isChecking else { return .inProcess(mustCheck: false) }
            state.isChecking = true
            state.checkedAt = now
            return .inProcess(mustCheck: true)
        }
    }

    /// Of all who find the store lost at the same time, one tells.
    private func lose(_ epoch: Int, _ error: any Error, at now: Instant) {
        let isFirst = state.withLock { state -> Bool in
            guard state.isShared, state.epoch == epoch else { return false }
            state = State(isShared: false, epoch: epoch + 1, isChecking: state.isChecking, checkedAt: now)
            return true
        }
        if isFirst { tell(CountingSwitch(isShared: false, at: now, reason: String("\(error)".prefix(300)))) }
    }

    /// Asks the store, without any request waiting for it.
    private func check(_ shared: any SharedWindows, at now: Instant) {
        // Not a child of anything: the request that came by ends before the answer is there, or is cancelled.
        Task {
            let isWell: Bool
            do {
                try await shared.check(at: now)
                isWell = true
            } catch {
                isWell = false
            }
            noteCheck(isWell, at: now)
        }
    }

    private func noteCheck(_ isWell: Bool, at now: Instant) {
        let isBack = state.withLock { state -> Bool in
            guard isWell, !state.isShared else {
                state.wellSince = nil
                return false
            }
            let since = state.wellSince.map { min($0, now) } ?? now
            state.wellSince = since
            guard now - since >= Self.hysteresis else { return false }
            state = State(isShared: true, epoch: state.epoch + 1, isChecking: true)
            return true
        }
        if isBack { tell(CountingSwitch(isShared: true, at: now, reason: nil)) }
        // Only when all is told: until then nobody asks again.
        state.withLock { $0.isChecking = false }
    }

    private func tell(_ change: CountingSwitch) {
        gauge?.set(change.isShared ? 1 : 0)
        metrics?.counter(
            "trellis_rate_limit_switches_total", help: "How often requests began to be counted elsewhere.",
            labels: [Label("to", change.isShared ? "shared" : "process")]
        ).increment()
        if change.isShared {
            log.info("all nodes count requests together again")
        } else {
            log.warning(
                "the shared counts of requests are lost: this process counts for itself, with its part of each figure",
                ["nodes": .integer(Int64(nodes)), "reason": .string(change.reason ?? "")])
        }
        guard let observer else { return }
        // Not a child of anything: no request waits for what is written about it, and none takes it along when it is cancelled.
        Task { await observer.switched(change) }
    }

    private var gauge: Gauge? {
        metrics?.gauge(
            "trellis_rate_limit_shared", help: "1 while all nodes count requests together, 0 while this process counts for itself.")
    }
}
