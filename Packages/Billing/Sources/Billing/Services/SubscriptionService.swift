internal import Audit
public import Core
public import Identity
internal import Jobs
internal import Observability
public import Orgs

/// Sells, links, activates and ends subscriptions for the packages above and for the routes.
public struct SubscriptionService<Store: BillingStore>: SubscriptionManaging {
    /// The transactions it works in.
    public typealias Transaction = Store.Transaction

    let store: Store
    let writer: SubscriptionWriter<Store.Transaction>
    let resources: SellableResources<Store.Transaction>
    let prices: PriceService<Store>
    let runner: ProviderIntentRunner<Store>
    let dateSource: any DateSource
    let isBillingEnabled: Bool

    private var catalogue: Catalogue { writer.catalogue }

    // MARK: Selling directly

    /// How an org would pay for a plan now (BIL-028).
    public func entitlement(of org: Org.ID, to plan: PlanKey) async throws -> Entitlement {
        let plan = try catalogue.plan(plan)
        guard catalogue.isOnSale(plan) else { throw BillingError.planNotAvailable(plan.key) }
        guard try await store.isOn(.directCreate) else { throw BillingError.salesPaused }
        guard isBillingEnabled else { return .billingDisabled }
        guard let (customer, methods) = try await store.customer(of: org) else { throw BillingError.paymentMethodRequired }
        guard !customer.disputed else { throw BillingError.customerInDispute }
        if customer.invoiceBillingEnabled { return .netTerms }
        let usable = methods.filter { $0.isUsable(at: dateSource.now) }
        guard customer.providerCustomer != nil, let method = usable.first(where: \.isDefault) ?? usable.first else {
            throw BillingError.paymentMethodRequired
        }
        return .card(method.id)
    }

    /// Sells a plan directly (T1), and goes on to T3 at once when nobody has to be asked for money.
    public func open(_ sale: NewSubscription, in transaction: Transaction) async throws -> Subscription {
        let plan = try catalogue.plan(sale.plan)
        let customer = try await transaction.lockCustomer(of: sale.org, currency: catalogue.currency, now: dateSource.now)
        var row = Subscription(
            id: sale.id, org: sale.org, resourceType: plan.key.resourceType, subscriber: sale.subscriber, requestedBy: sale.requestedBy,
            plan: plan.reference, interval: sale.interval, configuration: sale.configuration, at: dateSource.now)
        row.operation = sale.operation
        // A seat is taken by the row itself, so that of two sales at once one is refused before anybody is charged (BIL-031).
        if row.resourceType == .repository { row.resource = resources.standingResource(of: plan.key) }
        let cause = SubscriptionCause.user(sale.requestedBy, via: "direct")
        try await writer.create(row, plan: plan, because: cause, in: transaction)
        switch sale.entitlement {
        case .billingDisabled: return try await confirm(.billingDisabled, row, because: cause, in: transaction)
        case .netTerms: return try await confirm(.netTerms, row, because: cause, in: transaction)
        case .card(let method): return try await charge(method, row, plan, customer, in: transaction)
        }
    }

