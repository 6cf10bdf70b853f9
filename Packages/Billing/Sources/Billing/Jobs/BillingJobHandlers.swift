internal import Audit
internal import Core
internal import Identity
public import Jobs
internal import Observability
internal import Orgs

/// Sends what intents ask, until each is settled (BIL-053).
public struct SendProviderIntentHandler<Store: BillingStore>: JobHandler {
    private let runner: ProviderIntentRunner<Store>

    init(runner: ProviderIntentRunner<Store>) {
        self.runner = runner
    }

    /// Makes one attempt; what is not settled comes back after 10 s doubling to an hour, without end (STR-014).
    public func run(_ job: SendProviderIntent, context: JobContext) async throws -> JobOutcome {
        switch try await runner.attempt(job.intent, budget: .job) {
        case .settled(let intent, let refusal):
            if let refusal { try await tellOfFailure(intent, code: refusal.kind.rawValue, context: context) }
            return .completed
        case .absent: return .cancelled(reason: "there is no such intent")
        case .busy: return .snoozed(until: context.now + .seconds(5))
        // Nothing has failed: it waits for an operator (BIL-131).
        case .later(_, let failure) where failure.kind == .held:
            return .snoozed(until: context.now + (failure.retryAfter ?? BillingControl.pause))
        case .later(let intent, let failure):
            if intent.attempts == 1 { try await tellOfFailure(intent, code: failure.kind.rawValue, context: context) }
            if context.now - intent.createdAt >= .hours(1) { try await alarm(about: intent, code: failure.kind.rawValue) }
            let delay = RetryPolicy.untilDone.delay(afterAttempt: intent.attempts, jitter: 1)
            return .snoozed(until: context.now + max(delay, failure.retryAfter ?? .zero))
        }
    }
}

extension SendProviderIntentHandler {
    /// An end that is not confirmed after an hour is money that may still be taken: operators are alarmed, once (GRA-047).
    private func alarm(about intent: ProviderIntent, code: String) async throws {
        guard intent.command.endsSubscription, let id = intent.subscriptionID else { return }
        try await runner.store.withTransaction(.system) { transaction in
            guard let row = try await transaction.subscription(id) else { return }
            let entry = ProviderCancelFailedEntry(intent: intent, subscription: row, detail: code)
            try await transaction.record(entry, by: .system(component: "billing"))
        }
    }

    /// An end that the provider did not take is work that failed, and nothing about who somebody is (BIL-054).
    private func tellOfFailure(_ intent: ProviderIntent, code: String, context: JobContext) async throws {
        guard intent.command.endsSubscription, let subscription = intent.subscriptionID else { return }
        let work = FailedWork(job: AuditedJob(number: context.lease.job.rawValue))
        let entry = OperationFailed(
            OperationFailure(of: work, on: AuditReference(subscription), code: code), isProviderAtFault: true)
        _ = try await runner.store.withTransaction(.system) { transaction in
            try await transaction.record(entry, by: .system(component: "billing"))
        }
    }
}

/// Hands over what is no longer paid for, exactly once.
public struct EndAccessHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let writer: SubscriptionWriter<Store.Transaction>

    init(store: Store, writer: SubscriptionWriter<Store.Transaction>) {
        self.store = store
        self.writer = writer
    }

    /// Stamps the row closed and tells of the end; an end that was taken back or moved changes nothing.
    public func run(_ job: EndAccess, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction(.system) { transaction in
            let currency = writer.catalogue.currency
            guard var row = try await transaction.lockWithCustomer(job.subscription, currency: currency, now: context.now),
                row.status == .canceled, row.closedAt == nil, let endsAt = row.endsAt
            else { return .completed }
            guard endsAt <= context.now else { return .snoozed(until: endsAt) }
            row.closedAt = context.now
            row.updatedAt = context.now
            try await transaction.save(row)
            try await writer.money.pools.close(for: row, in: transaction)
            let change = writer.facts(.canceled, row, .system("end_access"))
            try await transaction.record(SubscriptionExpiredEntry(change: change), by: .system(component: "billing"))
            try await writer.publishEnd(of: row, via: "end_access", in: transaction)
            if row.cancellation?.origin == .idle { try await writer.idle?.accessEnded(of: row, in: transaction) }
            return .completed
        }
    }
}

