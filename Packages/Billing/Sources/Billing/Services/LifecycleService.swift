public import Core
public import Identity
internal import Jobs
public import Orgs

/// Takes ends back, explains, and keeps what an org is charged by: checks who may, then asks the service that does it.
public struct LifecycleService<Store: BillingStore>: LifecycleManaging {
    let store: Store
    let provider: any PaymentProvider
    let subscriptions: SubscriptionService<Store>
    let runner: ProviderIntentRunner<Store>
    let authorizer: any OrgAuthorizer
    let settings: BillingSettings
    let dateSource: any DateSource

    private var writer: SubscriptionWriter<Store.Transaction> { subscriptions.writer }
    private var now: Instant { dateSource.now }

    // MARK: Subscriptions

    /// Takes the end of a subscription back.
    public func uncancel(_ id: Subscription.ID, of org: Org.ID, as principal: Principal) async throws -> SubscriptionView {
        let view = try await visible(id, of: org, as: principal)
        let isOwnSeat = view.subscription.resourceType == .repository && view.subscription.subscriber == principal.userID
        if !isOwnSeat { _ = try authorizer.ownerScope(for: principal, in: org) }
        _ = try await subscriptions.uncancel(UncancelSubscription(subscription: id, by: .person(principal.userID)))
        return try await visible(id, of: org, as: principal)
    }

    /// Everything that happened to a subscription that the caller may see, oldest first.
    public func history(of id: Subscription.ID, in org: Org.ID, as principal: Principal) async throws -> [HistoryItem] {
        let view = try await visible(id, of: org, as: principal)
        return try await store.history(of: view.subscription.id, provider: view.subscription.providerLink?.subscription)
    }

    /// Why a subscription gives the access it gives, and what comes next.
    public func explain(_ id: Subscription.ID, of org: Org.ID, as principal: Principal) async throws -> SubscriptionExplanation {
        let view = try await visible(id, of: org, as: principal)
        let row = view.subscription
        let customer = try await store.customer(of: org)?.customer
        let isReadOnly = writer.catalogue.plans[row.plan.key]?.policies.dispute == .readOnly && customer?.disputed == true
        let facts = AccessFacts(
            resource: nil, subscription: row, billingEnabled: settings.isEnabled, isReadOnlyByDispute: isReadOnly)
        let pending = try await store.unsettledIntents(of: row.id).map { intent in
            SubscriptionExplanation.Pending(
                id: intent.id, kind: intent.command.kind, state: intent.state, attempts: intent.attempts)
        }
        return SubscriptionExplanation(
            view: view, access: AccessDecision.decide(facts, now: now), next: SubscriptionExplanation.next(of: row, now: now),
            pending: pending,
            rights: Self.rights(of: row, now: now))
    }

    private func visible(_ id: Subscription.ID, of org: Org.ID, as principal: Principal) async throws -> SubscriptionView {
        let scope = try authorizer.memberScope(for: principal, in: org)
        let onlyOwn = scope.role < .admin ? principal.userID : nil
        guard let view = try await store.subscription(id, of: org, visibleTo: onlyOwn) else { throw BillingError.notFound }
        return view
    }

    static func rights(of row: Subscription, now: Instant) -> [String: [String]] {
        let own = row.resourceType == .repository ? ["owner", "subscriber"] : ["owner"]
        if row.isEnding(at: now) {
            let isAdministrative = row.cancellation?.origin == .admin
            return ["uncancel": isAdministrative ? ["operator"] : own, "end_now": own]
        }
        switch row.status {
        case .active: return ["cancel": own, "end_now": own]
        case .pastDue, .unpaid, .paused, .pending, .pendingPayment: return ["end_now": own]
        case .provisioning, .upgrading, .canceled, .failed: return [:]
        }
    }

    // MARK: Methods

    /// The methods of an org.
    public func methods(of org: Org.ID, as principal: Principal) async throws -> [PaymentMethod] {
        _ = try authorizer.ownerScope(for: principal, in: org)
        return try await store.customer(of: org)?.methods ?? []
    }

