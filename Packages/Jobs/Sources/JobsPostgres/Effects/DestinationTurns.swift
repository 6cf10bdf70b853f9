internal import Synchronization

/// Lets so many call a destination at once (OPS-060).
final class DestinationTurns: Sendable {
    private let limits: [String: Int]
    private let underWay = Mutex<[String: Int]>([:])

    init(limits: [String: Int]) {
        self.limits = limits
    }

    /// Takes a turn, which has to be ended; `false` where all are taken.
    func begin(_ destination: String) -> Bool {
        guard let limit = limits[destination] else { return true }
        return underWay.withLock { underWay in
            guard underWay[destination, default: 0] < limit else { return false }
            underWay[destination, default: 0] += 1
            return true
        }
    }

    func end(_ destination: String) {
        guard limits[destination] != nil else { return }
        underWay.withLock { $0[destination, default: 0] -= 1 }
    }
}
