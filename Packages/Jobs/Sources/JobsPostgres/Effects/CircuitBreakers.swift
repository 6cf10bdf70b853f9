internal import Synchronization

/// Stops calling destinations that cannot be reached: after 10 failures in a row nobody calls for 30 s, then one probes (OPS-062).
final class CircuitBreakers: Sendable {
    private struct Circuit {
        var failures = 0
        var opensAgain: ContinuousClock.Instant?
    }

    private static let limit = 10
    private static let pause: Duration = .seconds(30)
    private let circuits = Mutex<[String: Circuit]>([:])

    /// How long a destination is not called; `nil` when it may be. The one who is let through after a pause is the probe: others wait on.
    func wait(for destination: String, now: ContinuousClock.Instant = .now) -> Duration? {
        circuits.withLock { circuits in
            guard let opensAgain = circuits[destination]?.opensAgain else { return nil }
            let left = now.duration(to: opensAgain)
            if left > .zero { return left }
            circuits[destination]?.opensAgain = now + Self.pause
            return nil
        }
    }

    func failed(_ destination: String, now: ContinuousClock.Instant = .now) {
        circuits.withLock { circuits in
            circuits[destination, default: Circuit()].failures += 1
            guard circuits[destination, default: Circuit()].failures >= Self.limit else { return }
            circuits[destination]?.opensAgain = now + Self.pause
        }
    }

    func succeeded(_ destination: String) {
        circuits.withLock { $0[destination] = nil }
    }
}