/// Looks at a debt when a deadline has come (T12, T14).
public struct EnforceDeadlineHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let writer: SubscriptionWriter<Store.Transaction>
    private let actionGuard: ActionGuard<Store.Transaction>
    private let reader: ProviderNewsReader<Store>
    private let applier: ProviderNewsApplier<Store.Transaction>

    init(
        store: Store, writer: SubscriptionWriter<Store.Transaction>, actionGuard: ActionGuard<Store.Transaction>,
        reader: ProviderNewsReader<Store>, applier: ProviderNewsApplier<Store.Transaction>
    ) {
        self.store = store
        self.writer = writer
        self.actionGuard = actionGuard
        self.reader = reader
        self.applier = applier
    }

    /// Takes the next consequence if the deadline still stands; a settled debt has none, also one that was settled without our hearing of
    /// it. As long as the provider does not say, nothing is done (OPS-109).
    public func run(_ job: EnforceDeadline, context: JobContext) async throws -> JobOutcome {
        guard try await store.isOn(.dunning) else { return .snoozed(until: context.now + BillingControl.pause) }
        do {
            try await readBack(job.subscription, at: context.now)
        } catch let failure as ProviderFailure {
            return .snoozed(until: context.now + max(.minutes(5), failure.retryAfter ?? .zero))
        }
        return try await store.withTransaction(.system) { transaction in
            let currency = writer.catalogue.currency
            guard let row = try await transaction.lockWithCustomer(job.subscription, currency: currency, now: context.now) else {
                return .completed
            }
            // Nothing ends for a debt that was taken back or given up; what the provider itself decides comes as its news (STR-096).
            guard try await transaction.openInvoice(of: row.id) != nil else { return .completed }
            let facts = try await facts(of: row, at: context.now, in: transaction)
            let outcome = DunningRule.outcome(facts)
            var effects = [outcome.action.rawValue]
            switch (outcome.action, outcome.finalDeadline) {
            case (.readOnly, .some(let end)):
                try await writer.apply(.graceEnded(finalDeadline: end), to: row, because: .system("dunning"), in: transaction)
            case (.end, _):
                switch try await actionGuard.admit(DunningEnds(), at: context.now, in: transaction) {
                case .held: return .snoozed(until: context.now + ActionClass.pause)
                case .released: effects.append("released")
                case .admitted: break
                }
                try await writer.apply(.endedUnpaid, to: row, because: .system("dunning"), in: transaction)
            case (.wait, _), (.readOnly, .none): return .completed
            }
            try await transaction.insert(try Decision(outcome, of: facts, for: row, under: writer.catalogue, effects: effects))
            return .completed
        }
    }

    /// Reads the bill at the provider once its deadline has come, and applies what it says like news from an event.
    private func readBack(_ id: Subscription.ID, at now: Instant) async throws {
        let debt = try await store.withTransaction(.system) { transaction -> ProviderID? in
            guard let row = try await transaction.subscription(id) else { return nil }
            let deadline = row.status == .pastDue ? row.graceDeadline : row.status == .unpaid ? row.finalDeadline : nil
            guard let deadline, deadline <= now else { return nil }
            return try await transaction.openInvoice(of: id)?.providerInvoice
        }
        guard let debt else { return }
        let news = try await reader.read(.invoice(debt), budget: .job)
        _ = try await store.withTransaction(.system) { try await applier.apply(news, event: nil, in: $0) }
    }

    private func facts(of row: Subscription, at now: Instant, in transaction: Store.Transaction) async throws -> DunningRule.Facts {
        let policies = writer.catalogue.plans[row.plan.key]?.policies
        let terms = DunningTerms(graceDays: policies?.graceDays ?? 14, finalDays: policies?.finalDays ?? 28)
        let opened = try await transaction.lockedDunningCase(of: row.id)?.openedAt
        return DunningRule.Facts(
            status: row.status, failedAt: opened ?? (row.graceDeadline ?? now) - .days(terms.graceDays), now: now,
            graceDeadline: row.graceDeadline, finalDeadline: row.finalDeadline, planTerms: terms)
    }
}

