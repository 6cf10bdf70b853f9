public import Audit
public import Core

/// What operators do to the queue, in the log (AUD-132, OPS-080).
public enum QueueAudit {
    /// The rows of the catalogue.
    public static let types: [AuditEventType] = [
        jobRetried, jobCanceled, jobDiscarded, deadLetterRequeued, sagaStepRetried, schedulePaused, scheduleResumed, scheduleRunRequested,
        queuePaused, queueResumed,
    ]

    /// A waiting job was told to run at once.
    public static let jobRetried = type("job_retried", .medium, .job)
    /// A waiting job was taken out.
    public static let jobCanceled = type("job_canceled", .medium, .job)
    /// A job that was given up was laid aside.
    public static let jobDiscarded = type("job_discarded", .high, .job)
    /// A job that was given up runs again.
    public static let deadLetterRequeued = type("dead_letter_requeued", .medium, .job)
    /// A stuck saga tries its step again.
    public static let sagaStepRetried = type("saga_step_retried", .medium, .saga)
    /// A schedule rests.
    public static let schedulePaused = type("schedule_paused", .high, .schedule)
    /// It goes on.
    public static let scheduleResumed = type("schedule_resumed", .medium, .schedule)
    /// A run was asked for.
    public static let scheduleRunRequested = type("schedule_run_requested", .medium, .schedule)
    /// A lane or a kind of job is held.
    public static let queuePaused = type("queue_paused", .high, nil)
    /// It was let go.
    public static let queueResumed = type("queue_resumed", .medium, nil)

    private static func type(_ name: String, _ risk: AuditRisk, _ thing: AuditReferenceKind?) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .platform, component: "admin", requires: [.operator] + (thing.map { [$0] } ?? []))
    }
}

/// Something an operator did to the queue: by whom, to what, and why.
public protocol QueueEntry: AuditEvent {
    /// What was done.
    var act: QueueAct { get }
}

extension QueueEntry {
    /// The operator and the thing.
    public var references: AuditReferences { act.references }
    /// One line.
    public var summary: String { "\(act.person) \(act.words)" }
    /// Facts.
    public var data: [String: JSONValue] { act.data }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(act.reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// What was done to the queue.
public struct QueueAct: Sendable, Hashable {
    let person: Operator.ID
    let thing: AuditReference?
    let words: String
    let data: [String: JSONValue]
    let reason: String

    /// Describes it.
    ///
    /// - Parameter thing: the job, saga or schedule; `nil` for a part of the queue, which `data` names.
    public init(by person: Operator.ID, _ words: String, of thing: AuditReference?, data: [String: JSONValue] = [:], because reason: String)
    {
        self.person = person
        self.thing = thing
        self.words = words
        self.data = data
        self.reason = reason
    }

    var references: AuditReferences {
        guard let thing else { return AuditReferences(AuditReference(person)) }
        return AuditReferences(AuditReference(person), thing)
    }
}

/// A waiting job was told to run at once.
public struct JobRetried: QueueEntry {
    /// The row of the catalogue.
    public static let type = QueueAudit.jobRetried
    /// What was done.
    public let act: QueueAct

    /// Tells of it.
    package init(_ act: QueueAct) { self.act = act }
}

/// A waiting job was taken out of the queue.
public struct JobCanceled: QueueEntry {
    /// The row of the catalogue.
    public static let type = QueueAudit.jobCanceled
    /// What was done.
    public let act: QueueAct

    /// Tells of it.
    package init(_ act: QueueAct) { self.act = act }
}

/// A job that was given up was laid aside for good.
public struct JobDiscarded: QueueEntry {
    /// The row of the catalogue.
    public static let type = QueueAudit.jobDiscarded
    /// What was done.
    public let act: QueueAct

    /// Tells of it.
    package init(_ act: QueueAct) { self.act = act }
}

/// A job that was given up runs again.
public struct DeadLetterRequeued: QueueEntry {
    /// The row of the catalogue.
    public static let type = QueueAudit.deadLetterRequeued
    /// What was done.
    public let act: QueueAct

    /// Tells of it.
    package init(_ act: QueueAct) { self.act = act }
}

/// A stuck saga tries its step again.
public struct SagaStepRetried: QueueEntry {
    /// The row of the catalogue.
    public static let type = QueueAudit.sagaStepRetried
    /// What was done.
    public let act: QueueAct

    /// Tells of it.
    package init(_ act: QueueAct) { self.act = act }
}

/// A schedule rests.
public struct SchedulePaused: QueueEntry {
    /// The row of the catalogue.
    public static let type = QueueAudit.schedulePaused
    /// What was done.
    public let act: QueueAct

    /// Tells of it.
    package init(_ act: QueueAct) { self.act = act }
}

/// A schedule goes on.
public struct ScheduleResumed: QueueEntry {
    /// The row of the catalogue.
    public static let type = QueueAudit.scheduleResumed
    /// What was done.
    public let act: QueueAct

    /// Tells of it.
    package init(_ act: QueueAct) { self.act = act }
}

/// A run of a schedule was asked for.
public struct ScheduleRunRequested: QueueEntry {
    /// The row of the catalogue.
    public static let type = QueueAudit.scheduleRunRequested
    /// What was done.
    public let act: QueueAct

    /// Tells of it.
    package init(_ act: QueueAct) { self.act = act }
}

/// A lane or a kind of job is held.
public struct QueuePaused: QueueEntry {
    /// The row of the catalogue.
    public static let type = QueueAudit.queuePaused
    /// What was done.
    public let act: QueueAct

    /// Tells of it.
    package init(_ act: QueueAct) { self.act = act }
}

/// A lane or a kind of job was let go.
public struct QueueResumed: QueueEntry {
    /// The row of the catalogue.
    public static let type = QueueAudit.queueResumed
    /// What was done.
    public let act: QueueAct

    /// Tells of it.
    package init(_ act: QueueAct) { self.act = act }
}
