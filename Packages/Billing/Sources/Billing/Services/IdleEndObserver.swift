public import Core
public import Identity
internal import Observability

/// Who decides that nobody uses what a subscription pays for. Billing tells it, in the very transactions, of everything that
/// concerns such a decision.
public protocol IdleEndObserver<Transaction>: Sendable {
    /// The transactions it works in.
    associatedtype Transaction: BillingTransaction

    /// The provider announced a renewal.
    func renewalAnnounced(of subscription: Subscription, by event: InboundEvent.ID?, in transaction: Transaction) async throws

    /// The provider's side of a row that is ending because of idleness was seen.
    func saw(_ sight: IdleSight, through ends: IdleEnds<Transaction>, in transaction: Transaction) async throws

    /// The provider refused an order for good.
    func refused(_ intent: ProviderIntent, _ refusal: ProviderRefusal, in transaction: Transaction) async throws

    /// A person's decision took the place of idleness (T21, T24).
    ///
    /// - Parameter subscription: as it is afterwards.
    func overridden(_ subscription: Subscription, in transaction: Transaction) async throws

    /// Somebody attended to a subscription: it was resumed, or its end was taken back (IDL-018).
    func attended(to subscription: Subscription.ID, in transaction: Transaction) async throws

    /// Somebody with the right to wants the end taken back that idleness decided.
    ///
    /// - Returns: the row as it is afterwards.
    func takenBack(
        _ subscription: Subscription, by asker: UncancelSubscription.Asker, through ends: IdleEnds<Transaction>,
        in transaction: Transaction
    ) async throws -> Subscription

    /// The access ended as decided.
    func accessEnded(of subscription: Subscription, in transaction: Transaction) async throws
}

/// The provider's side of a row that is ending because of idleness.
public struct IdleSight: Sendable {
    /// Our row, locked.
    public let row: Subscription
    /// The provider's; `nil` when it is gone.
    public let subscription: ProviderSubscription?
    /// The order whose answer it is; `nil` for news.
    public let intent: ProviderIntent?
    /// Whether the request of the order ever left.
    public let wasSent: Bool

    /// Describes what was seen.
    public init(row: Subscription, subscription: ProviderSubscription?, intent: ProviderIntent?, wasSent: Bool) {
        self.row = row
        self.subscription = subscription
        self.intent = intent
        self.wasSent = wasSent
    }
}

/// What a look at the provider before an order came to.
public enum IdleLook: Sendable {
    /// What is there makes the order needless, or impossible; `nil` when nothing is there.
    case seen(ProviderSubscription?)
    /// The order must be sent.
    case mustBeSent
    /// The provider gave no usable answer.
    case failed(ProviderFailure)
}

/// The moves of a subscription around an end that idleness decided. What they mean for people is recorded and told by the caller.
public struct IdleEnds<Transaction: BillingTransaction>: Sendable {
    let writer: SubscriptionWriter<Transaction>

    private func cause(_ order: ProviderCommand? = nil) -> SubscriptionCause {
        var cause = SubscriptionCause.system("idle")
        cause.order = order
        cause.isProviderNews = order == nil
        cause.isRecordedElsewhere = true
        return cause
    }

    /// A subscription, locked after its customer (BIL-134).
    public func locked(_ id: Subscription.ID, in transaction: Transaction) async throws -> Subscription? {
        try await transaction.lockWithCustomer(id, currency: writer.catalogue.currency, now: writer.dateSource.now)
    }

    /// Whether a plan takes part.
    public func isCovered(_ plan: PlanKey) -> Bool {
        writer.catalogue.plans[plan]?.policies.idleAutoCancel ?? false
    }

    /// Whether the plan of a subscription takes part.
    public func isCovered(_ subscription: Subscription) -> Bool {
        writer.catalogue.plans[subscription.plan.key]?.policies.idleAutoCancel ?? false
    }

    /// Decides the end (T19) and stores the order to the provider with its job.
    ///
    /// - Throws: ``SubscriptionRefusal`` when the row is not active or the end has passed.
    public func set(
        _ end: ProviderCommand.IdleEnd, of subscription: Subscription, at endsAt: Instant, in transaction: Transaction
    ) async throws -> (subscription: Subscription, intent: ProviderIntent.ID?) {
        let change = SubscriptionChange.endScheduled(at: endsAt, .idle, reason: "not used")
        let row = try await writer.apply(change, to: subscription, because: cause(.setIdleEnd(end)), in: transaction)
        return (row, try await transaction.lastIntent(about: "subscription:\(row.id)")?.id)
    }

