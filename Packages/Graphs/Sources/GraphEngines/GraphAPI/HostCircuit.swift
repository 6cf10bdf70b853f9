internal import Core
internal import Synchronization

/// Leaves a host alone that fails again and again: after five faults in a row nothing is asked for a while, then one call at a time until one is answered.
final class HostCircuit: Sendable {
    /// So many faults in a row open it.
    static let threshold = 5
    /// For how long nothing is asked.
    static let rest = Duration.seconds(30)

    private struct State {
        var faults = 0
        var openUntil: Instant?
        var isTrying = false
    }

    private let state = Mutex(State())

    /// Whether a call may be made now; one that may be made is followed by ``leave(isFault:at:)``.
    func enter(at now: Instant) -> Bool {
        state.withLock { state in
            guard let end = state.openUntil else { return true }
            guard now >= end, !state.isTrying else { return false }
            state.isTrying = true
            return true
        }
    }

    /// Notes what came of a call.
    ///
    /// - Parameter isFault: `nil` when the call was given up before the host could answer.
    func leave(isFault: Bool?, at now: Instant) {
        state.withLock { state in
            state.isTrying = false
            switch isFault {
            case nil: break
            case false?: state = State()
            case true?:
                state.faults += 1
                if state.faults >= Self.threshold { state.openUntil = now + Self.rest }
            }
        }
    }
}
