public import Audit
internal import Billing
internal import Core
internal import Orgs

/// The types of entries that idle cancellation writes (AUD-104), beside `subscription_kept`, which Billing declares.
public enum IdleAuditTypes {
    /// All of the first version.
    public static let all: [AuditEventType] = [
        SubscriptionAutoCanceledEntry.type, IdleCaseHeldEntry.type, IdleCaseReleasedEntry.type, IdleCaseSupersededEntry.type,
        IdleCaseOverriddenEntry.type, IdleDriftCorrectedEntry.type, IdleKeepFailedEntry.type, IdleRenewalMissedEntry.type,
        IdleEndExtendedEntry.type, IdleEligibilityChangedEntry.type, KeepLinkUsedEntry.type, KeepLinkRefusedEntry.type,
    ]
}

extension AuditEventType {
    static func idle(_ name: String, _ risk: AuditRisk, _ more: AuditReferenceKind...) -> AuditEventType {
        AuditEventType(
            name, risk: risk, class: .billing, component: "billing", requires: [.org, .subscription, .idleCase] + more)
    }
}

/// A fact about one case.
protocol IdleCaseEntry: AuditEvent {
    var idleCase: IdleCase { get }
}

extension IdleCaseEntry {
    var references: AuditReferences {
        AuditReferences(AuditReference(idleCase.org), AuditReference(idleCase.subscription), AuditReference(idleCase.id))
            .adding(AuditReference(idleCase.evaluation)).adding(idleCase.event.map { AuditReference($0) })
    }

    var summary: String { "\(idleCase.id) of \(idleCase.subscription) \(idleCase.state.rawValue)" }

    var data: [String: JSONValue] {
        var data: [String: JSONValue] = [
            "state": .string(idleCase.state.rawValue), "decision": .string(idleCase.evaluation.description),
            "period_start": .string(idleCase.period.start.description), "period_end": .string(idleCase.period.end.description),
            "threshold": .string(idleCase.threshold.description), "ends_at": .string(idleCase.endsAt.description),
        ]
        data["last_activity"] = idleCase.lastActivity.map { .string($0.description) }
        data["via"] = idleCase.via.map { .string($0.rawValue) }
        data["note"] = idleCase.note.map { .string($0) }
        return data
    }
}

struct SubscriptionAutoCanceledEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("subscription_auto_canceled", .medium)
    let idleCase: IdleCase
}

/// Taken back for good; the type is Billing's.
struct IdleKeptEntry: IdleCaseEntry {
    static let type = AuditEventType.subscriptionKept
    let idleCase: IdleCase
    var risk: AuditRisk { .medium }
}

struct IdleCaseHeldEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_case_held", .medium)
    let idleCase: IdleCase
}

struct IdleCaseReleasedEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_case_released", .medium)
    let idleCase: IdleCase
}

struct IdleCaseSupersededEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_case_superseded", .low)
    let idleCase: IdleCase
}

struct IdleCaseOverriddenEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_case_overridden", .medium)
    let idleCase: IdleCase
}

struct IdleDriftCorrectedEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_drift_corrected", .medium)
    let idleCase: IdleCase
}

struct IdleKeepFailedEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_keep_failed", .high)
    let idleCase: IdleCase
}

struct IdleRenewalMissedEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_renewal_missed", .critical)
    let idleCase: IdleCase
}

struct IdleEndExtendedEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_end_extended", .medium)
    let idleCase: IdleCase
}

/// A period of a subscription is acted on only from another instant on.
struct IdleEligibilityChangedEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("idle_eligibility_changed", .medium)
    let idleCase: IdleCase
}

struct KeepLinkUsedEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("keep_link_used", .low, .linkUse)
    let idleCase: IdleCase
    let use: KeepLinkUse.ID

    var references: AuditReferences {
        AuditReferences(
            AuditReference(idleCase.org), AuditReference(idleCase.subscription), AuditReference(idleCase.id), AuditReference(use))
    }
}

struct KeepLinkRefusedEntry: IdleCaseEntry {
    static let type = AuditEventType.idle("keep_link_refused", .low)
    let idleCase: IdleCase
}
