import Core
import HTTPServer
import Observability
import RateLimitsRedis
import Synchronization
import Testing

@testable import RateLimits

/// One of two nodes with a shared store that may be lost: its clock stands still until it is moved.
struct LossStand {
    let buckets: GeneralBuckets
    let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
    private let metrics = Metrics()
    private let lines = Lines()
    private let switches = Switches()

    init(shared: any SharedWindows) {
        let lines = lines
        buckets = GeneralBuckets(
            shared: shared, nodes: 2, observer: switches,
            log: Log(label: "limits", sink: { lines.add(String(decoding: $0, as: UTF8.self)) }),
            metrics: metrics)
    }

    /// How many of several requests at once pass; the limit is one of an hour.
    func admitted(of count: Int, limit: Int, caller: UInt64) async -> Int {
        let now = clock.now
        return await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<count {
                group.addTask { @concurrent in
                    let key = BucketKey(number: 1, caller: Caller(.network, high: 4, low: caller))
                    return await buckets.take(Demand(key: key, rate: RateLimit(limit, per: .seconds(3_600)), policy: 0), at: now).isAdmitted
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    /// A second passes, then a request comes, and what it asked of the store is answered.
    func second() async {
        clock.advance(by: .seconds(1))
        let key = BucketKey(number: 2, caller: Caller(.network, high: 4, low: 0))
        _ = await buckets.take(Demand(key: key, rate: RateLimit(60_000), policy: 0), at: clock.now)
        while buckets.isChecking { await Task.yield() }
    }

    /// Lets seconds pass until all nodes count together again.
    ///
    /// - Returns: all switches, and how long it took.
    func untilBack() async throws -> (switches: [Bool], wait: Duration) {
        let start = clock.now
        while !buckets.isShared {
            try Task.checkCancellation()
            await second()
        }
        return (await tell(), clock.now - start)
    }

    /// The switches so far, as observers hear of them.
    func tell() async -> [Bool] {
        let count = lines.all.count
        while switches.all.count < count { await Task.yield() }
        return switches.all.map(\.isShared)
    }

    /// One entry and one figure for each of the two switches (SEC-006).
    func expectOneSwitchEachWay(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(lines.all.count == 2, sourceLocation: sourceLocation)
        #expect(lines.all.first?.contains("the shared counts of requests are lost") == true, sourceLocation: sourceLocation)
        #expect(lines.all.last?.contains("all nodes count requests together again") == true, sourceLocation: sourceLocation)
        let text = metrics.render()
        for line in [
            #"trellis_rate_limit_switches_total{to="process"} 1"#, #"trellis_rate_limit_switches_total{to="shared"} 1"#,
            "trellis_rate_limit_shared 1",
        ] { #expect(text.contains(line), "\(text)", sourceLocation: sourceLocation) }
        #expect(switches.all.first?.reason?.isEmpty == false, sourceLocation: sourceLocation)
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

private final class Switches: CountingObserver {
    private let switches = Mutex<[CountingSwitch]>([])
    var all: [CountingSwitch] { switches.withLock { $0.sorted { $0.at < $1.at } } }
    func switched(_ change: CountingSwitch) async { switches.withLock { $0.append(change) } }
}

/// Two ways to one server, of which one gives it little time.
final class Patience: SharedWindows {
    let isHasty = Atomic(false)
    private let patient: RedisWindows
    private let hasty: RedisWindows

    init(patient: RedisWindows, hasty: RedisWindows) {
        self.patient = patient
        self.hasty = hasty
    }

    private var present: RedisWindows { isHasty.load(ordering: .sequentiallyConsistent) ? hasty : patient }

    func take(_ demands: InlineArray<4, Demand?>, at now: Instant) async throws -> Taken { try await present.take(demands, at: now) }
    func giveBack(_ demands: InlineArray<4, Demand?>, at now: Instant) async throws { try await present.giveBack(demands, at: now) }
    func check(at now: Instant) async throws { try await present.check(at: now) }
}

/// A store that is well or not as the test says.
final class ScriptedWindows: SharedWindows {
    struct Unwell: Error {}

    private struct State {
        var isWell = true
        var holdsTakes = false
        var checks = 0
        var held: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    var isWell: Bool {
        get { state.withLock { $0.isWell } }
        set { state.withLock { $0.isWell = newValue } }
    }
    var holdsTakes: Bool {
        get { state.withLock { $0.holdsTakes } }
        set { state.withLock { $0.holdsTakes = newValue } }
    }
    var checks: Int { state.withLock { $0.checks } }

    func take(_ demands: InlineArray<4, Demand?>, at now: Instant) async throws -> Taken {
        if holdsTakes {
            await withCheckedContinuation { continuation in state.withLock { $0.held = continuation } }
            throw Unwell()
        }
        guard isWell else { throw Unwell() }
        return Taken(isAdmitted: true, limit: 9, remaining: 8, resetsAt: now)
    }

    func giveBack(_ demands: InlineArray<4, Demand?>, at now: Instant) async throws {
        guard isWell else { throw Unwell() }
    }

    func check(at now: Instant) async throws {
        let isWell = state.withLock { state in
            state.checks += 1
            return state.isWell
        }
        guard isWell else { throw Unwell() }
    }

    /// Returns when a take is held.
    func untilHeld() async {
        while state.withLock({ $0.held == nil }) { await Task.yield() }
    }

    func failHeld() {
        state.withLock { $0.held.take() }?.resume()
    }
}