    /// Opens the page on which a method is added.
    public func startMethodSetup(of org: Org.ID, makesDefault: Bool, as principal: Principal) async throws -> String {
        let customer = try await customer(of: org, as: principal)
        let setup = ProviderCommand.MethodSetup(
            org: org, customer: customer, returnURL: settings.portalReturnURL, makesDefault: makesDefault)
        let id = ProviderIntent.ID.make(at: now)
        let intent = ProviderIntent(id: id, org: org, object: "setup:\(id)", operationSequence: 1, command: .openSetup(setup), at: now)
        _ = try await store.withTransaction(.system) { try await $0.insert(intent) }
        guard case .checkout(let page) = try await settle(id), let url = page.url else { throw BillingError.providerUncertain }
        return url
    }

    /// Charges another method from now on, everywhere.
    public func makeDefault(_ method: ProviderID, of org: Org.ID, retryingOpenInvoices: Bool, as principal: Principal) async throws {
        _ = try await customer(of: org, as: principal)
        try await store.withTransaction(.system) { transaction in
            _ = try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: now)
            guard try await transaction.paymentMethods(of: org).contains(where: { $0.id == method && $0.isUsable(at: now) }) else {
                throw BillingError.notFound
            }
            try await writer.makeDefault(
                method, of: org, retryingOpenInvoices: retryingOpenInvoices, because: .user(principal.userID, via: "payment-methods"),
                in: transaction)
        }
    }

    /// Takes a method away, unless something that goes on could not be charged any more.
    public func remove(_ method: ProviderID, of org: Org.ID, as principal: Principal) async throws {
        _ = try await customer(of: org, as: principal)
        let intent = try await store.withTransaction(.system) { transaction in
            _ = try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: now)
            let methods = try await transaction.paymentMethods(of: org).filter { $0.state != .detached }
            guard methods.contains(where: { $0.id == method }) else { throw BillingError.notFound }
            let isLast = !methods.contains { $0.id != method && $0.isUsable(at: now) }
            if isLast {
                let going = try await transaction.liveSubscriptions(of: org).filter { row in
                    row.backing?.isCardBilled == true && !row.isTerminal
                }
                guard going.isEmpty else { throw BillingError.lastPaymentMethod }
            }
            return try await writer.order(.detachMethod(method), about: "detach:\(method.rawValue)", org: org, in: transaction).id
        }
        _ = try await settle(intent)
    }

    private func customer(of org: Org.ID, as principal: Principal) async throws -> ProviderID {
        _ = try authorizer.ownerScope(for: principal, in: org)
        guard let customer = try await store.customer(of: org)?.customer.providerCustomer else { throw BillingError.noProviderCustomer }
        return customer
    }

    private func settle(_ id: ProviderIntent.ID) async throws -> ProviderResult? {
        switch try await runner.settle(id) {
        case .settled(let intent, .none): return intent.result
        case .settled(_, .some(let refusal)): throw SubscriptionService<Store>.error(refusal)
        case .later(_, let failure): throw failure.error
        case .busy, .absent: throw BillingError.providerTimeout
        }
    }
}

extension SubscriptionExplanation {
    /// What will happen to a subscription by itself, soonest first.
    static func next(of row: Subscription, now: Instant) -> [Next] {
        var next: [Next] = []
        func add(_ instant: Instant?, _ what: String) {
            if let instant, instant > now { next.append(.init(at: instant, what: what)) }
        }
        switch row.status {
        case .active, .upgrading:
            add(row.trialEnd, "trial_ends")
            add(row.currentPeriod?.end, "renews")
        case .pastDue:
            add(row.graceDeadline, "becomes_read_only")
        case .unpaid: add(row.finalDeadline, "ends_unpaid")
        case .canceled: add(row.endsAt, "ends")
        case .pending, .pendingPayment, .provisioning, .paused, .failed: break
        }
        return next.sorted { $0.at < $1.at }
    }
}

extension BillingService {
    /// What people do with a running subscription and with what it is paid by.
    public var lifecycle: any LifecycleManaging {
        LifecycleService(
            store: store, provider: provider, subscriptions: subscriptions, runner: runner, authorizer: authorizer, settings: settings,
            dateSource: dateSource)
    }
}
