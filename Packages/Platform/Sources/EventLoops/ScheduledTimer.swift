internal import CEventLoop
internal import Core
internal import Synchronization

/// Something that a loop does once, later, unless it is taken back.
public struct ScheduledTimer: Sendable {
    let entry: TimerEntry

    /// Takes it back; from the loop's thread this is certain, from another thread it may come too late. Twice changes nothing.
    public func cancel() {
        entry.cancel()
    }
}

final class TimerEntry: Sendable {
    /// In a structure of its own: a closure that lies in a generic place by itself is wrapped once more at every look at it, and the loop looks at its
    /// first timer at every turn.
    private struct Work: Sendable {
        let run: @Sendable () -> Void
    }

    private let work: Mutex<Work?>

    init(_ work: @escaping @Sendable () -> Void) {
        self.work = Mutex(Work(run: work))
    }

    var isCancelled: Bool { work.withLock { $0 == nil } }

    func cancel() {
        // The closure is released outside of the lock: what it holds may itself cancel timers.
        let taken = work.withLock { work in
            defer { work = nil }
            return work
        }
        _ = taken
    }

    func fire() {
        let taken = work.withLock { work in
            defer { work = nil }
            return work
        }
        taken?.run()
    }
}

extension EventLoop {
    /// Runs a closure on the loop's thread after a duration, to the millisecond, never earlier.
    @discardableResult
    public func schedule(after duration: Duration, _ work: @escaping @Sendable () -> Void) -> ScheduledTimer {
        let entry = TimerEntry(work)
        let deadline = trellis_monotonic_nanoseconds() + max(0, duration.wholeMicroseconds) * 1_000
        if isCurrent {
            core.schedule(at: deadline, entry)
        } else {
            execute { [self] in core.schedule(at: deadline, entry) }
        }
        return ScheduledTimer(entry: entry)
    }

    /// Waits without occupying the thread.
    ///
    /// - Throws: `CancellationError` as soon as the waiting task is cancelled.
    public func sleep(for duration: Duration) async throws {
        let sleeper = Sleeper()
        let timer = schedule(after: duration) { sleeper.wake(true) }
        let isDone = await withTaskCancellationHandler {
            await withCheckedContinuation { sleeper.wait($0) }
        } onCancel: {
            timer.cancel()
            sleeper.wake(false)
        }
        if !isDone { throw CancellationError() }
    }
}

private final class Sleeper: Sendable {
    private enum State {
        case fresh
        case waiting(CheckedContinuation<Bool, Never>)
        case done(Bool)
    }

    private let state = Mutex(State.fresh)

    func wait(_ continuation: CheckedContinuation<Bool, Never>) {
        let result = state.withLock { state -> Bool? in
            if case .done(let result) = state { return result }
            state = .waiting(continuation)
            return nil
        }
        if let result { continuation.resume(returning: result) }
    }

    func wake(_ result: Bool) {
        let continuation = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            switch state {
            case .done: return nil
            case .fresh:
                state = .done(result)
                return nil
            case .waiting(let continuation):
                state = .done(result)
                return continuation
            }
        }
        continuation?.resume(returning: result)
    }
}
