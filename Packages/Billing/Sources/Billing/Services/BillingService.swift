public import Core
public import Identity
internal import Jobs
public import Orgs

/// What people do with billing: checks who may, then asks the service that does it.
public struct BillingService<Store: BillingStore>: BillingManaging {
    let store: Store
    let provider: any PaymentProvider
    let checkouts: CheckoutService<Store>
    let subscriptions: SubscriptionService<Store>
    let runner: ProviderIntentRunner<Store>
    let authorizer: any OrgAuthorizer
    let settings: BillingSettings
    let dateSource: any DateSource

    private var catalogue: Catalogue { subscriptions.writer.catalogue }
    private var now: Instant { dateSource.now }

    /// What people do with seats.
    public var seats: any SeatManaging {
        SeatService(
            store: store, subscriptions: subscriptions, checkouts: checkouts, directory: checkouts.directory, authorizer: authorizer,
            dateSource: dateSource)
    }

    /// What ends before an org is deleted.
    public var obligations: any OrgObligationEnding<Store.Transaction> { SubscriptionObligations(store: store, billing: self) }

    /// Starts paying for a resource on the hosted page.
    public func startCheckout(_ request: CheckoutRequest) async throws -> CheckoutResult {
        try await checkouts.start(request)
    }

    /// How a checkout stands.
    public func checkoutStatus(session: ProviderID, as principal: Principal) async throws -> CheckoutStatus {
        try await checkouts.status(session: session, as: principal)
    }

    /// The name for people of a plan.
    public func displayName(of plan: PlanKey) -> String {
        catalogue.displayName(of: plan)
    }

    // MARK: The customer

    /// The org's billing account; cards and provider ids for owners only.
    public func customer(of org: Org.ID, as principal: Principal) async throws -> CustomerView {
        let scope = try authorizer.memberScope(for: principal, in: org)
        if try await store.customer(of: org) == nil {
            try await store.withTransaction(.org(org)) { transaction in
                _ = try await transaction.lockCustomer(of: org, currency: catalogue.currency, now: now)
            }
        }
        guard let (customer, methods) = try await store.customer(of: org) else { throw BillingError.notFound }
        let isOwner = scope.role == .owner
        return CustomerView(
            customer: customer, hasPaymentMethod: methods.contains { $0.isUsable(at: now) }, methods: isOwner ? methods : [],
            showsProviderIDs: isOwner)
    }

    /// Opens the customer's own pages at the provider.
    public func openPortal(of org: Org.ID, as principal: Principal) async throws -> PortalResult {
        _ = try authorizer.ownerScope(for: principal, in: org)
        guard settings.isEnabled else { return .billingDisabled }
        guard let customer = try await store.customer(of: org)?.customer.providerCustomer else { throw BillingError.noProviderCustomer }
        let id = ProviderIntent.ID.make(at: now)
        let intent = ProviderIntent(
            id: id, org: org, object: "portal:\(id)", operationSequence: 1,
            command: .openPortal(customer: customer, returnURL: settings.portalReturnURL), at: now)
        _ = try await store.withTransaction(.system) { try await $0.insert(intent) }
        switch try await runner.settle(id) {
        case .settled(let settled, .none):
            guard case .portal(let url) = settled.result else { throw BillingError.providerUncertain }
            return .open(url: url)
        case .settled(_, .some(let refusal)): throw SubscriptionService<Store>.error(refusal)
        case .later(_, let failure): throw failure.error
        case .busy, .absent: throw BillingError.providerTimeout
        }
    }

    // MARK: Subscriptions

    /// The subscriptions of an org that the caller may see.
    public func subscriptions(of org: Org.ID, includingUnprovisioned: Bool, as principal: Principal) async throws -> [SubscriptionView] {
        let scope = try authorizer.memberScope(for: principal, in: org)
        let onlyOwn = scope.role < .admin ? principal.userID : nil
        return try await store.subscriptions(of: org, visibleTo: onlyOwn, includingUnprovisioned: includingUnprovisioned)
    }

    /// One subscription that the caller may see.
    public func subscription(_ id: Subscription.ID, of org: Org.ID, as principal: Principal) async throws -> SubscriptionView {
        let scope = try authorizer.memberScope(for: principal, in: org)
        let onlyOwn = scope.role < .admin ? principal.userID : nil
        guard let view = try await store.subscription(id, of: org, visibleTo: onlyOwn) else { throw BillingError.notFound }
        return view
    }

