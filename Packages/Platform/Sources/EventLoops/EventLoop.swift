internal import CEventLoop
internal import Glibc
internal import Synchronization

/// One thread with one epoll set, timers and an inbox, on which tasks run.
///
/// A task that prefers this executor runs on the loop's thread from suspension to suspension. What is enqueued from the loop's own thread is an append to
/// an array; from elsewhere it goes through a mutex and at most one wake-up. Work here must not block: see ``offload(_:)``.
public final class EventLoop: TaskExecutor, SerialExecutor, @unchecked Sendable {
    // @unchecked because `core` is touched by the loop's own thread only; everything shared is in `inbox`.
    enum Work {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    struct Inbox {
        var work: [Work] = []
        var isAsleep = false
        var isStopping = false
        var isOver = false
    }

    let inbox = Mutex(Inbox())
    let core: LoopCore

    /// The name of the loop, for logs and debuggers.
    public let name: String

    init(name: String) throws(EventLoopError) {
        self.name = name
        core = try LoopCore()
    }

    /// The loop on whose thread this code runs, or `nil` on any other thread.
    public static var current: EventLoop? {
        guard let pointer = unsafe trellis_current_loop() else { return nil }
        return unsafe Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Whether this code runs on the loop's thread.
    public var isCurrent: Bool {
        unsafe trellis_current_loop() == Unmanaged.passUnretained(self).toOpaque()
    }

    /// Runs a closure on the loop's thread, soon; closures of one caller run in the order they were handed in.
    ///
    /// A loop that has ended drops it, and with it what it holds.
    public func execute(_ work: @escaping @Sendable () -> Void) {
        submit(.closure(work))
    }

    /// Runs a task's next part on the loop's thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        submit(.job(UnownedJob(job)))
    }

    /// The loop as the executor of an actor.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// Traps when called off the loop's thread.
    public func checkIsolated() {
        precondition(isCurrent, "not on the event loop \(name)")
    }

    private func submit(_ work: Work) {
        if isCurrent {
            core.queue.append(work)
            return
        }
        let mustWake = inbox.withLock { inbox -> Bool in
            if inbox.isOver, case .closure = work { return false }
            inbox.work.append(work)
            guard inbox.isAsleep else { return false }
            inbox.isAsleep = false
            return true
        }
        if mustWake { core.wake() }
    }

    /// Asks the loop to end once what was handed in has run. Timers and watchers that are left never fire; what they hold is given back.
    func stop() {
        inbox.withLock { inbox in
            inbox.isStopping = true
            inbox.isAsleep = false
        }
        core.wake()
    }

    /// The body of the loop's thread: returns when the loop was stopped.
    func run() {
        unsafe trellis_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
        defer { trellis_set_current_loop(nil) }
        while true {
            let isStopping = collect()
            runQueue()
            core.fireTimers()
            if isStopping && core.queue.isEmpty && end() { return }
            guard core.queue.isEmpty else {
                core.poll(milliseconds: 0)
                continue
            }
            let timeout = core.millisecondsToNextTimer()
            let maySleep = inbox.withLock { inbox -> Bool in
                guard inbox.work.isEmpty, !inbox.isStopping else { return false }
                inbox.isAsleep = true
                return true
            }
            core.poll(milliseconds: maySleep ? timeout : 0)
            if maySleep { inbox.withLock { $0.isAsleep = false } }
        }
    }

    /// Ends the loop unless something was handed in meanwhile. What waits on it usually holds the loop in turn, and both would stay for ever.
    private func end() -> Bool {
        let isOver = inbox.withLock { inbox in
            inbox.isOver = inbox.work.isEmpty
            return inbox.isOver
        }
        guard isOver else { return false }
        core.forgetAll()
        while !core.queue.isEmpty { runQueue() }
        return true
    }

    private func collect() -> Bool {
        inbox.withLock { inbox in
            if !inbox.work.isEmpty {
                core.queue.append(contentsOf: inbox.work)
                inbox.work.removeAll(keepingCapacity: true)
            }
            return inbox.isStopping
        }
    }

    /// Runs what is queued, and what that queues, up to a bound, so that sockets and timers are not starved.
    private func runQueue() {
        var rounds = 0
        while !core.queue.isEmpty, rounds < 16 {
            rounds += 1
            var batch = core.spare
            core.spare = []
            swap(&batch, &core.queue)
            for work in batch {
                switch work {
                case .job(let job):
                    unsafe job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
                case .closure(let closure): closure()
                }
            }
            batch.removeAll(keepingCapacity: true)
            core.spare = batch
        }
    }
}

/// The system refused a loop what it needs.
public struct EventLoopError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system call that failed.
    public let call: String
    /// The error number of the system.
    public let code: Int32

    /// The call and its error number.
    public var description: String { "\(call) failed with error \(code)" }
}
