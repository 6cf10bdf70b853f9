internal import Glibc
internal import Synchronization

/// Does work that blocks or burns CPU on a small pool of threads, and comes back to the caller's executor.
///
/// For C calls that block, password hashes, rendering and files; never for something that waits for a task.
///
/// - Throws: what the work throws.
public func offload<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        OffloadPool.shared.submit {
            continuation.resume(with: Result { try work() })
        }
    }
}

/// The threads behind `offload`: as many as the machine has cores, at least two; work waits in a queue.
private final class OffloadPool: Sendable {
    static let shared = OffloadPool(threads: max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    private struct State {
        var queue: [@Sendable () -> Void] = []
        var head = 0
        var started = 0
    }

    private let state = Mutex(State())
    private let limit: Int
    private let semaphore: Semaphore

    init(threads: Int) {
        limit = threads
        semaphore = Semaphore()
    }

    func submit(_ work: @escaping @Sendable () -> Void) {
        let mustStart = state.withLock { state -> Bool in
            state.queue.append(work)
            guard state.started < limit else { return false }
            state.started += 1
            return true
        }
        if mustStart, let thread = try? startThread(named: "offload", { [self] in run() }) { pthread_detach(thread) }
        semaphore.signal()
    }

    private func run() {
        while true {
            semaphore.wait()
            let work = state.withLock { state -> (@Sendable () -> Void)? in
                guard state.head < state.queue.count else { return nil }
                defer {
                    state.head += 1
                    if state.head == state.queue.count {
                        state.queue.removeAll(keepingCapacity: true)
                        state.head = 0
                    }
                }
                return state.queue[state.head]
            }
            work?()
        }
    }
}

/// A POSIX semaphore at a fixed address.
@safe private final class Semaphore: @unchecked Sendable {
    // @unchecked because a POSIX semaphore is made to be used from several threads; its address never changes.
    private let storage: UnsafeMutablePointer<sem_t>

    init() {
        unsafe storage = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        unsafe sem_init(storage, 0, 0)
    }

    deinit {
        unsafe sem_destroy(storage)
        unsafe storage.deallocate()
    }

    func signal() { unsafe sem_post(storage) }

    func wait() {
        while unsafe sem_wait(storage) != 0, errno == EINTR {}
    }
}
