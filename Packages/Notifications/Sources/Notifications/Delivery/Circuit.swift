public import Core
internal import Synchronization

/// Stops asking somebody who does not answer: open after some failures in a row, and after a while one is let through to see (NOT-042).
public final class Circuit: Sendable {
    /// Whether it lets anything through.
    public enum State: String, Sendable, Hashable {
        /// Everything goes through.
        case closed
        /// Nothing does.
        case open
        /// One goes through, to see.
        case halfOpen = "half_open"
    }

    private struct Record {
        var failures = 0
        var openUntil: Instant?
        var isProbing = false
    }

    private let failures: Int
    private let pause: Duration
    private let record = Mutex(Record())

    /// Makes a closed circuit.
    ///
    /// - Parameter failures: how many in a row open it.
    /// - Parameter pause: how long it stays open.
    public init(failures: Int = 5, pause: Duration = .seconds(60)) {
        self.failures = failures
        self.pause = pause
    }

    /// Where it stands at an instant.
    public func state(at now: Instant) -> State {
        record.withLock { record in
            guard let until = record.openUntil else { return .closed }
            return now < until || record.isProbing ? .open : .halfOpen
        }
    }

    /// Asks to go through; whoever may must say how it went.
    public func admits(at now: Instant) -> Bool {
        record.withLock { record in
            guard let until = record.openUntil else { return true }
            guard now >= until, !record.isProbing else { return false }
            record.isProbing = true
            return true
        }
    }

    /// It went well: the circuit closes.
    public func succeeded() {
        record.withLock { $0 = Record() }
    }

    /// Nobody was there.
    public func failed(at now: Instant) {
        record.withLock { record in
            record.failures += 1
            record.isProbing = false
            if record.failures >= failures { record.openUntil = now + pause }
        }
    }
}
