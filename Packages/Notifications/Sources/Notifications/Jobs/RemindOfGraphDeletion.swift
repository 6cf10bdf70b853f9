internal import Billing
public import Core
public import Graphs
public import Identity
public import Jobs
public import Orgs

/// Tells once more of a deletion that was put to the end of a period, three days before that end, unless it was taken back (GRA-051, NOT-147).
public struct RemindOfGraphDeletion: Job, DatedMail {
    /// `notifications.remind_of_graph_deletion`
    public static let kind = "notifications.remind_of_graph_deletion"
    /// The deletion was taken back, or comes at another time.
    public static let reasonGone = "the graph does not end then any more"
    /// How long before the end it comes.
    static var lead: Duration { .days(3) }

    /// Which graph.
    public let graph: GraphID
    /// Whose.
    public let org: Org.ID
    /// Who asked.
    public let askedBy: User.ID
    /// When it ends.
    public let endsAt: Instant
    /// When it is destroyed.
    public let destroyedAt: Instant
    /// Until when its final backup is kept.
    public let backupUntil: Instant

    /// Asks for a reminder.
    public init(graph: GraphID, org: Org.ID, askedBy: User.ID, endsAt: Instant, destroyedAt: Instant, backupUntil: Instant) {
        self.graph = graph
        self.org = org
        self.askedBy = askedBy
        self.endsAt = endsAt
        self.destroyedAt = destroyedAt
        self.backupUntil = backupUntil
    }

    /// At the hour of the end; one for each end of a graph.
    public var options: JobOptions {
        JobOptions(runAt: endsAt - Self.lead, priority: .normal, uniqueKey: "\(graph)/\(endsAt)", org: org.uuid)
    }

    /// One mail to the owners, those who administer the graph, and whoever pays: the same as at the beginning.
    public func draft(facts: any MailFacts) async throws -> MailDraft? {
        guard let graph = try await facts.graph(graph), graph.status == .active, let resource = ResourceID(graph.id.description),
            let subscription = try await facts.subscription(ofGraph: resource)?.subscription, subscription.cancellation != nil,
            subscription.currentPeriod?.end == endsAt, let matter = try await GraphMatter(GraphFactsOfEvent(graph), facts: facts)
        else { return nil }
        let context = GraphDeleteRequestedContext(
            org: matter.orgName, orgID: matter.orgID, graph: graph.name, graphID: matter.graphID,
            askedBy: try await facts.person(askedBy)?.name.description ?? "A former member", endsAt: endsAt, destroyedAt: destroyedAt,
            backupUntil: backupUntil, canUndo: true)
        return MailDraft(
            decision: "\(Self.kind)/\(matter.graphID)/\(endsAt)", context: context, about: matter.about,
            recipients: try await matter.everybody())
    }
}

/// Sets the reminder when a deletion is put to the end of a period that is further off; whoever asked within the last three days was just told.
public enum GraphDeletionReminders: DatedMailSchedule {
    /// `notifications.schedule_graph_deletion_reminder`
    public static let name = "notifications.schedule_graph_deletion_reminder"

    /// One, or none.
    public static func mails(for event: GraphDeletionRequested, at now: Instant) -> [RemindOfGraphDeletion] {
        guard let endsAt = event.endsAt, let destroyedAt = event.destroyedAt, let backupUntil = event.backupKeptUntil,
            now < endsAt - RemindOfGraphDeletion.lead
        else { return [] }
        return [
            RemindOfGraphDeletion(
                graph: event.facts.graph, org: event.facts.org, askedBy: event.requestedBy, endsAt: endsAt, destroyedAt: destroyedAt,
                backupUntil: backupUntil)
        ]
    }
}