/// Gives back everything that was collected for a sale that came to nothing (BIL-038).
public struct CompensateSaleHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let provider: any PaymentProvider
    private let applier: ProviderNewsApplier<Store.Transaction>
    private let dateSource: any DateSource

    init(
        store: Store, provider: any PaymentProvider, applier: ProviderNewsApplier<Store.Transaction>, dateSource: any DateSource
    ) {
        self.store = store
        self.provider = provider
        self.applier = applier
        self.dateSource = dateSource
    }

    /// Waits until the provider's subscription has ended, then asks for the refund of each payment; a payment is refunded once
    /// because the intent about it is unique.
    public func run(_ job: CompensateSale, context: JobContext) async throws -> JobOutcome {
        let invoices: [ProviderInvoice]
        do throws(ProviderFailure) {
            let state = try await provider.subscription(job.provider, budget: .job)
            if let subscription = state.object, subscription.status != .canceled, subscription.status != .incompleteExpired {
                return .snoozed(until: context.now + .seconds(2))
            }
            invoices = try await provider.invoices(of: job.provider, budget: .job)
        } catch {
            return .retry(after: error.retryAfter ?? .seconds(10))
        }
        try await store.withTransaction(.system) { transaction in
            let currency = applier.writer.catalogue.currency
            guard let row = try await transaction.lockWithCustomer(job.subscription, currency: currency, now: context.now) else { return }
            for invoice in invoices {
                // A refund is kept beside the payment that it gives back, which no news may have told of yet.
                let news = ProviderNews(readNumber: 0, invoice: invoice)
                try await applier.mirror(news, row: row, org: row.org, cause: .system("compensation"), in: transaction)
                for payment in invoice.payments where payment.amount > 0 {
                    try await refund(payment.intent, row, in: transaction)
                }
            }
            try await transaction.closeCompensation(of: job.provider, at: dateSource.now)
        }
        return .completed
    }

    private func refund(_ id: ProviderID, _ row: Subscription, in transaction: Store.Transaction) async throws {
        guard let payment = try await transaction.lockedPayment(id) else { return }
        let now = dateSource.now
        let refunds = RefundWriter<Store.Transaction>(currency: payment.amount.currency, dateSource: dateSource)
        let left = try await refunds.left(of: payment, in: transaction)
        guard left > 0 else { return }
        let amount = Money(minorUnits: left, currency: payment.amount.currency)
        let spec = ProviderCommand.Refund(subscription: row.id, payment: id, amount: amount)
        let intent = ProviderIntent(
            id: .make(at: now), org: row.org, object: "refund:\(id.rawValue)", operationSequence: 1, command: .refund(spec), at: now)
        let stored = try await transaction.insert(intent)
        guard stored.id == intent.id else { return }
        let refund = Refund(
            id: .make(at: now), org: row.org, subscription: row.id, invoice: payment.invoice, payment: id, provider: nil,
            intent: stored.id, amount: amount, reason: "What was sold could not be delivered.", status: .pending)
        try await transaction.insert(refund, at: now)
        try await transaction.enqueue(SendProviderIntent(intent: stored.id), .sending(stored))
        let entry = RefundRequestedEntry(org: row.org, subscription: row.id, intent: stored.id, amount: amount)
        try await transaction.record(entry, by: .system(component: "billing"))
    }
}
