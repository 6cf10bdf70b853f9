public import Audit
internal import Billing
internal import Core
internal import Identity
internal import Orgs

extension IdleAuditTypes {
    /// Those of the second version: every move has an entry, and so has whatever an operator does (IDL-072).
    public static let moves: [AuditEventType] = [
        IdleCaseConfirmedEntry.type, IdleCaseReversingEntry.type, IdleCaseCompletedEntry.type, IdleCaseLapsedEntry.type,
        IdleGuardChangedEntry.type, IdleEligibilityMovedEntry.type, IdleUndoRunEntry.type,
    ]
}

struct IdleCaseConfirmedEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_case_confirmed", .low)
    let idleCase: IdleCase
}

struct IdleCaseReversingEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_case_reversing", .low)
    let idleCase: IdleCase
}

struct IdleCaseCompletedEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_case_completed", .medium)
    let idleCase: IdleCase
}

struct IdleCaseLapsedEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_case_lapsed", .low)
    let idleCase: IdleCase
}

/// The guard of idle cancellation, as the log calls it.
struct IdleGuardName: AuditReferableText, Hashable {
    static let auditKind = AuditReferenceKind.control
    var auditKey: String { "idle_guard" }
}

/// Something happened to the guard itself: it opened, was stopped, let some or all go, or gave them up.
struct IdleGuardChangedEntry: AuditEvent {
    /// What happened.
    enum Action: String { case opened, stopped, released, discarded }

    static let type = AuditEventType(
        "idle_guard_changed", risk: .high, class: .billing, component: "billing", requires: [.control])
    let action: Action
    let reason: String
    let operatorName: String?
    let count: Int

    var references: AuditReferences { AuditReferences(AuditReference(IdleGuardName())) }
    var summary: String { "the guard of idle cancellation: \(action.rawValue)" }
    var data: [String: JSONValue] {
        var data: [String: JSONValue] = [
            "action": .string(action.rawValue), "reason": .string(reason), "cases": .integer(Int64(count)),
        ]
        data["operator"] = operatorName.map { .string($0) }
        return data
    }
}

/// An operator moved the instant from which on a subscription may be judged (IDL-003).
struct IdleEligibilityMovedEntry: AuditEvent {
    static let type = AuditEventType(
        "idle_eligibility_moved", risk: .medium, class: .billing, component: "billing", requires: [.org, .subscription])
    let subscription: Subscription
    let before: Instant
    let after: Instant
    let reason: String
    let operatorName: String

    var references: AuditReferences { AuditReferences(AuditReference(subscription.org), AuditReference(subscription.id)) }
    var summary: String { "\(subscription.id) is judged only in periods that begin at \(after) or later" }
    var data: [String: JSONValue] { ["reason": .string(reason), "operator": .string(operatorName)] }
    var changes: [AuditChange] { [AuditChange("eligible_after", from: .string(before.description), to: .string(after.description))] }
}

/// Decisions of an interval were taken back together (IDL-071).
struct IdleUndoRunEntry: AuditEvent {
    static let type = AuditEventType(
        "idle_undo_run", risk: .high, class: .billing, component: "billing", requires: [.control])
    let request: UndoRequest
    let counts: [String: Int]

    var references: AuditReferences { AuditReferences(AuditReference(IdleGuardName())) }
    var summary: String { "idle cancellations of an interval were taken back" }
    var data: [String: JSONValue] {
        [
            "from": .string(request.from.description), "until": .string(request.until.description), "reason": .string(request.reason),
            "operator": .string(request.operator.name), "outcomes": .object(counts.mapValues { .integer(Int64($0)) }),
        ]
    }
}
