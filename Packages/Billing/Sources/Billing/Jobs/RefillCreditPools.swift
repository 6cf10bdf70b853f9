internal import Core
internal import Identity
public import Jobs
internal import Orgs

/// The order to bring pools whose month is over into the next one; a schedule gives it.
public struct RefillCreditPools: Job {
    /// `billing.refill_credit_pools`
    public static let kind = "billing.refill_credit_pools"
    /// With the money: who paid for a month waits for its credits.
    public static let lane = Lane.money
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Every ten minutes, and once after a pause, however long it was.
    public static var schedule: Schedule? {
        CronExpression("*/10 * * * *").map { Schedule("billing.refill_credit_pools", $0, missed: .once, job: RefillCreditPools()) }
    }

    /// Orders it.
    public init() {}
}

/// Refills pools in small transactions; a pool that is used first refills itself (BIL-108).
public struct RefillCreditPoolsHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let writer: CreditPoolWriter<Store.Transaction>

    init(store: Store, writer: CreditPoolWriter<Store.Transaction>) {
        self.store = store
        self.writer = writer
    }

    /// Goes on until no pool is due.
    public func run(_ job: RefillCreditPools, context: JobContext) async throws -> JobOutcome {
        guard try await store.isOn(.creditAllocation) else { return .snoozed(until: context.now + BillingControl.pause) }
        var count: Int
        repeat {
            count = try await store.withTransaction(.system) { transaction in
                let due = try await transaction.duePools(at: context.now, limit: 50)
                for pool in due { _ = try await writer.refill(pool, in: transaction) }
                return due.count
            }
        } while count == 50
        return .completed
    }
}
