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
    /// Slots of its own beside those of its lane, so that it never holds up what else queues there; `nil` for none.
    static var ownSlots: OwnSlots? { get }
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

    /// It shares the slots of its lane.
    public static var ownSlots: OwnSlots? { nil }

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

/// How much of one kind a worker does at once beside its lane, and how it is shared (OPS-060, NOT-189). What is over a share waits in the queue; others go
/// before it.
public struct OwnSlots: Sendable, Hashable {
    /// How many jobs of the kind at once.
    public let count: Int
    /// The most of them for one org.
    public let perOrg: Int
    /// By which member of the parameters they are shared further, such as `endpoint`; it has to be text.
    public let member: String
    /// The most of them with the same value of that.
    public let perMember: Int

    /// Describes slots; each of the numbers has to be 1 or more. Who has more than half of a share gets no more until others were looked for: one
    /// member leaves an org room when its share is at most half of the org's.
    public init(count: Int, perOrg: Int, member: String, perMember: Int) {
        precondition(min(count, perOrg, perMember) > 0, "slots that nobody gets")
        self.count = count
        self.perOrg = perOrg
        self.member = member
        self.perMember = perMember
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
