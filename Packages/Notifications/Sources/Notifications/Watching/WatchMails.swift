public import Core
public import Jobs
public import Observability

/// How the outbox is doing at a moment.
public struct MailHealth: Sendable, Hashable {
    /// Since when the oldest mail waits on which the safety of an account depends; what was put off by a relay counts as well.
    public let oldestSecurity: Instant?
    /// Since when the oldest other mail waits that no relay has put off.
    public let oldestOther: Instant?
    /// How many mails of the last 24 hours a relay took.
    public let taken: Int
    /// How many of them came back.
    public let bounced: Int
    /// How many could not be written in the last 24 hours.
    public let unwritten: Int

    /// Says how it is doing.
    public init(oldestSecurity: Instant?, oldestOther: Instant?, taken: Int, bounced: Int, unwritten: Int) {
        self.oldestSecurity = oldestSecurity
        self.oldestOther = oldestOther
        self.taken = taken
        self.bounced = bounced
        self.unwritten = unwritten
    }

    /// What somebody should look at (NOT-194).
    public enum Alert: String, Sendable, CaseIterable {
        /// A mail about the safety of an account waits for more than a minute.
        case securityDelayed = "security_mail_delayed"
        /// Another mail waits for more than a quarter of an hour.
        case delayed = "mail_delayed"
        /// More than five of a hundred mails of a day came back.
        case bounces = "mail_bounces"
        /// A mail could not be written.
        case unwritten = "mail_unwritten"
    }

    /// The alerts at an instant; equality is allowed.
    public func alerts(at now: Instant) -> [Alert] {
        var alerts: [Alert] = []
        if let oldestSecurity, now - oldestSecurity > .seconds(60) { alerts.append(.securityDelayed) }
        if let oldestOther, now - oldestOther > .minutes(15) { alerts.append(.delayed) }
        if bounced * 100 > taken * 5 { alerts.append(.bounces) }
        if unwritten > 0 { alerts.append(.unwritten) }
        return alerts
    }
}

/// The order to look whether mails are on their way as they should be.
public struct WatchMails: Job {
    /// `notifications.watch_mails`
    public static let kind = "notifications.watch_mails"
    /// Nobody waits for it, and a mail lane that stands still must not hide it.
    public static let lane = Lane.maintenance
    /// The next look is soon enough.
    public static let retryPolicy = RetryPolicy.standard

    /// Orders it.
    public init() {}

    /// Every five minutes, with the other sweeps; the figures of `NotificationFigures` show the same every fifteen seconds.
    public static var schedule: Schedule? {
        CronExpression("*/5 * * * *").map { Schedule("notifications.watch_mails", $0, missed: .skipped, job: WatchMails()) }
    }
}

/// Shows each alert as a figure while it lasts, and writes a line about it each time that it is seen.
public struct WatchMailsHandler<Store: NotificationStore>: JobHandler {
    private let store: Store
    private let metrics: Metrics
    private let log: Log

    /// Makes the handler.
    public init(store: Store, metrics: Metrics, log: Log) {
        self.store = store
        self.metrics = metrics
        self.log = log
    }

    /// Looks once.
    public func run(_ job: WatchMails, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        let alerts = try await store.withTransaction { try await $0.mailHealth(at: now) }.alerts(at: now)
        for alert in MailHealth.Alert.allCases {
            metrics.gauge(
                "trellis_mail_alert", help: "Whether something about mails needs somebody.", labels: [Label("condition", alert.rawValue)]
            ).set(alerts.contains(alert) ? 1 : 0)
        }
        for alert in alerts { log.error("mails need somebody", ["condition": .string(alert.rawValue)]) }
        return .completed
    }
}
