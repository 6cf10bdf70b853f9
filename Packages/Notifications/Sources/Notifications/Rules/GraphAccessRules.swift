internal import Audit
internal import Core
public import Graphs
internal import Identity
internal import Orgs

/// A person may do something else with a graph than before (NOT-164).
public struct GraphAccessChangedRule: MailRule {
    /// `notifications.graph_access_changed`
    public static let name = "notifications.graph_access_changed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each change to the person; none to whoever changed the own role.
    public func drafts(for event: GraphAccessChanged, occurrence: String) async throws -> [MailDraft] {
        guard event.user != event.by, let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        let context = GraphAccessChangedContext(
            org: matter.orgName, orgID: matter.orgID, graph: event.facts.name, graphID: matter.graphID, oldRole: event.oldRole?.rawValue,
            newRole: event.newRole?.rawValue, actor: try await facts.person(event.by)?.name.description)
        return [
            MailDraft(
                decision: "\(GraphAccessChanged.topic)/\(matter.graphID)/\(event.user)/\(occurrence)", context: context,
                about: matter.about, recipients: try await matter.audience.person(event.user, reason: "it is your access"))
        ]
    }
}

/// A login to a graph was made (NOT-164).
public struct GraphCredentialCreatedRule: MailRule {
    /// `notifications.graph_credential_created`
    public static let name = "notifications.graph_credential_created"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each login to those who administer the graph, whoever made it too: it may have been somebody else with their session.
    public func drafts(for event: GraphLoginCreated, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        let context = GraphCredentialCreatedContext(
            org: matter.orgName, orgID: matter.orgID, graph: event.facts.name, graphID: matter.graphID,
            login: .init(
                label: event.label.isEmpty ? nil : event.label, isReadOnly: event.access == .readOnly, isRotation: event.isRotation,
                createdAt: event.at, expiresAt: event.expiresAt),
            actor: try await facts.person(event.by)?.name.description)
        let admins = try await matter.audience.admins(of: event.facts)
        return [
            MailDraft(
                decision: "\(GraphLoginCreated.topic)/\(event.credential)", context: context, about: matter.about,
                recipients: admins.isEmpty ? try await matter.audience.owners() : admins)
        ]
    }
}
