public import Core

/// Does jobs of one kind.
public protocol JobHandler: Sendable {
    /// The parameters.
    associatedtype Work: Job

    /// Does the work once more or for the first time; two of it may run at once when a lease lapsed.
    ///
    /// - Throws: what was not expected; the job is retried by its policy.
    func run(_ job: Work, context: JobContext) async throws -> JobOutcome
}

/// What an attempt came to.
public enum JobOutcome: Sendable, Hashable {
    /// Done.
    case completed
    /// Not done; try again after a while. It counts as a failed attempt.
    case retry(after: Duration)
    /// Not due yet; come back then. It does not count as an attempt.
    case snoozed(until: Instant)
    /// Not wanted any more.
    case cancelled(reason: String)
    /// Cannot be done; the job is a dead letter.
    case discarded(reason: String)
    /// The handler's own transaction has finished the job with ``JobTransaction/finish(_:)``.
    case committed
}

/// The right of one worker to do one attempt: a result with an older token is refused.
public struct JobLease: Sendable, Hashable {
    /// The job.
    public let job: JobID
    /// The worker.
    public let worker: Int32
    /// The fence, which grows whenever the right changes hands.
    public let token: Int32

    /// Names a lease.
    public init(job: JobID, worker: Int32, token: Int32) {
        self.job = job
        self.worker = worker
        self.token = token
    }
}

/// The lease was lost: somebody else does the job, and this attempt's result is worthless.
public struct JobLeaseLost: Error, Hashable, Sendable, CustomStringConvertible {
    /// The lease.
    public let lease: JobLease

    /// Names the lost lease.
    public init(lease: JobLease) {
        self.lease = lease
    }

    /// One sentence.
    public var description: String { "the lease of job \(lease.job) was lost" }
}

/// What a handler knows about the attempt it makes.
public struct JobContext: Sendable {
    /// The right to make this attempt.
    public let lease: JobLease
    /// Which attempt it is, from 1.
    public let attempt: Int
    /// Whether the policy allows no further attempt.
    public let isLastAttempt: Bool
    /// The business time.
    public let dateSource: any DateSource
    /// Calls to the outside, each with a stored key.
    public let effects: any EffectLedger
    private let lengthen: @Sendable (Duration) async throws -> Void

    /// Makes a context.
    ///
    /// - Parameter lengthen: gives the attempt a new deadline; nothing where nobody watches over it.
    public init(
        lease: JobLease, attempt: Int, isLastAttempt: Bool, dateSource: any DateSource, effects: any EffectLedger,
        lengthen: @escaping @Sendable (Duration) async throws -> Void = { _ in }
    ) {
        self.lease = lease
        self.attempt = attempt
        self.isLastAttempt = isLastAttempt
        self.dateSource = dateSource
        self.effects = effects
        self.lengthen = lengthen
    }

    /// Gives the attempt so much time from now on, whatever was left of it: for work of which nobody knows beforehand how long it takes,
    /// and which says while it goes on that it lives (OPS-056). May be called again and again.
    ///
    /// - Throws: ``JobLeaseLost`` when the job is no longer this attempt's.
    public func extendDeadline(to duration: Duration) async throws {
        try await lengthen(duration)
    }

    /// The number of the job.
    public var job: JobID { lease.job }
    /// The business time.
    public var now: Instant { dateSource.now }
}
