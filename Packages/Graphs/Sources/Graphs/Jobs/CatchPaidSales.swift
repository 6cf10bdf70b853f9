internal import Audit
public import Billing
public import Core
public import Identity
public import Jobs
internal import Orgs

/// Looks for sales that are paid for and of which no graph came, because nobody heard of the payment (OPS-105).
public struct CatchPaidSales: Job {
    /// `graphs.catch_paid_sales`
    public static let kind = "graphs.catch_paid_sales"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// How many sales a page has at most.
    public static let page = 1_000
    /// How long the news of a payment may be under way.
    public static let patience: Duration = .minutes(1)

    /// The last sale of the page before.
    public let after: Subscription.ID?

    /// Every five minutes, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("*/5 * * * *").map { Schedule("graphs.catch_paid_sales", $0, missed: .once, job: CatchPaidSales()) }
    }

    /// Orders a page; the first one without a sale before it.
    public init(after: Subscription.ID? = nil) {
        self.after = after
    }
}

/// The order to do what the news of a payment would have done.
public struct ProvisionSale: Job {
    /// `graphs.provision_sale`
    public static let kind = "graphs.provision_sale"
    /// With the other work on graphs.
    public static let lane = Lane.lifecycle

    /// What is paid for.
    public let subscription: Subscription.ID

    /// Orders it.
    public init(subscription: Subscription.ID) {
        self.subscription = subscription
    }
}

/// One job for each sale, under its key.
public struct CatchPaidSalesHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let meters: NetMeters

    init(store: Store, meters: NetMeters) {
        self.store = store
        self.meters = meters
    }

    /// Looks at one page; a full one has the next page looked at by a job that is stored with it.
    public func run(_ job: CatchPaidSales, context: JobContext) async throws -> JobOutcome {
        let found = try await store.withSystemTransaction { transaction in
            let sales = try await transaction.salesWithoutGraph(
                paidBy: context.now - CatchPaidSales.patience, after: job.after, limit: CatchPaidSales.page)
            var found = NetCatch()
            found.note(
                try await transaction.enqueue(
                    sales.map { (job: ProvisionSale(subscription: $0), options: JobOptions(uniqueKey: $0.description)) }))
            if sales.count == CatchPaidSales.page, let last = sales.last {
                try await transaction.enqueue(
                    CatchPaidSales(after: last), JobOptions(uniqueKey: last.description, serialKey: CatchPaidSales.kind))
            }
            return found
        }
        meters.note(CatchPaidSales.kind, found)
        return .completed
    }
}

/// Provisions a sale as the news of its payment would.
public struct ProvisionSaleHandler<Store: GraphStore, Subscriptions: SubscriptionManaging>: JobHandler
where Subscriptions.Transaction == Store.Transaction {
    private let store: Store
    private let provision: ProvisionPaidGraph<Store, Subscriptions>

    init(store: Store, provision: ProvisionPaidGraph<Store, Subscriptions>) {
        self.store = store
        self.provision = provision
    }

    /// Reads the sale again; one that has its graph, or came to nothing, is left alone.
    public func run(_ job: ProvisionSale, context: JobContext) async throws -> JobOutcome {
        let row = try await store.withSystemTransaction { try await $0.subscription(job.subscription) }
        guard let row, row.status == .provisioning, let lease = row.lease else {
            return .cancelled(reason: "the subscription is not being provisioned")
        }
        let news = SubscriptionReadyToProvision(
            facts: SubscriptionFacts(row), fence: lease.fence, configuration: row.configuration, requestedBy: row.requestedBy,
            operation: row.operation)
        return try await provision.handle(news, context: context)
    }
}
