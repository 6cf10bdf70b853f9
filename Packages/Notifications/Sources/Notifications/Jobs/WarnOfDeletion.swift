internal import Audit
public import Core
public import Graphs
public import Jobs

/// Warns that a suspended graph is destroyed soon (NOT-145), unless it came back meanwhile.
public struct WarnOfDeletion: Job {
    /// `notifications.warn_of_deletion`
    public static let kind = "notifications.warn_of_deletion"
    /// The lane of mails.
    public static let lane = Lane.mail
    /// How many days before the end the warnings come.
    static let stages = [3, 1]

    /// The graph as it was when it was suspended.
    public let graph: GraphFactsOfEvent
    /// When it was to be destroyed.
    public let destroyedAt: Instant
    /// How many days before that.
    public let daysBefore: Int

    /// Asks for a warning.
    public init(graph: GraphFactsOfEvent, destroyedAt: Instant, daysBefore: Int) {
        self.graph = graph
        self.destroyedAt = destroyedAt
        self.daysBefore = daysBefore
    }

    /// At the hour of the end, so many days before; one job for each stage of each suspension.
    var options: JobOptions {
        JobOptions(
            runAt: destroyedAt - .days(daysBefore), priority: .normal, uniqueKey: "\(graph.graph)/\(destroyedAt)/\(daysBefore)",
            org: graph.org.uuid)
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
                let warning = WarnOfDeletion(graph: event.facts, destroyedAt: destroyedAt, daysBefore: days)
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
        guard let graph = try await facts.graph(job.graph.graph), graph.status == .suspended, graph.purgeAt == job.destroyedAt,
            let matter = try await GraphMatter(job.graph, facts: facts)
        else { return .cancelled(reason: "the graph is not to be destroyed then any more") }
        let warning = DeletionWarningContext(
            org: matter.orgName, orgID: matter.orgID, graph: job.graph.name, graphID: matter.graphID, destroyedAt: job.destroyedAt,
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
