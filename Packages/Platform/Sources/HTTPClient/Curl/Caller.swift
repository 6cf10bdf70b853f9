internal import Synchronization

/// A waiting caller, who is answered exactly once, by whoever comes first.
final class Caller: Sendable {
    private enum State {
        case absent
        case waiting(CheckedContinuation<Void, any Error>)
        case answered(Result<Void, any Error>)
    }

    private let state = Mutex(State.absent)

    var isAnswered: Bool {
        state.withLock { if case .answered = $0 { true } else { false } }
    }

    func begin(_ continuation: CheckedContinuation<Void, any Error>) -> Bool {
        let early: Result<Void, any Error>? = state.withLock { state in
            if case .answered(let result) = state { return result }
            state = .waiting(continuation)
            return nil
        }
        guard let early else { return true }
        continuation.resume(with: early)
        return false
    }

    func answer(_ result: Result<Void, any Error>) {
        let continuation: CheckedContinuation<Void, any Error>? = state.withLock { state in
            defer { if case .answered = state {} else { state = .answered(result) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(with: result)
    }
}