    /// Stores the order to clear the end with its job; the row changes only when the provider was seen.
    public func clear(
        _ end: ProviderCommand.IdleEnd, of subscription: Subscription, in transaction: Transaction
    ) async throws -> (subscription: Subscription, intent: ProviderIntent.ID) {
        try await ask(.clearIdleEnd(end), of: subscription, in: transaction)
    }

    /// Stores the order to take the mark away.
    public func clearMark(
        _ end: ProviderCommand.IdleEnd, of subscription: Subscription, in transaction: Transaction
    ) async throws -> Subscription {
        try await ask(.clearIdleMark(end), of: subscription, in: transaction).subscription
    }

    private func ask(
        _ command: ProviderCommand, of subscription: Subscription, in transaction: Transaction
    ) async throws -> (subscription: Subscription, intent: ProviderIntent.ID) {
        var row = subscription
        let intent = try await writer.ask(command, of: &row, in: transaction)
        try await transaction.save(row)
        row.version += 1
        return (row, intent.id)
    }

    /// Lets the row go on (T22); the provider is not asked.
    @discardableResult
    public func takeBack(_ subscription: Subscription, isPastDue: Bool, in transaction: Transaction) async throws -> Subscription {
        var row = subscription
        row.providerSync = .confirmed
        return try await writer.apply(.endTakenBack(pastDue: isPastDue), to: row, because: cause(), in: transaction)
    }

    /// Makes the end one that was decided in the provider's pages (T24).
    @discardableResult
    public func adopt(_ subscription: Subscription, endsAt: Instant, in transaction: Transaction) async throws -> Subscription {
        var cause = SubscriptionCause.system("provider")
        cause.isProviderNews = true
        return try await writer.apply(.endAdopted(.portal, endsAt: endsAt), to: subscription, because: cause, in: transaction)
    }

    /// Ends it now (T21): the provider ended it for reasons of its own.
    @discardableResult
    public func end(_ subscription: Subscription, at instant: Instant, in transaction: Transaction) async throws -> Subscription {
        var cause = SubscriptionCause.system("provider")
        cause.isProviderNews = true
        return try await writer.apply(.ended(at: instant, .provider, reason: nil), to: subscription, because: cause, in: transaction)
    }

    /// Moves the end of access.
    public func move(_ subscription: Subscription, to endsAt: Instant, in transaction: Transaction) async throws -> Subscription {
        var row = subscription
        row.endsAt = endsAt
        row.updatedAt = writer.dateSource.now
        try await transaction.save(row)
        row.version += 1
        try await writer.scheduleEnd(of: row, in: transaction)
        return row
    }
}

/// The provider's side of idle ends: reads and orders.
public struct IdleOrders<Store: BillingStore>: Sendable {
    let store: Store
    let provider: any PaymentProvider
    let runner: ProviderIntentRunner<Store>
    /// The moves of the rows.
    public let ends: IdleEnds<Store.Transaction>
    let log: Log

    /// A part of everything that the provider has, newest first.
    public func page(after id: ProviderID?, budget: CallBudget) async throws(ProviderFailure) -> ProviderPage<ProviderSubscription> {
        try await provider.subscriptions(after: id, budget: budget)
    }

    /// What became of one attempt.
    public enum Outcome: Sendable {
        /// The intent is final; what follows was stored with its outcome.
        case settled
        /// It is tried again.
        case later(attempts: Int, after: Duration?)
        /// An earlier order of the subscription comes first, or another worker is at it.
        case busy
        /// It is not wanted any more.
        case withdrawn
    }

    /// Reads a subscription; `nil` when it is gone.
    public func read(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderSubscription? {
        try await provider.subscription(id, budget: budget).object
    }

    /// Makes one attempt at an order, which begins with a look (S2, S4).
    ///
    /// - Parameters:
    ///   - admit: decides in the claiming transaction whether it is still wanted; it locks the subscription first.
    ///   - look: reads the provider, outside of any transaction.
    public func attempt(
        _ id: ProviderIntent.ID, budget: CallBudget, admit: @Sendable (Store.Transaction, ProviderIntent) async throws -> Bool,
        look: @Sendable (ProviderIntent) async -> IdleLook
    ) async throws -> Outcome {
        switch try await runner.attempt(id, budget: budget, admit: admit, look: look) {
        case .settled: return .settled
        case .later(let intent, let failure): return .later(attempts: intent.attempts, after: failure.retryAfter)
        case .busy: return .busy
        case .absent: return .withdrawn
        }
    }
}
