internal import Audit
public import Core
public import Graphs
public import Jobs
public import Orgs

/// Warns that a suspended graph is destroyed soon (NOT-145), unless it came back meanwhile.
public struct WarnOfDeletion: Job {
    /// `notifications.warn_of_deletion`
    public static let kind = "notifications.warn_of_deletion"
    /// The lane of mails.
    public static let lane = Lane.mail
    /// How many days before the end the warnings come.
    static let stages = [3, 1]

    /// Which graph; what it is called is looked up when the mail is due (OPS-054).
    public let graph: GraphID
    /// Whose.
    public let org: Org.ID
    /// When it was to be destroyed.
    public let destroyedAt: Instant
    /// How many days before that.
    public let daysBefore: Int

    /// Asks for a warning.
    public init(graph: GraphID, org: Org.ID, destroyedAt: Instant, daysBefore: Int) {
        self.graph = graph
        self.org = org
        self.destroyedAt = destroyedAt
        self.daysBefore = daysBefore
    }

    /// Reads a job, also one of an earlier version, which held the whole graph.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let facts = try? container.decode(GraphFactsOfEvent.self, forKey: .graph) {
            (graph, org) = (facts.graph, facts.org)
        } else {
            graph = try container.decode(GraphID.self, forKey: .graph)
            org = try container.decode(Org.ID.self, forKey: .org)
        }
        destroyedAt = try container.decode(Instant.self, forKey: .destroyedAt)
        daysBefore = try container.decode(Int.self, forKey: .daysBefore)
    }

    /// At the hour of the end, so many days before; one job for each stage of each suspension.
    var options: JobOptions {
        JobOptions(
            runAt: destroyedAt - .days(daysBefore), priority: .normal, uniqueKey: "\(graph)/\(destroyedAt)/\(daysBefore)",
            org: org.uuid)
    }
}

/// Sets the warnings when a graph is suspended; a stage whose time is over already is left out.
public struct DeletionWarningScheduler<Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = GraphSuspended
    /// `notifications.schedule_deletion_warnings`
    public static var name: String { "notifications.schedule_deletion_warnings" }
    /// The lane of mails.
    public static var lane: Lane { .mail }
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Enqueues a job for each stage.
    public func handle(_ event: GraphSuspended, context: JobContext) async throws -> JobOutcome {
        guard let destroyedAt = event.purgeAt else { return .completed }
        return try await store.withTransaction { transaction in
            for days in WarnOfDeletion.stages where context.now < destroyedAt - .days(days) {
                let warning = WarnOfDeletion(graph: event.facts.graph, org: event.facts.org, destroyedAt: destroyedAt, daysBefore: days)
                try await transaction.enqueue(warning, warning.options)
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}

/// Queues the warning when the graph is still suspended and still to be destroyed at that time.
public struct WarnOfDeletionHandler<Store: NotificationStore>: JobHandler {
    private let store: Store
    private let outbox: MailOutbox
    private let facts: any MailFacts

    /// Makes the handler.
    public init(store: Store, outbox: MailOutbox, facts: any MailFacts) {
        self.store = store
        self.outbox = outbox
        self.facts = facts
    }

    /// One mail to the owners, those who administer the graph, and whoever pays.
    public func run(_ job: WarnOfDeletion, context: JobContext) async throws -> JobOutcome {
        guard let graph = try await facts.graph(job.graph), graph.status == .suspended, graph.purgeAt == job.destroyedAt,
            let matter = try await GraphMatter(GraphFactsOfEvent(graph), facts: facts)
        else { return .cancelled(reason: "the graph is not to be destroyed then any more") }
        let warning = DeletionWarningContext(
            org: matter.orgName, orgID: matter.orgID, graph: graph.name, graphID: matter.graphID, destroyedAt: job.destroyedAt,
            canComeBack: true)
        let draft = MailDraft(
            decision: "\(WarnOfDeletion.kind)/\(matter.graphID)/\(job.destroyedAt)/\(job.daysBefore)", context: warning,
            about: matter.about, recipients: try await matter.everybody())
        return try await store.withTransaction { transaction in
            try await outbox.queue(draft, at: context.now, in: transaction)
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
