public import Graphs

/// Tells once more that a graph is suspended when no owner can be shown to have been told (GRA-057).
public struct PutOffPurgeRule: MailRule {
    /// `notifications.graph_suspended_again`
    public static let name = "notifications.graph_suspended_again"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// The mail about the suspension with the new time; none where it is only the warning that is missing.
    public func drafts(for event: GraphPurgePutOff, occurrence: String) async throws -> [MailDraft] {
        guard event.missing.contains(.suspension), let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        let context = GraphSuspendedContext(
            org: matter.orgName, orgID: matter.orgID, graph: event.facts.name, graphID: matter.graphID, destroyedAt: event.purgeAt,
            canComeBack: true)
        return [
            MailDraft(
                decision: "\(GraphSuspended.topic)/\(matter.graphID)/\(event.purgeAt)", context: context, about: matter.about,
                recipients: try await matter.everybody())
        ]
    }
}
