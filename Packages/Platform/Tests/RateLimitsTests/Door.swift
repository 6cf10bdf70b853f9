import Synchronization

/// A door that handlers wait behind until it is opened for all of them.
final class Door: Sendable {
    private struct State {
        var isOpen = false
        var behind: [CheckedContinuation<Void, Never>] = []
        var watcher: (count: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    /// Waits until the door is open.
    func pass() async {
        await withCheckedContinuation { continuation in
            let ready: [CheckedContinuation<Void, Never>] = state.withLock { state in
                if state.isOpen { return [continuation] }
                state.behind.append(continuation)
                guard let watcher = state.watcher, state.behind.count >= watcher.count else { return [] }
                state.watcher = nil
                return [watcher.continuation]
            }
            for continuation in ready { continuation.resume() }
        }
    }

    /// Waits until so many stand behind it.
    func waiting(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.behind.count >= count { return true }
                state.watcher = (count, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func open() {
        let behind = state.withLock { state in
            state.isOpen = true
            defer { state.behind = [] }
            return state.behind
        }
        for continuation in behind { continuation.resume() }
    }
}
