internal import Core
public import Jobs
public import Observability

/// Says which mails an event calls for.
public protocol MailRule: Sendable {
    /// The event it hears.
    associatedtype Event: DomainEvent
    /// The stored name of its handler, such as `notifications.welcome`; never changed once it has landed.
    static var name: String { get }

    /// The mails for an event; none when it concerns nobody or nothing is to be said (NOT-028).
    ///
    /// - Parameter occurrence: names this happening of the event and is the same when it is handled again; for decisions whose event has
    ///   no name of its own, because it may happen to one thing more than once.
    /// - Throws: what the facts throw; the event comes again.
    func drafts(for event: Event, occurrence: String) async throws -> [MailDraft]
}

/// Hears an event and puts the mails it calls for into the outbox, in one transaction with the end of its own job.
public struct MailRuleHandler<Rule: MailRule, Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = Rule.Event
    /// The name of the rule.
    public static var name: String { Rule.name }
    /// The lane of mails.
    public static var lane: Lane { .mail }

    private let rule: Rule
    private let store: Store
    private let outbox: MailOutbox
    private let log: Log

    /// Makes a handler.
    public init(_ rule: Rule, store: Store, outbox: MailOutbox, log: Log) {
        self.rule = rule
        self.store = store
        self.outbox = outbox
        self.log = log
    }

    /// Queues the mails; heard twice, an event gives no second one (NOT-027).
    public func handle(_ event: Rule.Event, context: JobContext) async throws -> JobOutcome {
        let drafts = try await rule.drafts(for: event, occurrence: context.job.description)
        for draft in drafts where draft.recipients.isEmpty {
            log.error("a mail has no recipient", ["template": .string(type(of: draft.context).template.rawValue)])
        }
        for draft in drafts where draft.recipients.contains(where: \.isInPlaceOfOwners) {
            log.error("nobody of an org can be told", ["template": .string(type(of: draft.context).template.rawValue)])
        }
        return try await store.withTransaction { transaction in
            for draft in drafts { try await outbox.queue(draft, at: context.now, in: transaction) }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
