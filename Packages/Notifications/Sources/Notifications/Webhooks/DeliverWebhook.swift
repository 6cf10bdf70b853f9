internal import Audit
public import Core
internal import FoundationEssentials
public import Jobs
public import Observability
public import Orgs

/// Sends one message to one endpoint.
public struct DeliverWebhook: Job {
    /// `notifications.deliver_webhook`
    public static let kind = "notifications.deliver_webhook"
    /// The lane of webhooks.
    public static let lane = Lane.webhooks
    /// The outgoing part of the lane, so that endpoints that take their time hold up neither each other nor what comes in (NOT-189): 10 at once
    /// for an endpoint, 20 for an org, on each worker.
    public static let ownSlots: OwnSlots? = OwnSlots(count: 48, perOrg: 20, member: "endpoint", perMember: 10)
    /// Longer than an endpoint may take to answer.
    public static let timeout: Duration = .seconds(60)
    /// Whose.
    public let org: Org.ID
    /// To which endpoint.
    public let endpoint: WebhookEndpoint.ID
    /// Which message.
    public let message: WebhookMessage.ID

    /// Asks for it.
    public init(_ message: WebhookMessage, to endpoint: WebhookEndpoint) {
        org = message.org
        self.endpoint = endpoint.id
        self.message = message.id
    }

    /// A share for each org (NOT-189); where an endpoint asked for it, one message for each object at a time (NOT-183).
    func options(for message: WebhookMessage, to endpoint: WebhookEndpoint, replay: Int = 0) -> JobOptions {
        JobOptions(
            uniqueKey: "\(endpoint.id)/\(message.id)/\(replay)", serialKey: endpoint.isOrdered ? "\(endpoint.id)/\(message.object)" : nil,
            org: message.org.uuid)
    }
}

/// Signs a message and hands it to an endpoint.
public protocol WebhookSending: Sendable {
    /// Sends a message once and waits for the answer, 15 seconds at most.
    func send(_ delivery: WebhookDelivery, at now: Instant) async -> WebhookAnswer
}

/// Does ``DeliverWebhook``.
public struct DeliverWebhookHandler<Store: NotificationStore>: JobHandler {
    private let store: Store
    private let sender: any WebhookSending
    private let jitter: @Sendable () -> Double
    private let log: Log

    /// Makes the handler.
    ///
    /// - Parameter jitter: gives a random fraction from 0 to 1 for the waits between attempts.
    public init(store: Store, sender: any WebhookSending, jitter: @escaping @Sendable () -> Double, log: Log) {
        self.store = store
        self.sender = sender
        self.jitter = jitter
        self.log = log
    }

    /// Sends it unless it got through before; after a crash it is sent again with the same id, which is what receivers know it by.
    public func run(_ job: DeliverWebhook, context: JobContext) async throws -> JobOutcome {
        let found = try await store.withTransaction { transaction -> Beginning in
            guard let delivery = try await transaction.lockDelivery(of: job.message, to: job.endpoint, in: job.org, at: context.now),
                delivery.status == .pending
            else { return .ended(.completed) }
            guard delivery.endpoint.status == .enabled else {
                try await transaction.move(delivery, to: .held)
                return .ended(.completed)
            }
            return .attempt(delivery)
        }
        switch found {
        case .ended(let outcome): return outcome
        case .attempt(let delivery):
            let answer = await sender.send(delivery, at: context.now)
            return try await settle(delivery, answer, began: context.now, now: context.dateSource.now)
        }
    }

    private enum Beginning: Sendable {
        case attempt(WebhookDelivery)
        case ended(JobOutcome)
    }

    private func settle(_ delivery: WebhookDelivery, _ answer: WebhookAnswer, began: Instant, now: Instant) async throws -> JobOutcome {
        let number = delivery.attempts + 1
        let wait = WebhookSchedule.delay(afterAttempt: number, answer: answer, jitter: jitter())
        let attempt = WebhookAttempt(at: began, duration: now - began, answer: answer)
        return try await store.withTransaction { transaction in
            guard
                let current = try await transaction.lockDelivery(
                    of: delivery.message.id, to: delivery.endpoint.id, in: delivery.endpoint.org, at: now)
            else {
                return .completed
            }
            if answer.isSuccess {
                try await transaction.record(attempt, of: current, leaving: .delivered, nextAt: nil)
                _ = try await transaction.noteHealth(of: current.endpoint, failingSince: nil)
                if current.endpoint.failingSince != nil { try await transaction.withdrawNotices(about: current.endpoint, at: now) }
                return .completed
            }
            if case .status(410, _, _) = answer {
                try await transaction.record(attempt, of: current, leaving: .held, nextAt: nil)
                try await transaction.disable(current.endpoint, because: "it answered 410: it is gone", at: now)
                return .completed
            }
            try await transaction.record(attempt, of: current, leaving: wait == nil ? .failed : .pending, nextAt: wait.map { now + $0 })
            let since = current.endpoint.failingSince ?? began
            let failed = try await transaction.noteHealth(of: current.endpoint, failingSince: since)
            if WebhookSchedule.givesUp(failingSince: since, failedMessages: failed, at: now) {
                try await transaction.move(current, to: .held)
                try await transaction.disable(
                    current.endpoint, because: "nothing has got through for 120 hours, \(failed) messages wait", at: now)
                return .completed
            }
            if WebhookSchedule.isTold(failingSince: since, at: now), try await transaction.tellOfFailure(of: current.endpoint, at: now) {
                let status: Int? = if case .status(let status, _, _) = answer { status } else { nil }
                try await transaction.publish(
                    WebhookEndpointFailing(
                        endpoint: current.endpoint.id, org: current.endpoint.org, host: current.endpoint.host, since: since, status: status)
                )
            }
            guard let wait else {
                try await transaction.record(
                    WebhookEntry.DeliveryExhausted(endpoint: current.endpoint, message: current.message), by: .notifications)
                return .completed
            }
            return .retry(after: wait)
        }
    }
}

extension WebhookTransaction {
    /// Switches an endpoint off; what happens meanwhile can be asked for later.
    func disable(_ endpoint: WebhookEndpoint, because reason: String, at now: Instant) async throws {
        guard let changed = try await switchOff(endpoint, because: reason, at: now) else { return }
        try await record(WebhookEntry.EndpointDisabled(endpoint: changed, reason: reason), by: .notifications)
        try await publish(WebhookEndpointDisabled(endpoint: changed.id, org: changed.org, host: changed.host, reason: reason))
    }
}

extension WebhookEndpoint {
    /// The host of the URL, which may be told.
    public var host: String {
        let rest = url.drop { $0 != "/" }.drop { $0 == "/" }
        return String(rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" })
    }
}
