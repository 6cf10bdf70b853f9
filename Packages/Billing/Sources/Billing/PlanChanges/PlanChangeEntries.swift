public import Audit
internal import Core
internal import Orgs

/// What the entries about a change of plan have in common (AUD-105).
protocol PlanChangeEntry: AuditEvent {
    var change: PlanChange { get }
}

extension PlanChangeEntry {
    var references: AuditReferences {
        AuditReferences(AuditReference(change.org), AuditReference(change.subscription), AuditReference(change.id))
    }

    var summary: String { "\(change.subscription): \(change.from) to \(change.to)" }

    var data: [String: JSONValue] {
        var data: [String: JSONValue] = ["from": .string(change.from.description), "to": .string(change.to.description)]
        if change.restartsPeriod {
            data["from_interval"] = .string(change.fromInterval.rawValue)
            data["to_interval"] = .string(change.toInterval.rawValue)
        }
        data["failure"] = change.failure.map { .string($0.code) }
        data["operation"] = change.operation.map { .string($0) }
        return data
    }
}

struct PlanUpgradedEntry: PlanChangeEntry {
    static let type = AuditEventType.billing("plan_upgraded", .medium, .org, .subscription, .planChange)
    let change: PlanChange
}

struct PlanDowngradedEntry: PlanChangeEntry {
    static let type = AuditEventType.billing("plan_downgraded", .medium, .org, .subscription, .planChange)
    let change: PlanChange
}

struct PlanChangeFailedEntry: PlanChangeEntry {
    static let type = AuditEventType.billing("plan_change_failed", .high, .org, .subscription, .planChange)
    let change: PlanChange
}

struct PlanChangeRevertedEntry: PlanChangeEntry {
    static let type = AuditEventType.billing("plan_change_reverted", .high, .org, .subscription, .planChange)
    let change: PlanChange
}

extension BillingAuditTypes {
    /// What becomes of changes of plan.
    public static let planChanges: [AuditEventType] = [
        PlanUpgradedEntry.type, PlanDowngradedEntry.type, PlanChangeFailedEntry.type, PlanChangeRevertedEntry.type,
    ]
}
