internal import Billing
internal import Core
internal import Graphs
internal import HTTPServer
internal import Identity
internal import Operations

/// Why something is allowed or not, with facts and ids (GRA-128).
enum ExplanationBodies {
    static func explanation(_ situation: GraphSituation, _ answers: [GraphExplanation]) -> JSONValue {
        [
            "graph_id": .string(situation.graph.id.description), "status": .string(situation.graph.status.rawValue),
            "access": .string(situation.access.level.rawValue), "access_reason": .string(situation.access.reason.rawValue),
            "engine_mode": .string(situation.graph.mode.rawValue), "next_change_at": text(situation.changesAt),
            "facts": facts(situation), "actions": .array(answers.map(answer)),
        ]
    }

    private static func answer(_ answer: GraphExplanation) -> JSONValue {
        let problem = answer.refusal?.problem
        return [
            "action": .string(answer.action.rawValue), "allowed": .bool(answer.refusal == nil),
            "code": .string(problem?.code ?? "ALLOWED"), "detail": .string(problem?.detail ?? "This may be done now."),
        ]
    }

    private static func facts(_ situation: GraphSituation) -> JSONValue {
        let (graph, subscription) = (situation.graph, situation.subscription)
        return [
            "role": word(situation.role?.rawValue), "org_role": word(situation.orgRole?.rawValue),
            "status_since": text(graph.statusSince), "status_reason": word(graph.statusReason), "purge_at": text(graph.purgeAt),
            "purge_hold": word(graph.purgeHold), "delete_protected": .bool(graph.isDeleteProtected),
            "subscription_id": word(subscription?.id.description), "subscription_status": word(subscription?.status.rawValue),
            "ends_at": text(subscription?.endsAt), "grace_deadline": text(subscription?.graceDeadline),
            "final_deadline": text(subscription?.finalDeadline), "operation_id": word(situation.exclusiveOperation?.description),
        ]
    }

    private static func word(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    private static func text(_ instant: Instant?) -> JSONValue { instant.map { .string($0.description) } ?? .null }
}
