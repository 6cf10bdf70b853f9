public import Core
package import HTTPServer
internal import Synchronization

/// One count: of a category, for a caller.
public struct BucketKey: Hashable, Sendable {
    /// The number of the category, and of its route where each has a count of its own.
    package let number: UInt32
    package let caller: Caller

    package init(number: UInt32, caller: Caller) {
        self.number = number
        self.caller = caller
    }
}

/// A place in a bucket that a request wants.
public struct Demand: Hashable, Sendable {
    package let key: BucketKey
    package let rate: RateLimit
    /// The place of its policy's headers.
    package let policy: Int

    package init(key: BucketKey, rate: RateLimit, policy: Int) {
        self.key = key
        self.rate = rate
        self.policy = policy
    }
}

/// What became of a request's demands.
public struct Taken: Sendable, Hashable {
    /// Whether there was room in all of them; otherwise nothing was taken.
    public let isAdmitted: Bool
    /// Which of the demands has the least room, or refused.
    public let tightest: Int
    /// The figure of that one.
    public let limit: Int
    /// How many more requests it admits now.
    public let remaining: Int
    /// When the next place in it becomes free.
    public let resetsAt: Instant

    package init(isAdmitted: Bool, tightest: Int, limit: Int, remaining: Int, resetsAt: Instant) {
        self.isAdmitted = isAdmitted
        self.tightest = tightest
        self.limit = limit
        self.remaining = remaining
        self.resetsAt = resetsAt
    }
}

/// Counts requests in this process: a sliding window in slices, and at most a fixed number of callers.
///
/// A window is cut into 60 slices. A request is admitted when the sum over all slices that overlap the last window is below the limit, the oldest in full,
/// so that no window ever has more, and a place becomes free at most a slice late (SEC-003). Everything is under one lock, held for less than a
/// microsecond, so that deciding and counting are one step (SEC-004). Memory is bounded: the least recently used count is given up first (SEC-007).
public final class SlidingWindows: Sendable {
    private let state: Mutex<WindowTable>

    /// Makes an empty table.
    ///
    /// - Parameter capacity: the most counts at a time.
    public init(capacity: Int = 200_000) {
        state = Mutex(WindowTable(capacity: max(16, capacity)))
    }

    /// Takes a place in each bucket, or in none.
    func take(_ demands: InlineArray<4, Demand?>, at now: Instant) -> Taken {
        state.withLock { $0.take(demands, at: now) }
    }

    /// Takes a place in one bucket.
    func take(_ demand: Demand, at now: Instant) -> Taken {
        take([demand, nil, nil, nil], at: now)
    }

    /// Gives back the latest place that was taken in a bucket.
    func giveBack(_ demand: Demand, at now: Instant) {
        state.withLock { $0.giveBack(demand, at: now) }
    }

    /// How many counts there are.
    public var count: Int { state.withLock { $0.count } }
}
