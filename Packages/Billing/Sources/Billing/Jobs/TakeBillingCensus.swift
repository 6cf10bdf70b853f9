internal import Core
public import Jobs

/// Counts what is measured over all orgs (BIL-147).
public struct TakeBillingCensus: Job {
    /// `billing.take_census`
    public static let kind = "billing.take_census"
    /// With what is due now and then.
    public static let lane = Lane.maintenance

    /// Makes the job.
    public init() {}

    /// Every five minutes.
    public static var schedule: Schedule? {
        CronExpression("*/5 * * * *").map { Schedule("billing.take_census", $0, missed: .once, job: TakeBillingCensus()) }
    }
}

/// Does ``TakeBillingCensus``.
public struct TakeBillingCensusHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let metrics: BillingMetrics

    /// Makes the handler.
    public init(store: Store, metrics: BillingMetrics) {
        self.store = store
        self.metrics = metrics
    }

    /// Reads, and changes nothing but the metrics of this process.
    public func run(_ job: TakeBillingCensus, context: JobContext) async throws -> JobOutcome {
        metrics.set(try await store.census(at: context.now))
        return .completed
    }
}
