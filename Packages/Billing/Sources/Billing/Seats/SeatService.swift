public import Core
public import Identity
internal import Jobs
internal import Orgs

/// Sells and ends seats: checks who may, then asks the service that does it.
public struct SeatService<Store: BillingStore>: SeatManaging {
    let store: Store
    let subscriptions: SubscriptionService<Store>
    let checkouts: CheckoutService<Store>
    let directory: any OrgDirectory
    let authorizer: any OrgAuthorizer
    let dateSource: any DateSource

    private var catalogue: Catalogue { subscriptions.writer.catalogue }

    /// Buys a seat.
    public func subscribe(_ request: SeatRequest) async throws -> SubscriptionView {
        let scope = try request.principal.requireOrg()
        let subscriber = try await subscriber(request.subscriber, of: scope.org, as: request.principal)
        guard catalogue.repositories.contains(where: { $0.slug == request.repository.description }) else { throw BillingError.notFound }
        let plan = try catalogue.plan(named: request.planName, of: .repository, repository: request.repository.description)
        guard catalogue.isOnSale(plan) else { throw BillingError.planNotAvailable(plan.key) }
        let entitlement = try await subscriptions.entitlement(of: scope.org, to: plan.key)
        if case .card = entitlement { try await subscriptions.prepareSale(of: plan.key, interval: .monthly) }
        let sale = NewSubscription(
            id: .make(at: dateSource.now), org: scope.org, entitlement: entitlement, plan: plan.key, subscriber: subscriber,
            requestedBy: request.principal.userID, configuration: ["repository_name": .string(request.repository.description)],
            operation: nil)
        let row = try await store.withTransaction(.system) { try await subscriptions.open(sale, in: $0) }
        try CommandRehearsal.end(askingProvider: row.status == .pending)
        do {
            if row.status == .pending, try await subscriptions.confirmFirstPayment(of: row.id) == .waiting {
                throw BillingError.providerTimeout
            }
        } catch BillingError.paymentActionRequired(url: nil) {
            throw BillingError.paymentActionRequired(url: try await confirmationPage(for: request, subscriber: subscriber, of: scope.org))
        }
        return try await view(row.id, of: row.org)
    }

    /// The page on which whoever asks buys the same seat and confirms its payment (STR-E51); `nil` for who may not open one.
    private func confirmationPage(for request: SeatRequest, subscriber: User.ID, of org: Org.ID) async throws -> String? {
        guard subscriber == request.principal.userID, request.principal.orgScope?.role == .owner else { return nil }
        let wish = CheckoutRequest(
            principal: request.principal, namedOrg: nil, planName: request.planName, resourceType: .repository,
            configuration: ["repository_name": .string(request.repository.description)])
        do {
            guard case .open(let url, _, _) = try await checkouts.start(wish) else { return nil }
            return url
        } catch is BillingError {
            // The refusal that led here is the one to be told.
            return nil
        }
    }

    /// What pays for a resource.
    public func subscription(of resource: ResourceID, subscriber: User.ID?) async throws -> SubscriptionView {
        let type: ResourceType = subscriber == nil ? .graph : .repository
        guard let view = try await store.subscription(of: type, resource, subscriber: subscriber) else { throw BillingError.notFound }
        return view
    }

    /// Changes the plan of a seat, or how often it or a graph is billed: owners of the org that pays for it.
    public func changePlan(_ request: SeatChangeRequest) async throws -> SubscriptionView {
        let (order, row) = try await order(of: request)
        if row.resourceType == .graph, order.plan != row.plan.key { throw BillingError.changeAtCanonicalPath(request.repository) }
        let changed = try await subscriptions.changePlan(order)
        return try await view(changed.id, of: changed.org)
    }

    /// Says what a change would cost.
    public func quote(_ request: SeatChangeRequest) async throws -> PlanChangeQuote {
        try await subscriptions.quotePlanChange(try await order(of: request).order)
    }

    private func order(of request: SeatChangeRequest) async throws -> (order: PlanChangeRequest, row: Subscription) {
        let org = try request.principal.requireOrg().org
        _ = try authorizer.ownerScope(for: request.principal, in: org)
        let person = request.type == .repository ? request.subscriber ?? request.principal.userID : nil
        guard let row = try await store.subscription(of: request.type, request.repository, subscriber: person)?.subscription,
            row.org == org
        else { throw BillingError.notFound }
        let slug = request.type == .repository ? request.repository.description : nil
        let plan = try catalogue.plan(named: request.planName, of: request.type, repository: slug)
        let order = PlanChangeRequest(
            subscription: row.id, plan: plan.key, interval: request.interval, user: request.principal.userID, operation: nil,
            quote: request.quote)
        return (order, row)
    }

    /// Ends a seat: its subscriber, or whoever runs the org that pays for it.
    public func cancelSeat(_ request: SeatCancelRequest) async throws -> SubscriptionView {
        let person = request.subscriber ?? request.principal.userID
        guard let row = try await store.subscription(of: .repository, request.repository, subscriber: person)?.subscription else {
            // Who runs no org learns nothing of the seats of others.
            if person != request.principal.userID { _ = try adminScope(of: request.principal) }
            throw BillingError.notFound
        }
        if person != request.principal.userID {
            let scope = try adminScope(of: request.principal)
            guard scope == row.org else { throw BillingError.notFound }
        } else if case .apiKey = request.principal.credential, request.principal.orgScope?.org != row.org {
            // A key of an org does nothing with what another one pays.
            throw BillingError.notFound
        }
        let command = CancelSubscription(
            subscription: row.id, mode: request.mode, origin: .user, user: request.principal.userID, via: "seat", bringingForward: true)
        // The status is told before the confirmation: a wrong form is of no use however it is confirmed.
        _ = try CancelPolicy.change(for: command, on: row, now: dateSource.now)
        guard row.startedAt != nil || row.status == .unpaid else { throw BillingError.subscriptionBusy(row.status) }
        if request.mode == .immediate, request.confirm != request.repository.description { throw BillingError.confirmMismatch }
        _ = try await store.withTransaction(.system) { try await subscriptions.cancel(command, in: $0) }
        return try await view(row.id, of: row.org)
    }

    private func subscriber(_ named: User.ID?, of org: Org.ID, as principal: Principal) async throws -> User.ID {
        guard let named, named != principal.userID else {
            _ = try authorizer.memberScope(for: principal, in: org)
            return principal.userID
        }
        _ = try adminScope(of: principal)
        guard try await directory.role(of: named, in: org) != nil else { throw BillingError.subscriberNotMember }
        return named
    }

    private func adminScope(of principal: Principal) throws -> Org.ID {
        let org = try principal.requireOrg().org
        _ = try authorizer.adminScope(for: principal, in: org)
        return org
    }

    private func view(_ id: Subscription.ID, of org: Org.ID) async throws -> SubscriptionView {
        guard let view = try await store.subscription(id, of: org, visibleTo: nil) else { throw BillingError.notFound }
        return view
    }
}
