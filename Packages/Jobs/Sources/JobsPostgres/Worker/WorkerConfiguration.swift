public import Core
public import Jobs

/// How a worker behaves. All of it is configuration; the defaults are those of the requirements.
public struct WorkerConfiguration: Sendable {
    /// What the worker is called in its row.
    public var process = "worker"
    /// How many jobs of each lane run at once; a lane without slots is left to other workers.
    public var slots: [Lane: Int] = [.money: 8, .webhooks: 8, .lifecycle: 16, .mail: 8, .maintenance: 4]
    /// How much of the same runs at once; none by default.
    public var limits = JobLimits()
    /// The most jobs that one statement takes from a lane.
    public var batch = 500
    /// How often an idle worker looks for itself, give or take a quarter.
    public var idlePoll: Duration = .seconds(1)
    /// How often it looks while there is more than it has slots for.
    public var busyPoll: Duration = .milliseconds(100)
    /// Whether it listens for notifications; not possible behind a proxy that pools transactions.
    public var listens = true
    /// How long its right to its jobs lasts without a sign of life.
    public var lease: Duration = .seconds(20)
    /// How often it gives a sign of life.
    public var heartbeat: Duration = .seconds(5)
    /// How long it goes on without having given one; less than the lease, so that it stops before anybody can take over.
    public var selfFence: Duration = .seconds(15)
    /// How often the leader looks for workers that are gone.
    public var rescue: Duration = .seconds(5)
    /// How long its right to do what only one worker does lasts.
    public var leadership: Duration = .seconds(15)
    /// How long jobs under way may take to end after a shutdown was asked for.
    public var drain: Duration = .seconds(20)
    /// How long a handler that was told to stop may take before its slot is given to others.
    public var stuckAfter: Duration = .seconds(10)
    /// The machine's time, which is compared with the database's (OPS-088).
    public var machineTime: @Sendable () -> Instant = { .systemNow() }
    /// How many crashes make a job poison.
    public var crashesUntilPoison = 3
    /// How many days of history are kept.
    public var historyDays = 30
    /// How long jobs that were given up are kept, with their errors (OPS-065).
    public var lettersKept: Duration = .days(90)
    /// A factor from 0.5 to 1.5 for the delay of a retry.
    public var jitter: @Sendable () -> Double = { .random(in: 0.5...1.5) }
    /// Called at the places where a process may die, for tests; what it throws ends the worker as a kill would: nothing is given back.
    public var faults: (@Sendable (FaultPoint) async throws -> Void)?

    /// Called within each step of each saga, for runs in which workers are killed; `nil` everywhere else.
    public var sagaFaults: (@Sendable (SagaFault) async -> Void)?

    /// The usual behaviour.
    public init() {}

    /// Sets how long the jobs of a worker that died wait for another one, and with it everything that has to happen more often than that.
    ///
    /// - Parameter lease: 20 s by default; the shorter, the sooner a worker that is merely slow is taken for dead.
    public mutating func takeOver(after lease: Duration) {
        self.lease = lease
        heartbeat = lease / 4
        rescue = lease / 4
        selfFence = lease * 3 / 4
        leadership = lease * 3 / 4
    }
}

/// A place where a process may die.
public enum FaultPoint: String, Sendable, Hashable, CaseIterable {
    /// Before jobs are leased.
    case beforeClaim
    /// After jobs were leased, before one is begun.
    case afterClaim
    /// Before a handler is called.
    case beforeHandler
    /// After a handler has returned, before anybody knows.
    case afterHandler
    /// Before results are written.
    case beforeFlush
    /// After results were committed, before the worker knows.
    case afterFlush
}
