internal import Audit
public import Core
internal import Identity
public import Jobs
internal import Orgs

/// The order to look at a page of the provider when its time is over: nothing it holds stays held because no event told of its end (OPS-106).
public struct ExpireCheckout: Job {
    /// `billing.expire_checkout`
    public static let kind = "billing.expire_checkout"
    /// It may be a payment.
    public static let lane = Lane.money
    /// Until it is known what became of the page.
    public static let retryPolicy = RetryPolicy.untilDone
    /// How long after its end a page is looked at; the provider's event comes before.
    static var margin: Duration { .minutes(10) }

    /// What the page sells.
    public let subscription: Subscription.ID

    /// Orders it.
    public init(subscription: Subscription.ID) {
        self.subscription = subscription
    }

    /// Once for each checkout, when its time is over.
    static func options(of checkout: Checkout) -> JobOptions {
        JobOptions(runAt: checkout.expiresAt + margin, uniqueKey: checkout.subscription.description, org: checkout.org.uuid)
    }
}

/// Looks for pages whose time is over and that no job has dealt with.
public struct SweepCheckouts: Job {
    /// `billing.sweep_checkouts`
    public static let kind = "billing.sweep_checkouts"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// Every five minutes, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("*/5 * * * *").map { Schedule("billing.sweep_checkouts", $0, missed: .once, job: SweepCheckouts()) }
    }

    /// Orders it.
    public init() {}
}

/// Enqueues the job that would have come at the instant.
public struct SweepCheckoutsHandler<Store: BillingStore>: JobHandler {
    private let store: Store

    init(store: Store) {
        self.store = store
    }

    /// One job for each page.
    public func run(_ job: SweepCheckouts, context: JobContext) async throws -> JobOutcome {
        for subscription in try await store.overdueCheckouts(at: context.now - ExpireCheckout.margin, limit: 1_000) {
            _ = try await store.withTransaction(.system) {
                try await $0.enqueue(
                    ExpireCheckout(subscription: subscription), JobOptions(uniqueKey: subscription.description))
            }
        }
        return .completed
    }
}

/// Reads the page at the provider and applies what it says, like news from an event.
public struct ExpireCheckoutHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let reader: ProviderNewsReader<Store>
    private let applier: ProviderNewsApplier<Store.Transaction>

    init(store: Store, reader: ProviderNewsReader<Store>, applier: ProviderNewsApplier<Store.Transaction>) {
        self.store = store
        self.reader = reader
        self.applier = applier
    }

    /// Expired frees what was held (T8), complete is the payment's path, and whatever else it says is looked at later.
    public func run(_ job: ExpireCheckout, context: JobContext) async throws -> JobOutcome {
        let checkout = try await store.withTransaction(.system) { try await $0.lockedCheckout(of: job.subscription) }
        guard let checkout, [.opening, .open, .unknown].contains(checkout.state) else {
            return .cancelled(reason: "the page is closed already")
        }
        let due = checkout.expiresAt + ExpireCheckout.margin
        guard due <= context.now else { return .snoozed(until: due) }
        guard let session = checkout.session else { return try await abandon(checkout, context: context) }
        do {
            let news = try await reader.read(.checkout(session), budget: .job)
            guard let page = news.checkout, page.status != .open else { return .snoozed(until: context.now + .minutes(5)) }
            _ = try await store.withTransaction(.system) { try await applier.apply(news, event: nil, in: $0) }
            return .completed
        } catch let failure as ProviderFailure {
            return .snoozed(until: context.now + max(.minutes(5), failure.retryAfter ?? .zero))
        }
    }

    /// A page that the provider was never asked for holds nothing there; one whose opening is still under way is waited for.
    private func abandon(_ checkout: Checkout, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction(.system) { transaction in
            let currency = applier.writer.catalogue.currency
            guard let row = try await transaction.lockWithCustomer(checkout.subscription, currency: currency, now: context.now),
                var stored = try await transaction.lockedCheckout(of: row.id), stored.session == nil, stored.state == .opening
            else { return .completed }
            guard try await transaction.lockedIntent(stored.intent) == nil else { return .snoozed(until: context.now + .minutes(5)) }
            stored.state = .expired
            try await transaction.save(stored)
            try await transaction.record(CheckoutExpiredEntry(checkout: stored, cause: nil), by: .system(component: "billing"))
            try await transaction.publish(CheckoutEnded(stored))
            guard row.status == .pending || row.status == .pendingPayment else { return .completed }
            try await applier.writer.apply(
                .abandoned(.provider, reason: "checkout expired"), to: row, because: .system("checkout"), in: transaction)
            return .completed
        }
    }
}
