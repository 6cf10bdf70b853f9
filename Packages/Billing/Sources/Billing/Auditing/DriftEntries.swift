internal import Audit
internal import Core
internal import Orgs

/// A comparison found that a row and the provider's object differ (AUD-111); what costs somebody money or service is an alarm.
struct ProviderDriftDetectedEntry: AuditEvent {
    static let type = AuditEventType.billing("provider_drift_detected", .medium, .driftItem)
    let item: DriftItem

    var risk: AuditRisk { item.category.severity == .critical ? .high : .medium }
    var references: AuditReferences { item.references }
    var summary: String { "\(item.category.rawValue) of \(item.object.description): \(item.ours) here, \(item.theirs) there" }
    var data: [String: JSONValue] { item.auditData }
}

/// A later comparison did not find it any more: reading again, or a person, has repaired it.
struct ProviderDriftRepairedEntry: AuditEvent {
    static let type = AuditEventType.billing("provider_drift_repaired", .medium, .driftItem)
    let item: DriftItem

    var references: AuditReferences { item.references }
    var summary: String { "\(item.category.rawValue) of \(item.object.description) is repaired" }
    var data: [String: JSONValue] {
        item.auditData.merging(["repair": .string(item.category.isRepairedByReading ? "read_again" : "by_hand")]) { _, new in new }
    }
}

/// An operator has ordered a repair by one of the normal commands (BIL-124); what comes of it, the next comparison tells.
struct ProviderDriftRepairOrderedEntry: AuditEvent {
    static let type = AuditEventType.billing("provider_drift_repair_ordered", .medium, .driftItem)
    let item: DriftItem
    let repair: DriftRepair
    let effects: [String]

    var references: AuditReferences { item.references }
    var summary: String { "\(repair.rawValue) was ordered for \(item.category.rawValue) of \(item.object.description)" }
    var data: [String: JSONValue] {
        let more: [String: JSONValue] = [
            "repair": .string(repair.rawValue), "effects": .array(effects.map { .string($0) }), "operator": .string(item.repairedBy ?? ""),
            "reason": .string(item.reason ?? ""),
        ]
        return item.auditData.merging(more) { _, new in new }
    }
}

/// An operator has said that a difference may stay (BIL-124).
struct ProviderDriftDismissedEntry: AuditEvent {
    static let type = AuditEventType.billing("provider_drift_dismissed", .high, .driftItem)
    let item: DriftItem

    var references: AuditReferences { item.references }
    var summary: String { "\(item.category.rawValue) of \(item.object.description) may stay" }
    var data: [String: JSONValue] {
        let more: [String: JSONValue] = [
            "operator": .string(item.dismissedBy ?? ""), "reason": .string(item.reason ?? ""),
            "until": item.dismissedUntil.map { .string($0.description) } ?? .null,
        ]
        return item.auditData.merging(more) { _, new in new }
    }
}

extension DriftItem {
    fileprivate var references: AuditReferences {
        AuditReferences(AuditReference(id)).adding(org.map { AuditReference($0) }).adding(subscription.map { AuditReference($0) })
    }

    fileprivate var auditData: [String: JSONValue] {
        [
            "category": .string(category.rawValue), "severity": .string(category.severity.rawValue), "ours": .string(ours),
            "theirs": .string(theirs), "proposed_repair": .string(category.proposedRepair),
        ]
    }
}
