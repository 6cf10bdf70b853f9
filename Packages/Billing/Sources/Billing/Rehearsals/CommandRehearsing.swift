internal import Audit
public import Core

/// What a command did, or would do, beside its answer (ADM-013, BIL-127).
public struct CommandEffects: Sendable, Hashable {
    /// Entries of the log: type and line.
    public var entries: [JSONValue]
    /// Events: from them follow mails, webhooks and everything that other parts do.
    public var events: [JSONValue]
    /// Jobs: kind and the instant from which on they run.
    public var jobs: [JSONValue]
    /// Orders to the payment provider: charges, refunds and ends.
    public var orders: [JSONValue]
    /// What of a subscription is another than it was: which, the field, old and new.
    public var changes: [JSONValue]
    /// Own invoices, credits and refunds: kind, amount and currency.
    public var money: [JSONValue]
    /// The subscriptions that are told of, as they stand then.
    public var subscriptions: [Subscription]

    /// Describes effects.
    public init(
        entries: [JSONValue] = [], events: [JSONValue] = [], jobs: [JSONValue] = [], orders: [JSONValue] = [],
        changes: [JSONValue] = [], money: [JSONValue] = [], subscriptions: [Subscription] = []
    ) {
        self.entries = entries
        self.events = events
        self.jobs = jobs
        self.orders = orders
        self.changes = changes
        self.money = money
        self.subscriptions = subscriptions
    }

    /// As operators are told.
    public var json: [String: JSONValue] {
        ["entries": .array(entries), "events": .array(events), "jobs": .array(jobs), "orders": .array(orders)]
    }

    /// What comes next of the subscriptions by itself, soonest first.
    public func next(after now: Instant) -> [(subscription: Subscription.ID, next: SubscriptionExplanation.Next)] {
        subscriptions.flatMap { row in SubscriptionExplanation.next(of: row, now: now).map { (row.id, $0) } }
            .sorted { $0.next.at < $1.next.at }
    }

    /// Adds what another transaction of the same command did.
    public mutating func add(_ more: CommandEffects) {
        // The payer's row is made by the first transaction that needs it; the next one makes it again, as nothing was kept.
        entries += more.entries.filter { $0["type"]?.stringValue != CustomerCreatedEntry.type.name || !entries.contains($0) }
        events += more.events
        jobs += more.jobs
        orders += more.orders
        changes += more.changes
        money += more.money
        // The later transaction knows better.
        let known = Set(more.subscriptions.map(\.id))
        subscriptions = subscriptions.filter { !known.contains($0.id) } + more.subscriptions
    }
}

/// A mail that would follow, to each of its recipients.
public struct ForeseenMail: Sendable, Hashable {
    /// Which mail, by its template.
    public let template: String
    /// To how many addresses.
    public let recipients: Int

    /// Describes a mail.
    public init(template: String, recipients: Int) {
        self.template = template
        self.recipients = recipients
    }
}

/// Knows the mails that events call for.
public protocol MailForecasting: Sendable {
    /// The mails that the events of a command call for, with the subscriptions as they would stand then (BIL-127).
    func mails(after effects: CommandEffects) async throws -> [ForeseenMail]
}

/// Does what a command would do, sees what that is, and undoes it.
public protocol CommandRehearsing: Sendable {
    /// Rehearses a command, which must be one transaction. It fails exactly when the command would.
    func rehearse<Result: Sendable>(_ body: () async throws -> Result) async throws -> (result: Result, effects: CommandEffects)
}

extension CommandRehearsing {
    /// Rehearses a command up to where it asks the payment provider; nothing is asked of it, and what its answer would lead to nobody knows.
    ///
    /// - Returns: what the command decides, and whether it asks the provider then. It fails exactly when the command would until there.
    public func outlook(_ body: () async throws -> Void) async throws -> (effects: CommandEffects, asksProvider: Bool) {
        let (asksProvider, effects) = try await rehearse {
            try await CommandRehearsal.$isUnderWay.withValue(true) {
                do {
                    try await body()
                    return false
                } catch let end as CommandRehearsal.End {
                    return end.asksProvider
                }
            }
        }
        return (effects, asksProvider)
    }
}

/// Whether a command is only rehearsed; where it would go on with what it has stored, there is nothing then.
enum CommandRehearsal {
    /// Ends a rehearsal: all that can be known is known.
    struct End: Error {
        let asksProvider: Bool
    }

    @TaskLocal static var isUnderWay = false

    /// Ends a rehearsal here; nothing happens when it is none.
    static func end(askingProvider asksProvider: Bool) throws(End) {
        if isUnderWay { throw End(asksProvider: asksProvider) }
    }
}
