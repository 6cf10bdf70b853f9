internal import Core
public import Jobs
internal import Observability

/// The order to ask the provider for events that never arrived (STR-126).
public struct PullProviderEvents: Job {
    /// `billing.pull_provider_events`
    public static let kind = "billing.pull_provider_events"
    /// With the money: what it finds may be a payment that nobody told of.
    public static let lane = Lane.money
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Orders it.
    public init() {}

    /// Every quarter of an hour; what was missed is made up for at once.
    public static var schedule: Schedule? {
        CronExpression("*/15 * * * *").map { Schedule("billing.pull_provider_events", $0, missed: .once, job: PullProviderEvents()) }
    }
}

/// An event from the provider's own list.
public struct PulledEvent: Sendable, Hashable {
    /// What it says.
    public let event: VerifiedEvent
    /// The event as the list shows it.
    public let body: [UInt8]

    /// Describes an event.
    public init(event: VerifiedEvent, body: [UInt8]) {
        self.event = event
        self.body = body
    }
}

/// Feeds the events that were not delivered to the inbox, as if they had been.
public struct PullProviderEventsHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let provider: any PaymentProvider
    private let log: Log

    /// Events may become visible a little later than they were made.
    private static var overlap: Duration { .minutes(5) }
    /// How far the first look goes back.
    private static var firstLook: Duration { .hours(24) }

    init(store: Store, provider: any PaymentProvider, log: Log) {
        self.store = store
        self.provider = provider
        self.log = log
    }

    /// Looks from where the last look ended; what is known is left alone, so that twice is once.
    public func run(_ job: PullProviderEvents, context: JobContext) async throws -> JobOutcome {
        let begin = context.now
        let since = try await store.providerCursor("events").map { $0 - Self.overlap } ?? begin - Self.firstLook
        let events: [PulledEvent]
        do throws(ProviderFailure) { events = try await provider.events(since: since, budget: .job) } catch {
            // Where nothing is sold, or the key may not read, another try in ten seconds changes nothing.
            if error.kind == .refused || error.kind == .unauthorized { return .cancelled(reason: "the provider cannot be asked") }
            return .retry(after: error.retryAfter ?? .seconds(10))
        }
        var taken = 0
        for pulled in events.reversed() {
            let inbound = InboundEvent(
                id: .make(at: begin), pulled.event, body: pulled.body, receivedAt: context.now, isPulled: true)
            if try await store.receive(inbound) { taken += 1 }
        }
        try await store.moveProviderCursor("events", to: begin)
        if taken > 0 { log.warning("provider events were not delivered", ["count": .integer(Int64(taken))]) }
        return .completed
    }
}
