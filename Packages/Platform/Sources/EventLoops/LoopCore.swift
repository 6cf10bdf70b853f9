internal import CEventLoop
internal import Glibc

/// The part of a loop that only its own thread touches: queue, timers and watchers.
final class LoopCore {
    struct Timer {
        let deadline: Int64
        let order: UInt64
        let entry: TimerEntry
    }

    var queue: [EventLoop.Work] = []
    var spare: [EventLoop.Work] = []
    private let epoll: Int32
    private let signal: Int32
    private var watchers: [UInt64: Watch] = [:]
    private var lastToken: UInt64 = 0
    private var timers: [Timer] = []
    private var lastOrder: UInt64 = 0
    private var events: [trellis_event]

    init() throws(EventLoopError) {
        epoll = trellis_epoll_create()
        guard epoll >= 0 else { throw EventLoopError(call: "epoll_create1", code: errno) }
        signal = trellis_eventfd_create()
        guard signal >= 0 else {
            let code = errno
            close(epoll)
            throw EventLoopError(call: "eventfd", code: code)
        }
        events = Array(repeating: trellis_event(), count: 128)
        let code = trellis_epoll_add(epoll, signal, UInt32(TRELLIS_EVENT_READ), 0)
        guard code == 0 else { throw EventLoopError(call: "epoll_ctl", code: code) }
    }

    deinit {
        close(signal)
        close(epoll)
    }

    /// Ends a sleep in `poll`; may be called from any thread.
    func wake() {
        trellis_eventfd_signal(signal)
    }

    // MARK: Descriptors

    func add(_ watch: Watch) throws(EventLoopError) {
        lastToken += 1
        let code = trellis_epoll_add(epoll, watch.descriptor, watch.interest.rawValue, lastToken)
        guard code == 0 else { throw EventLoopError(call: "epoll_ctl", code: code) }
        watch.token = lastToken
        watchers[lastToken] = watch
    }

    func change(_ watch: Watch) {
        _ = trellis_epoll_change(epoll, watch.descriptor, watch.interest.rawValue, watch.token)
    }

    func remove(_ watch: Watch) {
        // An event of the present batch that is still to come finds no watcher under its token and is dropped.
        guard watchers.removeValue(forKey: watch.token) != nil else { return }
        _ = trellis_epoll_remove(epoll, watch.descriptor)
    }

    func poll(milliseconds: Int32) {
        let count = unsafe events.withUnsafeMutableBufferPointer { buffer in
            unsafe trellis_epoll_wait(epoll, buffer.baseAddress, Int32(buffer.count), milliseconds)
        }
        for index in 0..<Int(count) {
            let event = events[index]
            if event.token == 0 {
                trellis_eventfd_drain(signal)
            } else if let watch = watchers[event.token] {
                watch.handler(Interest(rawValue: event.events))
            }
        }
    }

    /// Gives back every watcher and timer, and what they hold.
    func forgetAll() {
        // What is released may itself cancel watchers and timers: it finds none.
        let forgotten = (watchers, timers)
        watchers = [:]
        timers = []
        withExtendedLifetime(forgotten) {}
    }

    // MARK: Timers, a binary heap ordered by deadline and then by the order of scheduling

    func schedule(at deadline: Int64, _ entry: TimerEntry) {
        lastOrder += 1
        timers.append(Timer(deadline: deadline, order: lastOrder, entry: entry))
        var child = timers.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(child, parent) else { break }
            timers.swapAt(child, parent)
            child = parent
        }
    }

    func fireTimers() {
        guard !timers.isEmpty else { return }
        let now = trellis_monotonic_nanoseconds()
        while let first = timers.first, first.deadline <= now || first.entry.isCancelled {
            removeFirstTimer()
            first.entry.fire()
        }
    }

    /// How long a poll may sleep: -1 for ever, else milliseconds, rounded up so that a timer is due when the sleep ends.
    func millisecondsToNextTimer() -> Int32 {
        while let first = timers.first, first.entry.isCancelled { removeFirstTimer() }
        guard let first = timers.first else { return -1 }
        let rest = first.deadline - trellis_monotonic_nanoseconds()
        return rest <= 0 ? 0 : Int32(clamping: (rest + 999_999) / 1_000_000)
    }

    private func removeFirstTimer() {
        timers.swapAt(0, timers.count - 1)
        timers.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < timers.count && precedes(child, least) { least = child }
            guard least != parent else { return }
            timers.swapAt(parent, least)
            parent = least
        }
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        (timers[left].deadline, timers[left].order) < (timers[right].deadline, timers[right].order)
    }
}
