internal import EventLoops
internal import Synchronization

/// Wakes one loop of a worker; a signal that nobody waits for is kept for the next wait.
final class WakeSignal: Sendable {
    private enum State {
        case idle
        case signalled
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    func fire() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if case .waiting(let continuation) = state {
                state = .idle
                return continuation
            }
            state = .signalled
            return nil
        }
        waiting?.resume()
    }

    /// Returns with the next signal, after the duration, or when the task is cancelled.
    func wait(atMost duration: Duration, on loop: EventLoop) async {
        let timer = loop.schedule(after: duration) { [self] in fire() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isSignalled = state.withLock { state in
                    if case .signalled = state {
                        state = .idle
                        return true
                    }
                    state = .waiting(continuation)
                    return false
                }
                if isSignalled { continuation.resume() }
            }
        } onCancel: {
            fire()
        }
        timer.cancel()
    }
}
