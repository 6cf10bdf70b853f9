internal import Audit
internal import Core
internal import Orgs

/// What the entries about one debt have in common (AUD-107).
protocol DunningEntry: AuditEvent {
    var debt: DunningCase { get }
}

extension DunningEntry {
    var references: AuditReferences {
        AuditReferences(AuditReference(debt.org), AuditReference(debt.subscription), AuditReference(debt.id))
    }
}

/// The first failed charge has opened a case.
struct DunningStartedEntry: DunningEntry {
    static let type = AuditEventType.billing("dunning_started", .medium, .org, .subscription, .dunningCase)
    let debt: DunningCase
    let finalDeadline: Instant

    var summary: String { "\(debt.subscription) owes: dunning begins" }
    var data: [String: JSONValue] { ["final_deadline": .string(finalDeadline.description)] }
}

/// A debt has come to another stage, of which the debtor is told (BIL-091).
struct DunningStageEnteredEntry: DunningEntry {
    static let type = AuditEventType.billing("dunning_stage_entered", .low, .org, .subscription, .dunningCase)
    let debt: DunningCase
    let stage: DunningStage
    let deadline: Instant?

    var summary: String { "stage \(stage.rawValue) of the debt for \(debt.subscription)" }
    var data: [String: JSONValue] {
        var data: [String: JSONValue] = ["stage": .string(stage.rawValue)]
        data["deadline"] = deadline.map { .string($0.description) }
        return data
    }
}

/// The case is over.
struct DunningClosedEntry: DunningEntry {
    static let type = AuditEventType.billing("dunning_closed", .low, .org, .subscription, .dunningCase)
    let debt: DunningCase
    let outcome: DunningCase.Outcome

    var summary: String { "dunning of \(debt.subscription) is over: \(outcome.rawValue)" }
    var data: [String: JSONValue] { ["outcome": .string(outcome.rawValue), "attempts": .integer(Int64(debt.attempts))] }
}
