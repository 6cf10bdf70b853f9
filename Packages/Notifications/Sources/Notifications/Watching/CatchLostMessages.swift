public import Core
public import Jobs
internal import Observability

/// Messages that are to leave and whose job may have got lost (OPS-135, OPS-136).
public enum MessageNet: String, Codable, Sendable, CaseIterable {
    /// Mails.
    case mails
    /// Messages to customers' systems.
    case deliveries

    /// How long one may have been without a job: longer than any transaction in which it changes hands.
    static let patience: Duration = .minutes(1)
    /// How long one is looked for: longer than it is tried. What is older was given up, and an operator decides.
    static let reach: Duration = .days(7)

    /// What the schedule is called, and what is shown.
    var name: String { "notifications.catch_" + rawValue }

    /// Every minute; once after a pause, however long that was.
    public var schedule: Schedule? {
        CronExpression("* * * * *").map { Schedule(name, $0, missed: .once, job: CatchLostMessages(net: self), serialKey: name) }
    }
}

/// The order to look at one page of messages that are to leave, and to enqueue anew what has lost its job.
public struct CatchLostMessages: Job {
    /// `notifications.catch_lost_messages`
    public static let kind = "notifications.catch_lost_messages"
    /// Nobody waits for it; what is found has the lane of its own.
    public static let lane = Lane.maintenance

    /// How many rows a page has at most.
    public static let page = 1_000

    /// What is looked for.
    public let net: MessageNet
    /// The last row of the page before; the next page is a job of its own, stored with what this one enqueued.
    public let after: String?

    /// Orders a page; the first one without a row before it.
    public init(net: MessageNet, after: String? = nil) {
        self.net = net
        self.after = after
    }
}

/// A message that is to go to an endpoint and has not.
public struct WaitingDelivery: Sendable, Hashable {
    /// The message.
    public let message: WebhookMessage
    /// The endpoint.
    public let endpoint: WebhookEndpoint
    /// How often it was asked for again.
    public let replays: Int

    /// Describes one.
    public init(message: WebhookMessage, endpoint: WebhookEndpoint, replays: Int) {
        self.message = message
        self.endpoint = endpoint
        self.replays = replays
    }

    /// Where a page goes on behind it.
    var place: String { "\(endpoint.id)/\(message.id)" }
}

/// Reads messages that are to leave, page by page.
public protocol MessageNetTransaction {
    /// Mails that stand where a job takes them on and have not moved since an instant, by id; without those of which a job was given up.
    func waitingMails(movedBy instant: Instant, queuedAfter oldest: Instant, after id: Mail.ID?, limit: Int) async throws -> [OutboxEntry]

    /// Messages whose next attempt was due at an instant, by endpoint and message; without those of which a job was given up.
    func waitingDeliveries(
        dueBy instant: Instant, dueAfter oldest: Instant, after place: (endpoint: WebhookEndpoint.ID, message: WebhookMessage.ID)?,
        limit: Int
    ) async throws -> [WaitingDelivery]
}

/// Enqueues the job that a message should have, under the key that it has; what has its job is left alone, so that looking twice changes
/// nothing. The job itself looks whether the message is still to leave.
public struct CatchLostMessagesHandler<Store: NotificationStore>: JobHandler {
    private let store: Store
    private let meters: NetMeters
    private let page: Int

    /// Makes the handler.
    public init(store: Store, meters: NetMeters, page: Int = CatchLostMessages.page) {
        self.store = store
        self.meters = meters
        self.page = page
    }

    /// Looks at one page; a full one has the next page looked at by a job that is stored with it.
    public func run(_ job: CatchLostMessages, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        let found = try await store.withTransaction { transaction in
            let (found, rows, last) = try await enqueue(job, at: now, in: transaction)
            if rows == page, let last {
                let next = CatchLostMessages(net: job.net, after: last)
                try await transaction.enqueue(next, JobOptions(uniqueKey: "\(job.net.rawValue) \(last)", serialKey: job.net.name))
            }
            return found
        }
        meters.note(job.net.name, found)
        return .completed
    }

    private func enqueue(
        _ job: CatchLostMessages, at now: Instant, in transaction: Store.Transaction
    ) async throws -> (found: NetCatch, rows: Int, last: String?) {
        let (due, oldest) = (now - MessageNet.patience, now - MessageNet.reach)
        var found = NetCatch()
        switch job.net {
        case .mails:
            let mails = try await transaction.waitingMails(
                movedBy: due, queuedAfter: oldest, after: job.after.flatMap { Mail.ID($0) }, limit: page)
            for entry in mails {
                let options = SendMail.options(for: entry.mail, about: entry.about)
                found.note(try await transaction.outcome(ofEnqueuing: SendMail(mail: entry.mail.id), options))
            }
            return (found, mails.count, mails.last?.mail.id.description)
        case .deliveries:
            let parts = job.after?.split(separator: "/").map { String($0) } ?? []
            var place: (endpoint: WebhookEndpoint.ID, message: WebhookMessage.ID)?
            if parts.count == 2, let endpoint = WebhookEndpoint.ID(parts[0]), let message = WebhookMessage.ID(parts[1]) {
                place = (endpoint, message)
            }
            let deliveries = try await transaction.waitingDeliveries(dueBy: due, dueAfter: oldest, after: place, limit: page)
            for delivery in deliveries {
                let order = DeliverWebhook(delivery.message, to: delivery.endpoint)
                let options = order.options(for: delivery.message, to: delivery.endpoint, replay: delivery.replays)
                found.note(try await transaction.outcome(ofEnqueuing: order, options))
            }
            return (found, deliveries.count, deliveries.last?.place)
        }
    }
}
