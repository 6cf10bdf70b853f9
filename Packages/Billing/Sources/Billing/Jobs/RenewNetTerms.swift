internal import Audit
public import Core
internal import Identity
public import Jobs
internal import Orgs

/// The order to bill the next period of a subscription on net terms.
public struct RenewNetTerms: Job {
    /// `billing.renew_net_terms`
    public static let kind = "billing.renew_net_terms"
    /// Money goes first.
    public static let lane = Lane.money
    /// Until it is done (BIL-085).
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which subscription.
    public let subscription: Subscription.ID
    /// The end of the period that was billed last; when it is another one, this was done already.
    public let periodEnd: Instant

    /// Orders it.
    public init(subscription: Subscription.ID, periodEnd: Instant) {
        self.subscription = subscription
        self.periodEnd = periodEnd
    }

    /// The order that comes when a period ends: one for each subscription and period, and one after the other.
    static func order(of row: Subscription, after period: Period) -> (job: RenewNetTerms, options: JobOptions) {
        (
            RenewNetTerms(subscription: row.id, periodEnd: period.end),
            JobOptions(
                runAt: period.end, uniqueKey: "\(row.id):\(period.end.microsecondsSinceEpoch)", serialKey: "renewal:\(row.id)",
                org: row.org.uuid)
        )
    }
}

/// Bills the next period exactly once: the old period's end is compared and the line of a period is unique (BIL-084).
public struct RenewNetTermsHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let writer: SubscriptionWriter<Store.Transaction>

    init(store: Store, writer: SubscriptionWriter<Store.Transaction>) {
        self.store = store
        self.writer = writer
    }

    /// Moves the period on and issues its invoice, or leaves both; missed periods follow one by one, each by a job of its own.
    public func run(_ job: RenewNetTerms, context: JobContext) async throws -> JobOutcome {
        guard try await store.isOn(.netTermsRenewal) else { return .snoozed(until: context.now + BillingControl.pause) }
        return try await store.withTransaction(.system) { transaction in
            let currency = writer.catalogue.currency
            guard let row = try await transaction.lockWithCustomer(job.subscription, currency: currency, now: context.now) else {
                return .cancelled(reason: "there is no such subscription")
            }
            guard case .netTerms = row.backing else { return .cancelled(reason: "it is not on net terms any more") }
            guard let period = row.currentPeriod, period.end == job.periodEnd else { return .completed }
            guard period.end <= context.now else { return .snoozed(until: period.end) }
            guard row.status == .active || row.status == .pastDue else {
                return .cancelled(reason: "a subscription that is \(row.status.rawValue) is not renewed")
            }
            guard let next = row.period(after: period) else {
                return .discarded(reason: "the period has no successor")
            }
            let conversions = ConversionWriter(writer: writer)
            // Whoever pays by card by now is charged by the provider from here on, if there is a card (BIL-089).
            guard row.conversion != .card else { return .completed }
            switch try await conversions.begin(row, for: next, in: transaction) {
            case .asked: return .completed
            case .tooEarly(let instant): return .snoozed(until: instant)
            case .notAsked:
                try await conversions.renew(row, for: next, in: transaction)
                return .completed
            }
        }
    }
}