    private func confirm(
        _ backing: Backing, _ row: Subscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws -> Subscription {
        let now = dateSource.now
        let lease = ProvisioningLease(subscription: row.id, fence: 1, holder: "provisioning", until: now + .minutes(60))
        return try await writer.apply(
            .backingConfirmed(backing, link: nil, lease: lease), to: row, because: cause, in: transaction)
    }

    private func charge(
        _ method: ProviderID, _ row: Subscription, _ plan: Plan, _ customer: BillingCustomer, in transaction: Transaction
    ) async throws -> Subscription {
        guard let providerCustomer = customer.providerCustomer else { throw BillingError.paymentMethodRequired }
        guard let price = try await transaction.lockedPrice(of: plan.reference, row.interval, catalogue.currency)?.price else {
            throw BillingError.priceMismatch(plan.key)
        }
        var row = row
        let sale = ProviderCommand.Sale(
            org: row.org, subscription: row.id, customer: providerCustomer, price: price, method: method, trialDays: plan.trialDays)
        _ = try await writer.ask(.createSubscription(sale), of: &row, in: transaction)
        try await transaction.save(row)
        row.version += 1
        return row
    }

    /// Makes sure that the price can be sold; to be called before ``open(_:in:)``, outside of any transaction (BIL-006).
    ///
    /// - Throws: ``BillingError/priceMismatch(_:)`` when the provider charges something else.
    public func prepareSale(of plan: PlanKey, interval: BillingInterval) async throws {
        _ = try await prices.sellablePrice(of: try catalogue.plan(plan), interval)
    }

    /// Charges the card of a direct sale and waits at most 15 s.
    public func confirmFirstPayment(of id: Subscription.ID) async throws -> FirstPayment {
        try CommandRehearsal.end(askingProvider: true)
        guard let row = try await current(id) else { throw BillingError.notFound }
        guard row.status == .pending else { return try Self.payment(of: row) }
        guard let intent = try await firstIntent(of: row) else { return .waiting }
        if case .settled(_, .some(let refusal)) = try await runner.settle(intent) { throw Self.error(refusal) }
        guard let settled = try await current(id) else { throw BillingError.notFound }
        return try Self.payment(of: settled)
    }

    private func current(_ id: Subscription.ID) async throws -> Subscription? {
        try await store.withTransaction(.system) { try await $0.subscription(id) }
    }

    private func firstIntent(of row: Subscription) async throws -> ProviderIntent.ID? {
        try await store.intent(about: "subscription:\(row.id)", operationSequence: 1)?.id
    }

    private static func payment(of row: Subscription) throws -> FirstPayment {
        switch row.status {
        case .pending, .pendingPayment: return .waiting
        case .failed:
            if row.failure?.code == "PAYMENT_ACTION_REQUIRED" { throw BillingError.paymentActionRequired(url: nil) }
            throw BillingError.paymentDeclined(row.failure?.message ?? "The payment was declined.")
        default: return .confirmed
        }
    }

    static func error(_ refusal: ProviderRefusal) -> BillingError {
        switch refusal.kind {
        case .declined: .paymentDeclined(refusal.customerMessage ?? "The payment was declined.")
        case .actionRequired: .paymentActionRequired(url: nil)
        case .badRequest, .missing, .keyReuse: .providerRefused(code: refusal.code)
        case .untrusted: .providerUnavailable(retryAfter: nil)
        }
    }

    // MARK: Provisioning

    /// A subscription, locked after its customer.
    public func locked(_ id: Subscription.ID, in transaction: Transaction) async throws -> Subscription? {
        try await transaction.lockWithCustomer(id, currency: catalogue.currency, now: dateSource.now)
    }

    /// What pays for a resource, locked after its customer.
    public func locked(_ type: ResourceType, _ resource: ResourceID, in transaction: Transaction) async throws -> Subscription? {
        guard let row = try await transaction.newestSubscription(of: type, resource, subscriber: nil) else { return nil }
        return try await locked(row.id, in: transaction)
    }

    /// Commits the id of a resource as soon as it exists (BIL-036).
    @discardableResult
    public func link(
        _ resource: ResourceID, to id: Subscription.ID, fence: Int64, in transaction: Transaction
    ) async throws -> Subscription {
        guard var row = try await locked(id, in: transaction) else { throw BillingError.notFound }
        if row.resource == resource, row.status != .provisioning || row.lease?.fence == fence { return row }
        guard row.status == .provisioning else { throw SubscriptionRefusal.notAllowed(row.status) }
        guard row.lease?.fence == fence else { throw SubscriptionRefusal.staleFence }
        guard row.resource == nil else { throw SubscriptionRefusal.resourceInTheWay }
        row.resource = resource
        row.updatedAt = dateSource.now
        try await transaction.save(row)
        row.version += 1
        return row
    }

    /// Activates what was linked (T5); the period is the provider's, or begins now where the provider bills nothing.
    @discardableResult
    public func activate(_ id: Subscription.ID, fence: Int64, in transaction: Transaction) async throws -> Subscription {
        guard let row = try await locked(id, in: transaction) else { throw BillingError.notFound }
        if row.startedAt != nil, row.resource != nil { return row }
        let period = row.currentPeriod ?? (row.backing?.isCardBilled == true ? nil : writer.firstPeriod(of: row))
        let change = SubscriptionChange.activated(fence: fence, period: period, trialEnd: row.trialEnd)
        return try await writer.apply(change, to: row, because: .system("provisioning"), in: transaction)
    }

    /// Gives up (T6) and undoes the sale exactly once.
    @discardableResult
    public func failProvisioning(
        of id: Subscription.ID, fence: Int64, _ failure: ProvisioningFailure, in transaction: Transaction
    ) async throws -> Subscription {
        guard let row = try await locked(id, in: transaction) else { throw BillingError.notFound }
        if row.status == .failed { return row }
        let change = SubscriptionChange.provisioningFailed(fence: fence, failure)
        return try await writer.apply(change, to: row, because: .system("provisioning"), in: transaction)
    }

    /// Says which operation tells about the provisioning.
    public func note(operation: String, for id: Subscription.ID, in transaction: Transaction) async throws {
        guard var row = try await locked(id, in: transaction), row.operation != operation else { return }
        row.operation = operation
        row.updatedAt = dateSource.now
        try await transaction.save(row)
    }

    // MARK: Ending

    /// Ends a subscription by the table of BIL-050.
    @discardableResult
    public func cancel(_ command: CancelSubscription, in transaction: Transaction) async throws -> Subscription {
        guard let row = try await locked(command.subscription, in: transaction) else { throw BillingError.notFound }
        let change = try CancelPolicy.change(for: command, on: row, now: dateSource.now)
        let cause = command.user.map { SubscriptionCause.user($0, via: command.via) } ?? .system(command.via)
        return try await writer.apply(change, to: row, because: cause, in: transaction)
    }

    // MARK: Reading

    /// Whether and how a resource may be used now.
    public func access(
        to type: ResourceType, _ resource: ResourceID, subscriber: User.ID?, state: ResourceState?
    ) async throws -> AccessDecision {
        let row = try await store.subscription(of: type, resource, subscriber: subscriber)?.subscription
        let facts = AccessFacts(
            resource: state, subscription: row, billingEnabled: isBillingEnabled, isReadOnlyByDispute: try await isReadOnly(row))
        return AccessDecision.decide(facts, now: dateSource.now)
    }

    private func isReadOnly(_ row: Subscription?) async throws -> Bool {
        guard let row, catalogue.plans[row.plan.key]?.policies.dispute == .readOnly else { return false }
        return try await store.customer(of: row.org)?.customer.disputed == true
    }

    /// What pays for a resource.
    public func view(of type: ResourceType, _ resource: ResourceID, subscriber: User.ID?) async throws -> SubscriptionView? {
        try await store.subscription(of: type, resource, subscriber: subscriber)
    }
}
