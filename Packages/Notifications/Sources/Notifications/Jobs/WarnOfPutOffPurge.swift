internal import Core
public import Graphs
public import Jobs

/// Warns of the new time when a purge was put off, or let go after it was held: at once, where a stage's time has come already (GRA-057).
public struct PutOffWarningScheduler<Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = GraphPurgePutOff
    /// `notifications.schedule_put_off_warnings`
    public static var name: String { "notifications.schedule_put_off_warnings" }
    /// The lane of mails.
    public static var lane: Lane { .mail }
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// The last warning always; an earlier one where there is time for it.
    public func handle(_ event: GraphPurgePutOff, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction { transaction in
            for days in WarnOfDeletion.stages where days == 1 || context.now <= event.purgeAt - .days(days) {
                let warning = WarnOfDeletion(
                    graph: event.facts.graph, org: event.facts.org, destroyedAt: event.purgeAt, daysBefore: days)
                try await transaction.enqueue(warning, warning.options)
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
