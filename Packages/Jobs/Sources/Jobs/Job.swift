public import Core
public import FoundationEssentials
public import Observability

/// Work that must be done, stored as parameters; named as a command: `SendMail`.
///
/// It is done at least once: a handler reads the truth first, and its effects carry keys.
public protocol Job: Codable, Sendable {
    /// The stored name of the kind, such as `notifications.send_mail`; never changed once it has landed.
    static var kind: String { get }
    /// Where it queues.
    static var lane: Lane { get }
    /// What follows a failure.
    static var retryPolicy: RetryPolicy { get }
    /// How long one attempt may take before another worker takes over.
    static var timeout: Duration { get }
    /// In which version the parameters are written now; it grows by one whenever nodes of the last release could not read them (OPS-052).
    ///
    /// Jobs of a version are taken only by workers that know it, and each worker knows all versions up to its own.
    static var version: Int { get }
    /// Brings parameters that were written in an earlier version into the form of the present one.
    ///
    /// - Throws: when they cannot be; the job fails by its policy.
    static func upgraded(_ parameters: JSONValue, from version: Int) throws -> JSONValue
}

extension Job {
    /// ``RetryPolicy/standard``
    public static var retryPolicy: RetryPolicy { .standard }

    /// The first.
    public static var version: Int { 1 }

    /// The parameters as they are: added members that may be missing need no more.
    public static func upgraded(_ parameters: JSONValue, from version: Int) throws -> JSONValue { parameters }

    /// By lane: from one minute for mails to ten for maintenance.
    public static var timeout: Duration {
        switch lane {
        case .money: .seconds(120)
        case .webhooks, .mail: .seconds(60)
        case .lifecycle: .seconds(300)
        case .maintenance: .seconds(600)
        }
    }
}

/// The number of a job.
public struct JobID: Hashable, Sendable, Comparable, RawRepresentable, CustomStringConvertible {
    /// The number, rising in the order of enqueuing.
    public let rawValue: Int64

    /// Names a job.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The number as text.
    public var description: String { String(rawValue) }

    /// Orders jobs by their numbers.
    public static func < (left: JobID, right: JobID) -> Bool { left.rawValue < right.rawValue }
}

/// How a job is enqueued.
public struct JobOptions: Sendable {
    /// When it becomes due; `nil` is at once.
    public var runAt: Instant?
    /// Its place within the lane.
    public var priority: JobPriority
    /// Two jobs of one kind with one key are one job, as long as the first lives.
    public var uniqueKey: String?
    /// Jobs with one serial key run one after the other, in the order of enqueuing.
    public var serialKey: String?
    /// The org it works for.
    public var org: UUID?
    /// The request that makes it necessary: its trace and where it comes from go on with the job. `nil` is the one at work.
    public var cause: LogContext?

    /// Makes options; without arguments they are the usual ones.
    public init(
        runAt: Instant? = nil, priority: JobPriority = .normal, uniqueKey: String? = nil, serialKey: String? = nil, org: UUID? = nil,
        cause: LogContext? = nil
    ) {
        self.runAt = runAt
        self.priority = priority
        self.uniqueKey = uniqueKey
        self.serialKey = serialKey
        self.org = org
        self.cause = cause
    }

    /// Due at once, in the usual order, without keys.
    public static let standard = JobOptions()
}

/// What enqueuing came to.
public enum EnqueueOutcome: Sendable, Hashable {
    /// The job is stored and runs once the transaction has committed.
    case enqueued(JobID)
    /// A job of this kind with this key lives already.
    case alreadyQueued
}
