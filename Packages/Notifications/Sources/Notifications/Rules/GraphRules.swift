internal import Audit
internal import Billing
public import Core
public import Graphs
internal import Identity
internal import Orgs

/// A graph can be used (NOT-160).
public struct GraphReadyRule: MailRule {
    /// `notifications.graph_ready`
    public static let name = "notifications.graph_ready"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever asked and to those who administer it.
    public func drafts(for event: GraphProvisioned, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        let context = GraphReadyContext(org: matter.orgName, orgID: matter.orgID, graph: event.facts.name, graphID: matter.graphID)
        let recipients = try await matter.audience.person(event.facts.createdBy, reason: "you asked for it")
        return [
            MailDraft(
                decision: "\(GraphProvisioned.topic)/\(matter.graphID)", context: context, about: matter.about,
                recipients: try await recipients + matter.audience.admins(of: event.facts))
        ]
    }
}

/// A graph could not be made and no money was taken (NOT-160); where it was, the mail about the money tells (NOT-131).
public struct GraphCreateFailedRule: MailRule {
    /// `notifications.graph_create_failed`
    public static let name = "notifications.graph_create_failed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to whoever asked and to those who administer it.
    public func drafts(for event: GraphProvisioningFailed, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        if let resource = ResourceID(matter.graphID), let view = try await facts.subscription(ofGraph: resource),
            view.subscription.backing?.isCardBilled == true
        {
            return []
        }
        let context = GraphCreateFailedContext(org: matter.orgName, graph: event.facts.name, cause: "of a fault on our side")
        let recipients = try await matter.audience.person(event.facts.createdBy, reason: "you asked for it")
        return [
            MailDraft(
                decision: "\(GraphProvisioningFailed.topic)/\(matter.graphID)", context: context, about: matter.about,
                recipients: try await recipients + matter.audience.admins(of: event.facts))
        ]
    }
}

/// The deletion of a graph was asked for (NOT-147).
public struct GraphDeleteRequestedRule: MailRule {
    /// `notifications.graph_delete_requested`
    public static let name = "notifications.graph_delete_requested"
    private let facts: any MailFacts
    private let catalogue: GraphCatalogue

    /// Makes the rule.
    public init(facts: any MailFacts, catalogue: GraphCatalogue) {
        self.facts = facts
        self.catalogue = catalogue
    }

    /// One mail to the owners, those who administer it, and whoever pays.
    public func drafts(for event: GraphDeletionRequested, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        let destroyedAt = event.destroyedAt ?? event.endsAt.map { $0 + catalogue.retention }
        guard let backupUntil = event.backupKeptUntil ?? destroyedAt.map({ $0 + catalogue.finalBackupHosting }) else { return [] }
        let asker = try await facts.person(event.requestedBy)
        let context = GraphDeleteRequestedContext(
            org: matter.orgName, orgID: matter.orgID, graph: event.facts.name, graphID: matter.graphID,
            askedBy: asker?.name.description ?? "A former member", endsAt: event.endsAt, destroyedAt: destroyedAt, backupUntil: backupUntil,
            canUndo: event.endsAt != nil)
        return [
            MailDraft(
                decision: "\(GraphDeletionRequested.topic)/\(matter.graphID)/\(occurrence)", context: context, about: matter.about,
                recipients: try await matter.everybody())
        ]
    }
}

/// A graph was closed and is kept for a while (NOT-144).
public struct GraphSuspendedRule: MailRule {
    /// `notifications.graph_suspended`
    public static let name = "notifications.graph_suspended"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to the owners, those who administer it, and whoever pays. What goes with its org is told by the mails about the org.
    public func drafts(for event: GraphSuspended, occurrence: String) async throws -> [MailDraft] {
        guard event.reason != "org_deleted", let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        let context = GraphSuspendedContext(
            org: matter.orgName, orgID: matter.orgID, graph: event.facts.name, graphID: matter.graphID, destroyedAt: event.purgeAt,
            canComeBack: true)
        return [
            MailDraft(
                decision: "\(GraphSuspended.topic)/\(matter.graphID)/\(occurrence)", context: context, about: matter.about,
                recipients: try await matter.everybody())
        ]
    }
}

/// A graph that was suspended is open again (NOT-160).
public struct GraphUndeletedRule: MailRule {
    /// `notifications.graph_undeleted`
    public static let name = "notifications.graph_undeleted"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to all who were told of the suspension.
    public func drafts(for event: GraphResumed, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await GraphMatter(event.facts, facts: facts) else { return [] }
        let context = GraphUndeletedContext(
            org: matter.orgName, orgID: matter.orgID, graph: event.facts.name, graphID: matter.graphID)
        return [
            MailDraft(
                decision: "\(GraphResumed.topic)/\(matter.graphID)/\(occurrence)", context: context, about: matter.about,
                recipients: try await matter.everybody())
        ]
    }
}

/// A graph is gone (NOT-146).
public struct GraphDeprovisionedRule: MailRule {
    /// `notifications.graph_deprovisioned`
    public static let name = "notifications.graph_deprovisioned"
    private let facts: any MailFacts
    private let dateSource: any DateSource

    /// Makes the rule.
    public init(facts: any MailFacts, dateSource: any DateSource) {
        self.facts = facts
        self.dateSource = dateSource
    }

    /// One mail to the owners, those who administered it, and whoever pays. What goes with its org is told by the mails about the org.
    public func drafts(for event: GraphDeprovisioned, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await GraphMatter(event.facts, facts: facts), !matter.org.state.isEnded else { return [] }
        let context = GraphDeprovisionedContext(
            org: matter.orgName, orgID: matter.orgID, graph: event.facts.name, destroyedAt: dateSource.now,
            backupUntil: event.backupKeptUntil, isLost: event.finalBackup == nil)
        return [
            MailDraft(
                decision: "\(GraphDeprovisioned.topic)/\(matter.graphID)", context: context, about: matter.about,
                recipients: try await matter.everybody())
        ]
    }
}

/// What every mail about a graph says and whom it goes to.
struct GraphMatter {
    let org: Org
    let graph: GraphFactsOfEvent
    let facts: any MailFacts

    /// `nil` when the org is gone.
    init?(_ graph: GraphFactsOfEvent, facts: any MailFacts) async throws {
        guard let org = try await facts.org(graph.org) else { return nil }
        self.org = org
        self.graph = graph
        self.facts = facts
    }

    var orgName: String { org.name.description }
    var orgID: String { org.id.description }
    var graphID: String { graph.graph.description }
    var audience: Audience { Audience(facts: facts, org: org) }
    var about: [AuditReference] { [AuditReference(org.id), AuditReference(graph.graph)] }

    /// Whoever pays, the owners, and those who administer the graph.
    func everybody() async throws -> [MailRecipient] {
        try await audience.billing() + audience.owners() + audience.admins(of: graph)
    }
}
