internal import Core
internal import Observability
internal import Synchronization

/// How a worker is, for whoever asks whether it is ready (OPS-085, OPS-088).
public struct WorkerHealth: Sendable, Hashable {
    /// Why it cannot work; empty when it can.
    public let obstacles: [String]
    /// What somebody should look at although it works.
    public let warnings: [String]
    /// How far the machine's clock is ahead of the database's, or behind when negative.
    public let clockAhead: Duration

    /// Whether it can work.
    public var isReady: Bool { obstacles.isEmpty }
}

extension Worker {
    /// How far the machine's clock may differ before somebody is told.
    static let clockWarning: Duration = .seconds(2)
    /// How far it may differ before the node counts as not ready.
    static let clockLimit: Duration = .seconds(30)

    /// How this worker is at the moment: its sign of life, its clock, handlers that do not stop.
    public var health: WorkerHealth {
        let (worker, ahead, stuck) = state.withLock { ($0.worker, $0.clockAhead, $0.stuck.count) }
        let distance = ahead < .zero ? .zero - ahead : ahead
        var obstacles: [String] = []
        var warnings: [String] = []
        if worker == 0 { obstacles.append("the worker has no lease") }
        let differs = "the clock differs from the database's by \(distance.wholeMilliseconds) ms"
        if distance > Self.clockLimit { obstacles.append(differs) } else if distance > Self.clockWarning { warnings.append(differs) }
        if stuck > 0 { warnings.append("handlers that do not stop: \(stuck)") }
        return WorkerHealth(obstacles: obstacles, warnings: warnings, clockAhead: ahead)
    }

    /// Learns how the machine's clock stands beside the database's. Leases go by the database's alone, whatever comes out (OPS-088).
    ///
    /// - Parameters:
    ///   - sent: the machine's time before the question.
    ///   - database: the database's, somewhere between question and answer.
    func compareClocks(sent: Instant, database: Instant) {
        let received = configuration.machineTime()
        // The answer tells no more than that the database's time lay between the two: within them there is no difference to speak of.
        let ahead: Duration = database < sent ? sent - database : database > received ? received - database : .zero
        let before = state.withLock { state in
            defer { state.clockAhead = ahead }
            return state.clockAhead
        }
        meters.clock.set(Int(ahead.wholeMilliseconds))
        func isFar(_ duration: Duration) -> Bool { duration > Self.clockWarning || duration < .zero - Self.clockWarning }
        if isFar(ahead), !isFar(before) {
            log.warning("the clock differs from the database's", ["ahead_ms": .integer(ahead.wholeMilliseconds)])
        }
    }

    func measureQueue() async throws {
        let unknown = try await queueMeters.measure(with: engine, now: dateSource.now)
        for kind in unknown {
            log.error("no worker knows a kind of job that has been due for five minutes", ["kind": .string(kind)])
        }
    }
}
