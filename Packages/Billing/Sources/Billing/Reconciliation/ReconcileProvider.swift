internal import Audit
internal import Core
internal import Identity
public import Jobs
internal import Observability
internal import Orgs

/// The order to compare everything that the provider has with our rows (STR-127, BIL-122).
public struct ReconcileProvider: Job {
    /// `billing.reconcile_provider`
    public static let kind = "billing.reconcile_provider"
    /// Nobody waits for it.
    public static let lane = Lane.maintenance
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Orders it.
    public init() {}

    /// Every night.
    public static var schedule: Schedule? {
        CronExpression("20 3 * * *").map { Schedule("billing.reconcile_provider", $0, missed: .once, job: ReconcileProvider()) }
    }
}

/// A part of a list of the provider.
public struct ProviderPage<Element: Sendable & Hashable>: Sendable, Hashable {
    /// The elements, newest first.
    public let elements: [Element]
    /// Where the next part begins; `nil` after the last.
    public let next: ProviderID?

    /// Describes a part.
    public init(elements: [Element], next: ProviderID?) {
        self.elements = elements
        self.next = next
    }
}

/// Walks the provider's subscriptions part by part, then the rows that none of them named; each part is one transaction, and a run that
/// was stopped goes on where it stood (BIL-125).
public struct ReconcileProviderHandler<Store: BillingStore>: JobHandler {
    let store: Store
    let provider: any PaymentProvider
    private let log: Log

    /// How many rows without an object are looked up one by one in a part.
    static var batch: Int { 50 }

    init(store: Store, provider: any PaymentProvider, log: Log) {
        self.store = store
        self.provider = provider
        self.log = log
    }

    /// Does the whole walk; what is safe to repair is read again by the same job that an event would have caused (STR-128).
    public func run(_ job: ReconcileProvider, context: JobContext) async throws -> JobOutcome {
        do {
            var run = try await store.withTransaction(.system) { transaction in
                try await transaction.openRun(orContinuing: ReconciliationRun(id: .make(at: context.now), startedAt: context.now))
            }
            while !run.hasWalkedProvider { run = try await walkProvider(run, at: context.now) }
            while let next = try await walkRows(run, at: context.now) { run = next }
            run = try await walkPrices(run, at: context.now)
            while let next = try await walkCustomers(run, at: context.now) { run = next }
            let finished = run
            try await store.withTransaction(.system) { transaction in
                var run = finished
                run.finishedAt = context.now
                try await transaction.save(run)
                for item in try await transaction.closeDrift(notFoundIn: run, at: context.now) {
                    try await transaction.record(ProviderDriftRepairedEntry(item: item), by: .system(component: "billing"))
                }
            }
            log.info("reconciliation", ["compared": .integer(run.compared), "differences": .integer(run.found)])
            return .completed
        } catch let failure as ProviderFailure {
            // Where nothing is sold, or the key may not read, another try in ten seconds changes nothing.
            if failure.kind == .refused || failure.kind == .unauthorized {
                return .cancelled(reason: "the provider cannot be compared with")
            }
            return .retry(after: failure.retryAfter ?? .seconds(10))
        }
    }

    private func walkProvider(_ run: ReconciliationRun, at now: Instant) async throws -> ReconciliationRun {
        let page = try await provider.subscriptions(after: run.cursor, budget: .job)
        return try await store.withTransaction(.system) { transaction in
            var run = run
            for object in page.elements {
                run.compared += 1
                guard let (row, customer) = try await transaction.subscriptionForComparison(ofProvider: object.id, in: run, at: now) else {
                    let org = try await transaction.org(ofProviderCustomer: object.customer)
                    // What another product does with the same account is none of our business.
                    guard org != nil || object.tags.org != nil, let finding = DriftFinder.unknown(object) else { continue }
                    try await note([finding], row: nil, org: org, object.id, &run, at: now, in: transaction)
                    continue
                }
                let findings = DriftFinder.compare(row, customer: customer, with: object, now: now)
                try await note(findings, row: row, org: row.org, object.id, &run, at: now, in: transaction)
            }
            run.cursor = page.next ?? run.cursor
            run.hasWalkedProvider = page.next == nil
            try await transaction.save(run)
            return run
        }
    }

    private func walkRows(_ run: ReconciliationRun, at now: Instant) async throws -> ReconciliationRun? {
        let rows = try await store.withTransaction(.system) { try await $0.uncomparedSubscriptions(in: run, limit: Self.batch) }
        guard !rows.isEmpty else { return nil }
        var gone: [Subscription] = []
        for row in rows {
            guard let id = row.providerLink?.subscription else { continue }
            // Made after the walk began, it is not in the list; only what cannot be read is missing.
            if try await provider.subscription(id, budget: .job).object == nil { gone.append(row) }
        }
        let missing = gone
        return try await store.withTransaction(.system) { transaction in
            var run = run
            for row in rows {
                run.compared += 1
                guard let id = row.providerLink?.subscription else { continue }
                _ = try await transaction.subscriptionForComparison(ofProvider: id, in: run, at: now)
            }
            for row in missing {
                guard let id = row.providerLink?.subscription, let finding = DriftFinder.missing(row, now: now) else { continue }
                try await note([finding], row: row, org: row.org, id, &run, at: now, in: transaction)
            }
            try await transaction.save(run)
            return run
        }
    }

    func note(
        _ findings: [DriftFinder.Finding], row: Subscription?, org: Org.ID?, _ object: ProviderID, _ run: inout ReconciliationRun,
        at now: Instant, in transaction: Store.Transaction
    ) async throws {
        for finding in findings {
            run.found += 1
            let item = DriftItem(
                id: .make(at: now), org: org, subscription: row?.id, object: object, category: finding.category, ours: finding.ours,
                theirs: finding.theirs, foundAt: now)
            if try await transaction.note(item, in: run) {
                try await transaction.record(ProviderDriftDetectedEntry(item: item), by: .system(component: "billing"))
            }
            if finding.category.severity == .critical {
                log.error("critical drift", ["category": .string(finding.category.rawValue), "object": .string(object.description)])
            }
        }
        guard findings.contains(where: \.category.isRepairedByReading), try await transaction.isOn(.autoRepair) else { return }
        let isCustomer = findings.contains { $0.category == .method }
        let subject = isCustomer ? ProviderSubject.wallet(customer: object) : .subscription(object)
        try await transaction.enqueue(SyncProviderObject(subject: subject), .looking(at: subject, because: run.id.description))
    }
}
