internal import Audit
internal import Core
internal import Identity
public import Jobs
internal import Observability
internal import Orgs

/// The order to compare the prices that were made at the provider with what the catalogue says, before the night's other work (OPS-118).
public struct ComparePrices: Job {
    /// `billing.compare_prices`
    public static let kind = "billing.compare_prices"
    /// With the money: nothing may be charged but what the catalogue says.
    public static let lane = Lane.money
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Orders it.
    public init() {}

    /// Every night, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("30 1 * * *").map { Schedule("billing.compare_prices", $0, missed: .once, job: ComparePrices()) }
    }
}

/// Reads every price that was made at the provider, and notes or ends its difference as news of it would.
public struct ComparePricesHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let provider: any PaymentProvider
    private let applier: ProviderNewsApplier<Store.Transaction>
    private let log: Log

    init(store: Store, provider: any PaymentProvider, applier: ProviderNewsApplier<Store.Transaction>, log: Log) {
        self.store = store
        self.provider = provider
        self.applier = applier
        self.log = log
    }

    /// Compares one price after the other; another run finds the same differences, and tells of none twice.
    public func run(_ job: ComparePrices, context: JobContext) async throws -> JobOutcome {
        let prices = try await store.withTransaction(.system) { try await $0.soldPrices() }.compactMap(\.price)
        for id in prices {
            let object: ProviderPrice?
            do throws(ProviderFailure) {
                object = try await provider.price(id, budget: .job).object
            } catch {
                // Where nothing is sold, or the key may not read, another try in ten seconds changes nothing.
                if error.kind == .refused || error.kind == .unauthorized {
                    return .cancelled(reason: "the provider cannot be compared with")
                }
                return .retry(after: error.retryAfter ?? .seconds(10))
            }
            _ = try await store.withTransaction(.system) { try await applier.compare(price: id, with: object, in: $0) }
        }
        log.info("prices compared", ["compared": .integer(Int64(prices.count))])
        return .completed
    }
}
