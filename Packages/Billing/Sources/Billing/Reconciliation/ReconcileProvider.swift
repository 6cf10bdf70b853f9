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
    /// With the money: what it finds may be service without payment, or payment without service.
    public static let lane = Lane.money
    /// A go is a thousand reads at most, at the pace that the provider allows.
    public static let timeout: Duration = .minutes(10)
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Orders it.
    public init() {}

    /// Every night.
    public static var schedule: Schedule? {
        CronExpression("30 3 * * *").map { Schedule("billing.reconcile_provider", $0, missed: .once, job: ReconcileProvider()) }
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

/// Walks everything that the provider has, part by part, then the rows that none of it named; each part is one transaction, and a run
/// that was stopped goes on where it stood (BIL-125).
public struct ReconcileProviderHandler<Store: BillingStore>: JobHandler {
    let store: Store
    let provider: any PaymentProvider
    private let log: Log

    /// How many rows are looked up one by one in a part.
    static var batch: Int { 50 }
    /// How many parts are walked in a go; then others have their turn.
    static var parts: Int { 20 }
    /// How long it leaves the provider alone between two goes: with parts of at most ``batch`` reads, no more than a hundred reads a second.
    static var pause: Duration { .seconds(10) }

    init(store: Store, provider: any PaymentProvider, log: Log) {
        self.store = store
        self.provider = provider
        self.log = log
    }

    /// Walks some parts, and comes back for the rest; what is safe to repair is read again by the same job that an event would have caused
    /// (STR-128).
    public func run(_ job: ReconcileProvider, context: JobContext) async throws -> JobOutcome {
        do {
            var run = try await store.withTransaction(.system) { transaction in
                try await transaction.openRun(orContinuing: ReconciliationRun(id: .make(at: context.now), startedAt: context.now))
            }
            for _ in 1...Self.parts {
                run = try await walk(run, at: context.now)
                guard run.finishedAt == nil else {
                    log.info("reconciliation", ["compared": .integer(run.compared), "differences": .integer(run.found)])
                    return .completed
                }
            }
            return .snoozed(until: context.now + Self.pause)
        } catch let failure as ProviderFailure {
            // Where nothing is sold, or the key may not read, another try in ten seconds changes nothing.
            if failure.kind == .refused || failure.kind == .unauthorized {
                return .cancelled(reason: "the provider cannot be compared with")
            }
            return .retry(after: failure.retryAfter ?? .seconds(10))
        }
    }

    /// Walks the next part.
    private func walk(_ run: ReconciliationRun, at now: Instant) async throws -> ReconciliationRun {
        switch run.stage {
        case .subscriptions: try await walkProvider(run, at: now)
        case .rows: try await walkRows(run, at: now)
        case .prices: try await walkPrices(run, at: now)
        case .customers: try await walkCustomers(run, at: now)
        case .invoices: try await walkInvoices(run, since: run.moneySince, at: now)
        case .openInvoices: try await walkInvoices(run, since: nil, at: now)
        case .openRows: try await walkOpenRows(run, at: now)
        case .refunds: try await walkRefunds(run, at: now)
        case .disputes: try await walkDisputes(run, at: now)
        }
    }

    /// Stores how far a run has come: to another part of the same, or to what is walked next.
    func advance(
        _ run: ReconciliationRun, to cursor: ProviderID?, at now: Instant, in transaction: Store.Transaction
    ) async throws -> ReconciliationRun {
        var run = run
        run.cursor = cursor
        if cursor == nil, let next = run.stage.next {
            run.stage = next
        } else if cursor == nil {
            try await finish(&run, at: now, in: transaction)
        }
        try await transaction.save(run)
        return run
    }

    private func finish(_ run: inout ReconciliationRun, at now: Instant, in transaction: Store.Transaction) async throws {
        run.finishedAt = now
        for item in try await transaction.closeDrift(notFoundIn: run, at: now) {
            try await transaction.record(ProviderDriftRepairedEntry(item: item), by: .system(component: "billing"))
        }
    }

    private func walkProvider(_ run: ReconciliationRun, at now: Instant) async throws -> ReconciliationRun {
        let page = try await provider.subscriptions(after: run.cursor, budget: .job)
        return try await store.withTransaction(.system) { transaction in
            var run = run
            let rows = try await transaction.subscriptionsForComparison(ofProvider: page.elements.map(\.id), in: run)
            let strange = page.elements.filter { rows[$0.id] == nil }
            let orgs = try await transaction.orgs(ofProviderCustomers: strange.map(\.customer))
            for object in page.elements {
                run.compared += 1
                guard let (row, customer) = rows[object.id] else {
                    let org = orgs[object.customer]
                    // What another product does with the same account is none of our business.
                    guard org != nil || object.tags.org != nil, let finding = DriftFinder.unknown(object) else { continue }
                    try await note([finding], row: nil, org: org, object.id, &run, at: now, in: transaction)
                    continue
                }
                let findings = DriftFinder.compare(row, customer: customer, with: object, now: now)
                try await note(findings, row: row, org: row.org, object.id, &run, at: now, in: transaction)
            }
            return try await advance(run, to: page.next, at: now, in: transaction)
        }
    }

    /// Looks the next rows up that no list named; each is marked, so that they need no cursor.
    private func walkRows(_ run: ReconciliationRun, at now: Instant) async throws -> ReconciliationRun {
        let rows = try await store.withTransaction(.system) { try await $0.uncomparedSubscriptions(in: run, limit: Self.batch) }
        var gone: [Subscription] = []
        for row in rows {
            guard let id = row.providerLink?.subscription else { continue }
            // Made after the walk began, it is not in the list; only what cannot be read is missing.
            if try await provider.subscription(id, budget: .job).object == nil { gone.append(row) }
        }
        let missing = gone
        return try await store.withTransaction(.system) { transaction in
            var run = run
            let ids = rows.compactMap { $0.providerLink?.subscription }
            _ = try await transaction.subscriptionsForComparison(ofProvider: ids, in: run)
            run.compared += Int64(rows.count)
            for row in missing {
                guard let id = row.providerLink?.subscription, let finding = DriftFinder.missing(row, now: now) else { continue }
                try await note([finding], row: row, org: row.org, id, &run, at: now, in: transaction)
            }
            return try await advance(run, to: rows.count == Self.batch ? ids.last : nil, at: now, in: transaction)
        }
    }

    func note(
        _ findings: [DriftFinder.Finding], row: Subscription?, org: Org.ID?, _ object: ProviderID, _ run: inout ReconciliationRun,
        at now: Instant, in transaction: Store.Transaction
    ) async throws {
        for finding in findings {
            let item = DriftItem(
                id: .make(at: now), org: org, subscription: row?.id, object: object, category: finding.category, ours: finding.ours,
                theirs: finding.theirs, foundAt: now)
            let sighting = try await transaction.note(item, in: run)
            if sighting == .dismissed { continue }
            run.found += 1
            if sighting == .new { try await transaction.record(ProviderDriftDetectedEntry(item: item), by: .system(component: "billing")) }
            if finding.category.severity == .critical {
                log.error("critical drift", ["category": .string(finding.category.rawValue), "object": .string(object.description)])
            }
            guard finding.category.isRepairedByReading, try await transaction.isOn(.autoRepair) else { continue }
            var effects = ["read_again \(item.object.description)"]
            if finding.category == .serviceWithoutPayment {
                switch try await ActionGuard<Store.Transaction>(log: log).admit(RepairEnds(), at: now, in: transaction) {
                // Found again by the next night, it is judged afresh.
                case .held: continue
                case .released: effects.append("released")
                case .admitted: break
                }
            }
            let subject = item.subject
            try await transaction.enqueue(
                SyncProviderObject(subject: subject), .looking(at: subject, because: run.id.description + item.reading))
            try await transaction.insert(Decision(repairing: item, under: nil, effects: effects, actor: "billing", at: now))
        }
    }
}
