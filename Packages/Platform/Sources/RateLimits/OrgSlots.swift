internal import HTTPServer
internal import Synchronization

/// How many requests of each org are being answered at this moment: none has more than a quarter of what the process takes, so that one that waits for much leaves
/// room for all others (SEC-012).
final class OrgSlots: Sendable {
    /// The most of one org.
    let share: Int
    private let taken = Mutex<[Caller: Int]>([:])

    init(of slots: Int) {
        share = max(1, slots / 4)
    }

    func enter(_ org: Caller) -> Bool {
        taken.withLock { taken in
            let count = taken[org, default: 0]
            guard count < share else { return false }
            taken[org] = count + 1
            return true
        }
    }

    func leave(_ org: Caller) {
        taken.withLock { taken in
            guard let count = taken[org] else { return }
            taken[org] = count > 1 ? count - 1 : nil
        }
    }
}
