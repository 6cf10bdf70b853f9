public import Core
public import Jobs

/// A mail that is due some time before something happens; what it says is looked up then (OPS-054).
public protocol DatedMail: Job {
    /// Why nothing is sent when the thing does not happen then any more.
    static var reasonGone: String { get }
    /// When it is due, and what makes it one.
    var options: JobOptions { get }

    /// The mail; `nil` when the thing does not happen then any more.
    func draft(facts: any MailFacts) async throws -> MailDraft?
}

extension DatedMail {
    /// The lane of mails.
    public static var lane: Lane { .mail }
}

/// Says which dated mails an event calls for.
public protocol DatedMailSchedule: Sendable {
    /// The event it hears.
    associatedtype Event: DomainEvent
    /// The mails it sets.
    associatedtype Dated: DatedMail
    /// The stored name of its handler; never changed once it has landed.
    static var name: String { get }

    /// The mails, those left out whose time is over.
    static func mails(for event: Event, at now: Instant) -> [Dated]
}

/// Hears an event and sets its dated mails, in one transaction with the end of its own job.
public struct DatedMailScheduler<Schedule: DatedMailSchedule, Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = Schedule.Event
    /// The name of the schedule.
    public static var name: String { Schedule.name }
    /// The lane of mails.
    public static var lane: Lane { .mail }
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Enqueues each mail; heard twice, an event gives no second one.
    public func handle(_ event: Schedule.Event, context: JobContext) async throws -> JobOutcome {
        let mails = Schedule.mails(for: event, at: context.now)
        guard !mails.isEmpty else { return .completed }
        return try await store.withTransaction { transaction in
            for mail in mails { try await transaction.enqueue(mail, mail.options) }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}

/// Queues a dated mail when it is due and still true.
public struct DatedMailHandler<Dated: DatedMail, Store: NotificationStore>: JobHandler {
    private let store: Store
    private let outbox: MailOutbox
    private let facts: any MailFacts

    /// Makes the handler.
    public init(store: Store, outbox: MailOutbox, facts: any MailFacts) {
        self.store = store
        self.outbox = outbox
        self.facts = facts
    }

    /// One mail to each recipient, however often the job runs.
    public func run(_ job: Dated, context: JobContext) async throws -> JobOutcome {
        guard let draft = try await job.draft(facts: facts) else { return .cancelled(reason: Dated.reasonGone) }
        return try await store.withTransaction { transaction in
            try await outbox.queue(draft, at: context.now, in: transaction)
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
