public import Core
public import FoundationEssentials

/// A job that was given up, with everything that is known of it (OPS-065).
public struct DeadLetter: Sendable, Hashable {
    /// One attempt that failed.
    public struct Failure: Sendable, Hashable {
        /// Which attempt, from 1.
        public let attempt: Int
        /// The worker that made it.
        public let worker: Int32?
        /// When.
        public let at: Instant
        /// What went wrong.
        public let error: String

        /// Describes a failure.
        public init(attempt: Int, worker: Int32?, at: Instant, error: String) {
            self.attempt = attempt
            self.worker = worker
            self.at = at
            self.error = error
        }
    }

    /// The number it had as a job.
    public let id: JobID
    /// Its kind; with `#` and a number behind it in a later version.
    public let kind: String
    /// Its lane.
    public let lane: Lane
    /// The org it worked for.
    public let org: UUID?
    /// The saga whose step it was.
    public let saga: SagaID?
    /// How many attempts were made.
    public let attempts: Int
    /// How often its process ended.
    public let crashes: Int
    /// The worker that had it last.
    public let worker: Int32?
    /// When it was enqueued.
    public let createdAt: Instant
    /// When it was given up.
    public let diedAt: Instant
    /// Why.
    public let reason: String
    /// The trace in which it was enqueued.
    public let trace: String?
    /// Its parameters.
    public let payload: JSONValue
    /// The job that took its place.
    public let requeuedAs: JobID?
    /// Why it was laid aside.
    public let discardedBecause: String?
    /// All failures, in their order.
    public let failures: [Failure]

    /// Puts a letter together from what a store kept.
    public init(
        id: JobID, kind: String, lane: Lane, org: UUID?, saga: SagaID?, attempts: Int, crashes: Int, worker: Int32?, createdAt: Instant,
        diedAt: Instant, reason: String, trace: String?, payload: JSONValue, requeuedAs: JobID?, discardedBecause: String?,
        failures: [Failure]
    ) {
        self.id = id
        self.kind = kind
        self.lane = lane
        self.org = org
        self.saga = saga
        self.attempts = attempts
        self.crashes = crashes
        self.worker = worker
        self.createdAt = createdAt
        self.diedAt = diedAt
        self.reason = reason
        self.trace = trace
        self.payload = payload
        self.requeuedAs = requeuedAs
        self.discardedBecause = discardedBecause
        self.failures = failures
    }

    /// Whether nobody has dealt with it.
    public var isOpen: Bool { requeuedAs == nil && discardedBecause == nil }
}

/// Which letters are meant.
public struct DeadLetterQuery: Sendable, Hashable {
    /// Of one kind in all its versions.
    public var kind: String?
    /// Of one lane.
    public var lane: Lane?
    /// Of one org.
    public var org: UUID?
    /// With this in the reason.
    public var reason: String?
    /// Those that were dealt with as well.
    public var includesClosed: Bool
    /// Those written before this one.
    public var before: JobID?
    /// How many at most.
    public var limit: Int

    /// Describes a list.
    public init(
        kind: String? = nil, lane: Lane? = nil, org: UUID? = nil, reason: String? = nil, includesClosed: Bool = false, before: JobID? = nil,
        limit: Int = 50
    ) {
        self.kind = kind
        self.lane = lane
        self.org = org
        self.reason = reason
        self.includesClosed = includesClosed
        self.before = before
        self.limit = limit
    }
}
