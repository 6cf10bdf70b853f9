internal import Core
public import EventLoops
internal import Jobs
public import Observability
public import Postgres
internal import Synchronization

/// Tells workers that there is work, after the commit that made it: at most once in 50 ms for everything that came together meanwhile.
///
/// A message that is lost costs time, not work: workers look for themselves as well.
public final class JobNotifier: Sendable {
    private struct State {
        var lanes: Set<Lane> = []
        var hasEvents = false
        var isQuiet = false
        var workers: [Int: @Sendable (Set<Lane>, Bool) -> Void] = [:]
        var nextWorker = 0
        var metrics: Metrics?
    }

    static let channel = "trellis_jobs"
    private static let pause: Duration = .milliseconds(50)
    private let client: PostgresClient
    private let loops: EventLoopGroup
    private let state = Mutex(State())

    /// Makes a notifier that speaks through a client of its process.
    public init(client: PostgresClient, loops: EventLoopGroup) {
        self.client = client
        self.loops = loops
    }

    /// Counts what is enqueued through this notifier from now on, by lane and kind (OPS-143).
    public func count(in metrics: Metrics) {
        state.withLock { $0.metrics = metrics }
    }

    /// Tells of what a transaction enqueued. To be called once it has committed; returns at once.
    public func notify(_ wakeUps: JobWakeUps) {
        if let metrics = state.withLock({ $0.metrics }) {
            for (kind, count) in wakeUps.enqueued {
                metrics.counter(
                    "trellis_jobs_enqueued_total", help: "Jobs that this process enqueued.",
                    labels: [Label("lane", kind.lane.name), Label("kind", kind.name)]
                ).increment(by: count)
            }
        }
        notify(lanes: wakeUps.lanes, events: wakeUps.hasEvents)
    }

    func notify(lanes: Set<Lane>, events: Bool) {
        guard !lanes.isEmpty || events else { return }
        let (speaks, workers) = state.withLock { state in
            state.lanes.formUnion(lanes)
            state.hasEvents = state.hasEvents || events
            defer { state.isQuiet = true }
            return (!state.isQuiet, Array(state.workers.values))
        }
        for worker in workers { worker(lanes, events) }
        // The first is told at once, so that an idle worker starts within milliseconds; those that follow it come together.
        if speaks { speak() }
    }

    /// Makes a worker of this very process be told without the way through the database. Gives what takes that back.
    func tell(_ worker: @escaping @Sendable (Set<Lane>, Bool) -> Void) -> @Sendable () -> Void {
        let number = state.withLock { state in
            state.nextWorker += 1
            state.workers[state.nextWorker] = worker
            return state.nextWorker
        }
        return { [self] in state.withLock { _ = $0.workers.removeValue(forKey: number) } }
    }

    private func speak() {
        let words = state.withLock { state in
            defer {
                state.lanes = []
                state.hasEvents = false
            }
            return state.lanes.map { String($0.rawValue) }.sorted() + (state.hasEvents ? ["e"] : [])
        }
        loops.next().schedule(after: Self.pause) { [self] in
            let hasMore = state.withLock { state in
                state.isQuiet = !state.lanes.isEmpty || state.hasEvents
                return state.isQuiet
            }
            if hasMore { speak() }
        }
        guard !words.isEmpty else { return }
        let client = client
        // Not a child of the caller: whoever enqueued does not wait for the message, and it is sent even when the caller is cancelled.
        Task { try? await client.execute("SELECT pg_notify(\(Self.channel), \(words.joined(separator: ",")))") }
    }
}
