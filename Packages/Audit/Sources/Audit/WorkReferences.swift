public import Core

/// A job of the queue as the log points to it. The queue does not know the log, so the log has a type of its own.
public struct AuditedJob: AuditReferableText, Hashable {
    /// `job`
    public static let auditKind = AuditReferenceKind.job
    /// The job's number.
    public let auditKey: String

    /// Takes the number of a job.
    public init(number: Int64) {
        auditKey = String(number)
    }
}

/// A schedule of the queue as the log points to it.
public struct AuditedSchedule: AuditReferableText, Hashable {
    /// `schedule`
    public static let auditKind = AuditReferenceKind.schedule
    /// The schedule's name.
    public let auditKey: String

    /// Takes the name of a schedule.
    public init(name: String) {
        auditKey = name
    }
}

/// A process of several steps as the log points to it; its id is the saga's.
public enum AuditedSaga: AuditReferable {
    /// `saga`
    public static let idPrefix = "saga"
    /// `saga`
    public static let auditKind = AuditReferenceKind.saga
    /// The id of a process.
    public typealias ID = Identifier<AuditedSaga>
}
