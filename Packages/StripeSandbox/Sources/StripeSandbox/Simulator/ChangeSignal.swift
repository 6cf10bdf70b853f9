internal import Synchronization

/// Wakes those who wait for something to have changed.
final class ChangeSignal: Sendable {
    private struct State {
        var generation: UInt64 = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// A number that grows with each change; to be taken before looking.
    var generation: UInt64 {
        state.withLock { $0.generation }
    }

    func notify() {
        let waiting = state.withLock { state in
            state.generation += 1
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits for a change after `generation`; returns at once when there was one.
    func wait(after generation: UInt64) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.generation == generation else { return true }
                state.waiting.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}