    /// Ends a subscription that has no path of its own for that: an add-on, or whatever has no resource yet.
    public func cancel(_ request: CancelRequest, as principal: Principal) async throws -> SubscriptionView {
        let scope = try authorizer.ownerScope(for: principal, in: request.org)
        guard let row = try await store.subscription(request.subscription, of: request.org, visibleTo: nil)?.subscription else {
            throw BillingError.notFound
        }
        if row.resourceType != .addon, let resource = row.resource { throw BillingError.cancelAtCanonicalPath(row.resourceType, resource) }
        let command = CancelSubscription(
            subscription: row.id, mode: request.mode, origin: .user, user: scope.user, via: "billing", bringingForward: true)
        // The status is told before the confirmation: a wrong form is of no use however it is confirmed.
        _ = try CancelPolicy.change(for: command, on: row, now: now)
        let wanted = row.resource?.description ?? row.id.description
        if request.mode == .immediate, request.confirm != wanted { throw BillingError.confirmMismatch }
        try await end(row, by: command)
        guard let view = try await store.subscription(row.id, of: request.org, visibleTo: nil) else { throw BillingError.notFound }
        return view
    }

    func end(_ row: Subscription, by command: CancelSubscription) async throws {
        if row.startedAt == nil {
            try await abandon(row, command)
        } else {
            _ = try await store.withTransaction(.system) { try await subscriptions.cancel(command, in: $0) }
        }
    }

    /// What was not paid yet is closed at the provider first (T8).
    private func abandon(_ row: Subscription, _ command: CancelSubscription) async throws {
        let checkout = try await store.withTransaction(.system) { try await $0.lockedCheckout(of: row.id) }
        guard let checkout else {
            // A direct sale whose charge is under way: its outcome decides.
            guard row.status == .unpaid else { throw BillingError.subscriptionBusy(row.status) }
            _ = try await store.withTransaction(.system) { try await subscriptions.cancel(command, in: $0) }
            return
        }
        guard try await !checkouts.close(checkout) else { return }
        try await store.withTransaction(.system) { transaction in
            guard let current = try await subscriptions.locked(row.id, in: transaction), !current.isTerminal else { return }
            try await subscriptions.cancel(command, in: transaction)
        }
    }

    // MARK: Invoices

    /// The newest invoices of an org.
    public func invoices(of org: Org.ID, limit: Int, as principal: Principal) async throws -> (invoices: [Invoice], total: Int) {
        _ = try authorizer.adminScope(for: principal, in: org)
        return try await store.invoices(of: org, limit: limit)
    }

    /// What the next invoice will be: one preview for each subscription that goes on, merged.
    public func upcomingInvoice(of org: Org.ID, as principal: Principal) async throws -> UpcomingInvoice? {
        _ = try authorizer.adminScope(for: principal, in: org)
        guard settings.isEnabled else { return nil }
        var parts: [UpcomingInvoice] = []
        for view in try await store.subscriptions(of: org, visibleTo: nil, includingUnprovisioned: false) {
            guard view.subscription.status == .active || view.subscription.status == .pastDue else { continue }
            if let part = try await preview(of: view) { parts.append(part) }
        }
        return Self.merged(parts)
    }

    private func preview(of view: SubscriptionView) async throws -> UpcomingInvoice? {
        let row = view.subscription
        switch row.backing {
        case .providerSubscription(let id):
            let invoice: ProviderInvoice?
            do throws(ProviderFailure) {
                invoice = try await provider.upcomingInvoice(of: id, budget: .interactive)
            } catch { throw error.error }
            guard let invoice, let period = invoice.period ?? row.currentPeriod else { return nil }
            return UpcomingInvoice(
                amountDue: invoice.amountDue, currency: invoice.currency, period: period, lines: invoice.lines, subscription: row.id)
        case .netTerms:
            guard let current = row.currentPeriod, let next = next(after: current, of: row) else { return nil }
            let line = InvoiceLine(
                description: catalogue.displayName(of: row.plan.key), quantity: 1, amount: view.price.minorUnits, period: next)
            return UpcomingInvoice(
                amountDue: view.price.minorUnits, currency: view.price.currency, period: next, lines: [line], subscription: row.id)
        case .complimentary, .billingDisabled, .none: return nil
        }
    }

    private func next(after period: Period, of row: Subscription) -> Period? {
        let day = (row.startedAt ?? period.start).calendarDate.day
        return Period(start: period.end, end: period.end.addingMonths(row.interval.months, anchoredOnDay: day))
    }

    static func merged(_ parts: [UpcomingInvoice]) -> UpcomingInvoice? {
        guard let first = parts.min(by: { $0.period.start < $1.period.start }) else { return nil }
        let end = parts.map(\.period.end).max() ?? first.period.end
        return UpcomingInvoice(
            amountDue: parts.reduce(0) { $0 + $1.amountDue }, currency: first.currency,
            period: Period(start: first.period.start, end: end) ?? first.period, lines: parts.flatMap(\.lines),
            subscription: parts.count == 1 ? first.subscription : nil)
    }
}
