public import Core

/// The work that failed: an operation somebody waits for, or a job of the queue.
public struct FailedWork: Sendable, Hashable {
    let reference: AuditReference

    /// Points to an operation.
    public init<Operation: AuditReferable>(operation: Identifier<Operation>) {
        reference = AuditReference(operation)
    }

    /// Points to a job.
    public init(job: AuditedJob) {
        reference = AuditReference(job)
    }
}

/// What became of work that did not end well (AUD-123). It is of class `operation`: the failure of a provider, of an engine or of a job says
/// nothing about who somebody is, and is never an authentication event (AUD-092).
public struct OperationFailure: Sendable {
    /// The work.
    public let work: FailedWork
    /// The graph, subscription or org that it was about.
    public let subject: AuditReference
    /// Why, in a fixed word.
    public let code: String

    /// Tells of work.
    public init(of work: FailedWork, on subject: AuditReference, code: String) {
        self.work = work
        self.subject = subject
        self.code = code
    }

    var references: AuditReferences { AuditReferences(work.reference, subject) }
    var data: [String: JSONValue] { ["code": .string(code)] }

    static func type(_ name: String, _ risk: AuditRisk) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .operation, component: "platform", requires: [])
    }
}

/// Work failed for good.
public struct OperationFailed: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperationFailure.type("operation_failed", .medium)
    /// What failed.
    public let failure: OperationFailure
    /// Low when the provider was at fault.
    public let risk: AuditRisk

    /// Tells of a failure.
    public init(_ failure: OperationFailure, isProviderAtFault: Bool) {
        self.failure = failure
        risk = isProviderAtFault ? .low : .medium
    }

    /// The work and what it was about.
    public var references: AuditReferences { failure.references }
    /// One line.
    public var summary: String { "failed: \(failure.code)" }
    /// Why.
    public var data: [String: JSONValue] { failure.data }
}

/// Work took longer than it may.
public struct OperationTimedOut: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperationFailure.type("operation_timeout", .medium)
    /// What took too long.
    public let failure: OperationFailure

    /// Tells of a time limit.
    public init(_ failure: OperationFailure) {
        self.failure = failure
    }

    /// The work and what it was about.
    public var references: AuditReferences { failure.references }
    /// One line.
    public var summary: String { "took too long: \(failure.code)" }
    /// Which limit.
    public var data: [String: JSONValue] { failure.data }
}

/// Somebody called work off.
public struct OperationCanceled: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperationFailure.type("operation_canceled", .low)
    /// What was called off.
    public let failure: OperationFailure

    /// Tells of a cancellation.
    public init(_ failure: OperationFailure) {
        self.failure = failure
    }

    /// The work and what it was about.
    public var references: AuditReferences { failure.references }
    /// One line.
    public var summary: String { "canceled: \(failure.code)" }
    /// Why.
    public var data: [String: JSONValue] { failure.data }
}

/// The types of denials and of failed work, which belong to no single package.
public enum WorkAuditEvents {
    /// Their rows of the catalogue.
    public static let types = [
        PrivilegeEscalationAttempt.type, CrossTenantAttempt.type, LinkTokenRejected.type, LinkTokenReplayed.type, OperationFailed.type,
        OperationTimedOut.type, OperationCanceled.type,
    ]
}
