/// What happens by itself at a time.
enum SandboxTimer: Codable, Hashable, Sendable {
    case announceRenewal(subscription: String, periodEnd: Int64)
    case renew(subscription: String, periodEnd: Int64)
    case endSubscription(String)
    case warnOfTrialEnd(subscription: String)
    case lapse(subscription: String)
    case resumeCollection(subscription: String)
    case finalize(invoice: String)
    case retryPayment(invoice: String, attempt: Int64)
    case giveUp(invoice: String)
    case expireSession(String)
    case settleRefund(String)
    case openDispute(charge: String)
    case endDisputed(subscription: String)
    /// A change that waits for its payment is given up.
    case lapseUpdate(subscription: String)
    /// A test clock comes to where it was sent.
    case arrive(testClock: String, at: Int64)
    /// A schedule comes to a border between its phases.
    case advanceSchedule(String)
    case warnOfScheduleEnd(schedule: String, end: Int64)
    /// The former secret of an endpoint signs no more.
    case dropOldSecret(endpoint: String)
    /// An invoice that was sent is to be paid soon, or was not paid by its day.
    case warnOfDueDate(invoice: String)
    case fallOverdue(invoice: String)
}

/// Timers in the order of their times; those of one time in the order they were set.
///
/// Timers are not taken back: one that fires looks whether its object still waits for it.
struct TimerQueue: Sendable {
    struct Entry: Sendable {
        let time: Int64
        let sequence: UInt64
        let timer: SandboxTimer

        func isBefore(_ other: Entry) -> Bool {
            (time, sequence) < (other.time, other.sequence)
        }
    }

    /// What was done to a queue; the same steps make the same queue.
    struct Step: Codable, Sendable, Hashable {
        /// The timer that was set, and its time; `nil` when the earliest was taken.
        var timer: SandboxTimer?
        var time: Int64?
    }

    /// A binary heap with the earliest at its head.
    private var heap: [Entry] = []
    private var sequence: UInt64 = 0
    /// The steps since they were last taken; `nil` as long as nobody wants to know.
    private var steps: [Step]?

    var count: Int { heap.count }
    var next: Entry? { heap.first }

    mutating func add(_ timer: SandboxTimer, at time: Int64) {
        sequence += 1
        steps?.append(Step(timer: timer, time: time))
        heap.append(Entry(time: time, sequence: sequence, timer: timer))
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the earliest when it is due.
    mutating func takeDue(at time: Int64) -> Entry? {
        guard let first = heap.first, first.time <= time else { return nil }
        steps?.append(Step())
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[smallest]) {
                smallest = child
            }
            guard smallest != parent else { return first }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }

    /// From now on it is remembered what is done.
    mutating func watchSteps() {
        steps = []
    }

    /// What was done since the last call.
    mutating func takeSteps() -> [Step] {
        guard let taken = steps, !taken.isEmpty else { return [] }
        steps = []
        return taken
    }

    /// What makes this queue out of an empty one.
    var allSteps: [Step] {
        heap.sorted { $0.isBefore($1) }.map { Step(timer: $0.timer, time: $0.time) }
    }

    mutating func follow(_ steps: [Step]) {
        for step in steps {
            if let timer = step.timer, let time = step.time { add(timer, at: time) } else { _ = takeDue(at: .max) }
        }
    }
}
