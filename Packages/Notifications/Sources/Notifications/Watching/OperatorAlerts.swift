public import Core
public import Jobs
public import Observability

/// Something that those who run the product have to look at.
public struct OperatorCondition: Sendable, Hashable {
    /// How soon somebody has to.
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable {
        /// Today.
        case warning
        /// Now.
        case critical
    }

    /// Its stable name, such as `dead_letters`.
    public let name: String
    /// How soon somebody has to look.
    public let severity: Severity
    /// What it is, in a few words.
    public let title: String
    /// What is known of it, in a sentence without names and ids.
    public let detail: String

    /// Tells of a condition.
    public init(_ name: String, severity: Severity, title: String, detail: String) {
        self.name = name
        self.severity = severity
        self.title = title
        self.detail = detail
    }
}

/// Knows what those who run the product have to look at.
public protocol OperatorConditions: Sendable {
    /// What is so at an instant; each name once.
    func current(at now: Instant) async throws -> [OperatorCondition]
}

/// A condition from the time that it was first seen to the time that it was not seen any more.
public struct OperatorAlert: Sendable, Hashable {
    /// How long a condition is not seen before it is over: one that comes and goes is one alert.
    public static let calm: Duration = .hours(1)
    /// How often it is told while it lasts.
    public static let interval: Duration = .hours(24)

    /// The condition, as it was last seen.
    public var condition: OperatorCondition
    /// When it was first seen.
    public let openedAt: Instant
    /// When it was last seen.
    public var seenAt: Instant
    /// When it was last told.
    public var toldAt: Instant
    /// How often it was told.
    public var times: Int

    /// An alert that begins, and is told at once.
    public init(_ condition: OperatorCondition, at now: Instant) {
        self.init(condition: condition, openedAt: now, seenAt: now, toldAt: now, times: 1)
    }

    /// An alert as it is kept.
    public init(condition: OperatorCondition, openedAt: Instant, seenAt: Instant, toldAt: Instant, times: Int) {
        self.condition = condition
        self.openedAt = openedAt
        self.seenAt = seenAt
        self.toldAt = toldAt
        self.times = times
    }

    /// The mail about it: one for each time that it is told, and one when it is over.
    func draft(to operators: [MailAddress], isOver: Bool) -> MailDraft {
        MailDraft(
            decision: "operator_alert/\(condition.name)/\(openedAt)/\(isOver ? "over" : "\(times)")",
            context: OperatorAlertContext(self, isOver: isOver), about: [],
            recipients: operators.map { MailRecipient(address: $0, user: nil, locale: nil, reason: "you run the product") })
    }
}

/// What keeps alerts.
public protocol OperatorAlertTransaction {
    /// The alerts that are open, kept from others until the end of the transaction.
    func lockOpenAlerts() async throws -> [OperatorAlert]
    /// Adds one.
    ///
    /// - Returns: `false` when one of its name is open.
    func insertAlert(_ alert: OperatorAlert) async throws -> Bool
    /// Writes how an open one stands; with a time, it is over since then.
    func saveAlert(_ alert: OperatorAlert, closedAt: Instant?) async throws
}

/// The order to look at what those who run the product have to know.
public struct WatchConditions: Job {
    /// `notifications.watch_conditions`
    public static let kind = "notifications.watch_conditions"
    /// With what is due now and then; a queue that stands still is seen by other workers and by `/readyz`.
    public static let lane = Lane.maintenance

    /// Orders it.
    public init() {}

    /// Every five minutes.
    public static var schedule: Schedule? {
        CronExpression("*/5 * * * *").map { Schedule("notifications.watch_conditions", $0, missed: .skipped, job: WatchConditions()) }
    }
}

/// Tells those who run the product of each condition once, each day while it lasts, and when it is over (NOT-170).
public struct WatchConditionsHandler<Store: NotificationStore>: JobHandler {
    private let store: Store
    private let conditions: any OperatorConditions
    private let operators: [MailAddress]
    private let outbox: MailOutbox
    private let metrics: Metrics
    private let log: Log

    /// Makes the handler.
    ///
    /// - Parameter operators: where they are told; without any, alerts are kept and shown as figures all the same.
    public init(
        store: Store, conditions: any OperatorConditions, operators: [MailAddress], outbox: MailOutbox, metrics: Metrics, log: Log
    ) {
        self.store = store
        self.conditions = conditions
        self.operators = operators
        self.outbox = outbox
        self.metrics = metrics
        self.log = log
    }

    /// Looks once; looking again at the same time tells nothing more.
    public func run(_ job: WatchConditions, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        let current = Dictionary(try await conditions.current(at: now).map { ($0.name, $0) }) { first, _ in first }
        return try await store.withTransaction { transaction in
            let open = try await transaction.lockOpenAlerts()
            for alert in open { try await look(at: alert, now: current[alert.condition.name], at: now, in: transaction) }
            let known = Set(open.map(\.condition.name))
            for condition in current.values.sorted(by: { $0.name < $1.name }) where !known.contains(condition.name) {
                let alert = OperatorAlert(condition, at: now)
                guard try await transaction.insertAlert(alert) else { continue }
                try await tell(alert, isOver: false, at: now, in: transaction)
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }

    private func look(
        at alert: OperatorAlert, now condition: OperatorCondition?, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        var alert = alert
        guard let condition else {
            guard now - alert.seenAt >= OperatorAlert.calm else { return }
            try await transaction.saveAlert(alert, closedAt: now)
            return try await tell(alert, isOver: true, at: now, in: transaction)
        }
        alert.condition = condition
        alert.seenAt = now
        let isDue = now - alert.toldAt >= OperatorAlert.interval
        if isDue { (alert.toldAt, alert.times) = (now, alert.times + 1) }
        try await transaction.saveAlert(alert, closedAt: nil)
        if isDue { try await tell(alert, isOver: false, at: now, in: transaction) }
    }

    private func tell(_ alert: OperatorAlert, isOver: Bool, at now: Instant, in transaction: Store.Transaction) async throws {
        let condition = alert.condition
        metrics.gauge(
            "trellis_operator_alert", help: "Whether a condition that somebody has to look at is open.",
            labels: [Label("condition", condition.name)]
        ).set(isOver ? 0 : 1)
        log.error(isOver ? "a condition is over" : "somebody has to look", ["condition": .string(condition.name)])
        guard !operators.isEmpty else { return }
        try await outbox.queue(alert.draft(to: operators, isOver: isOver), at: now, in: transaction)
    }
}
