internal import CEventLoop
internal import Glibc
internal import Synchronization

/// The loops of a process, or of one part of it.
public final class EventLoopGroup: Sendable {
    /// The loops; at least one.
    public let loops: [EventLoop]
    private let threads: Mutex<[pthread_t]>
    private let turn = Atomic<Int>(0)

    /// Starts loops, each on a thread of its own.
    ///
    /// - Parameters:
    ///   - count: how many; at least 1.
    ///   - name: what they are called, with their number behind it.
    /// - Throws: ``EventLoopError`` when the system refuses a thread or descriptor.
    public init(count: Int, name: String) throws(EventLoopError) {
        precondition(count > 0, "a group has at least one loop")
        var made: [EventLoop] = []
        for index in 0..<count { made.append(try EventLoop(name: "\(name)-\(index)")) }
        loops = made
        threads = Mutex([])
        for loop in made {
            let thread = try startThread(named: loop.name) { loop.run() }
            threads.withLock { $0.append(thread) }
        }
    }

    /// The loop on whose thread this code runs when it is one of the group's, else one of them in turn.
    public func next() -> EventLoop {
        if let current = EventLoop.current, loops.contains(where: { $0 === current }) { return current }
        let number = turn.add(1, ordering: .relaxed).newValue
        return loops[Int(number.magnitude % loops.count.magnitude)]
    }

    /// Ends the loops once what was handed to them has run, and waits for their threads. Not to be called from one of them. Twice changes nothing.
    public func shutdown() {
        let threads = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        guard !threads.isEmpty else { return }
        for loop in loops { loop.stop() }
        for thread in threads { pthread_join(thread, nil) }
    }

    deinit {
        // A group that is forgotten ends its threads, but nobody waits for them: this may be one of them.
        let threads = threads.withLock { $0 }
        guard !threads.isEmpty else { return }
        for loop in loops { loop.stop() }
        for thread in threads { pthread_detach(thread) }
    }
}

/// Starts a thread with a body and a name of at most 15 characters.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) throws(EventLoopError) -> pthread_t {
    var thread = pthread_t()
    let box = unsafe Unmanaged.passRetained(ThreadBody(name: String(name.prefix(15)), body: body))
    let code = unsafe pthread_create(&thread, nil, runThreadBody, box.toOpaque())
    guard code == 0 else {
        unsafe box.release()
        throw EventLoopError(call: "pthread_create", code: code)
    }
    return thread
}

private final class ThreadBody: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func runThreadBody(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let pointer = unsafe pointer else { return nil }
    let box = unsafe Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue()
    unsafe trellis_name_thread(box.name)
    box.body()
    return nil
}
