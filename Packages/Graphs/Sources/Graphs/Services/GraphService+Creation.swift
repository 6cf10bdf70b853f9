internal import Audit
internal import Billing
internal import Core
internal import Identity
public import Operations
internal import Orgs

extension GraphService {
    /// Creates a graph that the org's card, its terms or nobody pays for; without any of them the answer is payment first (GRA-005).
    public func create(
        _ wish: @Sendable () throws -> GraphDraft.Wish, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let roles = try await store.roles(of: caller.user, within: caller.reach)
        let call = caller.org.flatMap { org in
            key.map {
                IdempotentCall(
                    user: caller.user, org: org, operation: .createGraph, graphScope: "new", key: $0.key, fingerprint: $0.fingerprint)
            }
        }
        if let call, let first = try await earlierOperation(of: call) {
            return (try await replayed(first, roles: roles, needing: .admin), true)
        }
        var draft = try GraphDraft(wish(), catalogue: catalogue)
        guard let payer = caller.org else { throw GraphError.orgRequired }
        guard let role = roles[payer] else { throw GraphError.notOrgMember }
        guard role >= .admin else { throw GraphError.orgAdminRequired }
        if let source = draft.source {
            let (tier, asked) = (catalogue.tier(draft.tier), draft)
            draft = try await store.withSystemTransaction { transaction in
                GraphDraft(asked, copying: try await transaction.source(source, of: payer, fitting: tier))
            }
        }
        return try await sell(draft, to: payer, call: call, caller: caller, roles: roles)
    }

    /// The operation that answered an earlier call with the same key.
    func earlierOperation(of call: IdempotentCall) async throws -> Operation.ID? {
        do {
            return try await store.recorded(call, now: dateSource.now).operation()
        } catch let error as IdempotencyError {
            throw GraphError.idempotency(error)
        }
    }

    /// An earlier call's operation, for a caller who might still make the call for the first time (OPS-018).
    func replayed(_ id: Operation.ID, roles: [Org.ID: OrgRole], needing needed: OrgRole) async throws -> Operation {
        guard let operation = try await store.operation(id) else { throw GraphError.idempotency(.inProgress) }
        guard let role = roles[operation.org] else { throw GraphError.notOrgMember }
        guard role >= needed else { throw needed == .owner ? GraphError.orgOwnerRequired : .orgAdminRequired }
        return operation
    }

    private func sell(
        _ draft: GraphDraft, to org: Org.ID, call: IdempotentCall?, caller: GraphCaller, roles: [Org.ID: OrgRole]
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let now = dateSource.now
        let (graph, operation, subscription) = (GraphID.make(), Operation.ID.make(at: now), Subscription.ID.make(at: now))
        try await checkQuota(of: org)
        let plan = PlanKey.graph(draft.tier.rawValue)
        let entitlement = try await payable { try await subscriptions.entitlement(of: org, to: plan) }
        // Outside of any transaction as well: the price that the provider charges is compared with ours before it is charged (BIL-006).
        if case .card = entitlement { try await payable { try await subscriptions.prepareSale(of: plan, interval: .monthly) } }
        let sale = NewSubscription(
            id: subscription, org: org, entitlement: entitlement, plan: plan, requestedBy: caller.user,
            configuration: GraphConfiguration.configuration(of: draft, graph: graph), operation: operation.description)
        let earlier = try await payable {
            try await store.withTransaction(.system) { transaction -> Operation.ID? in
                if let first = try await transaction.replay(of: call, for: operation, isSettled: false, at: now) { return first }
                _ = try await subscriptions.open(sale, in: transaction)
                return nil
            }
        }
        if let earlier { return (try await replayed(earlier, roles: roles, needing: .admin), true) }
        do {
            // Outside of any transaction: the provider is asked here, for at most 15 s (GRA-006).
            _ = try await payable { try await subscriptions.confirmFirstPayment(of: subscription) }
        } catch let refusal as GraphError {
            try await release(subscription, call: call, after: refusal)
            throw try await decided(call, after: refusal)
        }
        return (try await accept(draft, graph: graph, operation: operation, subscription: subscription, call: call), false)
    }

    /// Accepts at once what the event of the confirmed payment would accept a moment later; whoever comes first does it.
    private func accept(
        _ draft: GraphDraft, graph: GraphID, operation: Operation.ID, subscription id: Subscription.ID, call: IdempotentCall?
    ) async throws -> Operation {
        let now = dateSource.now
        try await store.withTransaction(.system) { transaction in
            if let call { try await transaction.settle(call, nil) }
            guard let subscription = try await subscriptions.locked(id, in: transaction), let lease = subscription.lease,
                subscription.status == .provisioning, let requestedBy = subscription.requestedBy
            else { return }
            _ = try await lifecycle.accept(
                AcceptedCreation(
                    graph: graph, operation: operation, org: subscription.org, requestedBy: requestedBy, subscription: id,
                    fence: lease.fence, draft: draft),
                at: now, in: transaction)
            try await subscriptions.note(operation: operation.description, for: id, in: transaction)
        }
        if let accepted = try await store.operation(operation) { return accepted }
        return try await waiting(operation, graph: graph, draft: draft, subscription: id)
    }

    /// The provider has not said yet: the operation is there for the customer to follow, and the event of the payment goes on with it.
    private func waiting(
        _ id: Operation.ID, graph: GraphID, draft: GraphDraft, subscription: Subscription.ID
    ) async throws -> Operation {
        let now = dateSource.now
        return try await store.withTransaction(.system) { transaction in
            guard let row = try await transaction.subscription(subscription) else { throw GraphError.noSubscription }
            return try await transaction.accept(
                GraphLifecycle.operation(
                    creating: graph, tier: draft.tier, org: row.org, by: row.requestedBy, isPaid: false,
                    message: "Waiting for the payment provider"),
                id: id, at: now)
        }
    }

    private func release(_ subscription: Subscription.ID, call: IdempotentCall?, after refusal: GraphError) async throws {
        guard case .paymentRequired(let code, let message) = refusal else { return }
        try await store.withTransaction(.system) { transaction in
            try await transaction.releasePlaces(of: subscription)
            if let call {
                try await transaction.settle(call, StoredAnswer(toPaymentRequired: code, message))
            }
        }
    }

    /// A refusal that ended the sale is said as it is stored, so that a repetition says the same (OPS-014).
    func decided(_ call: IdempotentCall?, after refusal: GraphError) async throws -> any Error {
        guard let call, case .billing = refusal, case .answer(let stored) = try await store.recorded(call, now: dateSource.now) else {
            return refusal
        }
        return stored
    }

    /// An early look, so that a full org is told before it is asked for money; the sale takes its place under lock (GRA-003).
    private func checkQuota(of org: Org.ID) async throws {
        guard let limits = try await store.limits(of: org), !limits.canCreateGraph else { return }
        throw GraphError.limitReached(limit: limits.maxGraphs.number ?? 0)
    }

    /// Says Billing's refusals in this package's words.
    func payable<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as BillingError {
            throw GraphError(error)
        } catch let error as IdempotencyError {
            throw GraphError.idempotency(error)
        }
    }
}

extension GraphTransaction {
    /// The graph whose contents a new one is to hold: of the same org, be it gone or not, by a backup that is there and fits the tier
    /// (GRA-010).
    func source(_ id: GraphBackup.ID, of org: Org.ID, fitting tier: GraphTier?) async throws -> Graph {
        guard let backup = try await lockedBackup(id), backup.initiator != .system, let graph = try await graph(backup.graph),
            graph.org == org
        else { throw GraphError.notFound }
        guard backup.status == .completed, let archive = backup.archive else { throw GraphError.backupNotCompleted(backup.status) }
        guard archive.isLoadable else { throw GraphError.engineUnsupported(.restore) }
        let cap = Int64(tier?.storageCapGB ?? 0) << 30
        guard archive.originalBytes <= cap else { throw GraphError.backupTooLarge(bytes: archive.originalBytes, cap: cap) }
        return graph
    }
}

extension GraphError {
    /// What a refusal of Billing means for a creation.
    init(_ error: BillingError) {
        switch error {
        case .paymentMethodRequired:
            self = .paymentRequired(
                code: "PAYMENT_METHOD_REQUIRED",
                message: "A payment method is required. An owner of the org can open a checkout: POST /v1/billing/checkout.")
        case .paymentDeclined(let reason):
            self = .paymentRequired(code: "PAYMENT_DECLINED", message: reason)
        case .paymentActionRequired:
            self = .paymentRequired(
                code: "PAYMENT_ACTION_REQUIRED", message: "The bank wants the payment to be confirmed. Use POST /v1/billing/checkout.")
        case .customerInDispute:
            self = .paymentRequired(code: "CUSTOMER_IN_DISPUTE", message: "A payment of this org is disputed.")
        case .graphLimitReached(let limit): self = .limitReached(limit: limit)
        case .tierAtCapacity(let key): self = .tierAtCapacity(TierName(rawValue: key.name))
        case .unknownPlan(let name): self = .unknownTier(TierName(rawValue: name))
        case .planNotAvailable(let key): self = .unknownTier(TierName(rawValue: key.name))
        case .subscriptionBusy(.upgrading): self = .upgrading
        case .subscriptionBusy: self = .subscriptionBusy
        case .subscriptionNotActive(let status): self = .subscriptionNotActive(status)
        case .samePlan(let key): self = .sameTier(TierName(rawValue: key.name))
        case .alreadyCanceled: self = .alreadyCanceled
        case .cancelRequiresImmediate(let status): self = .periodEndNeedsActive(status)
        case .periodEndUnknown: self = .periodEndUnknown
        case .cancellationFinal: self = .cancellationFinal
        case .ownerRequired: self = .orgOwnerRequired
        case .notFound: self = .noSubscription
        // What Billing refuses for reasons of its own is told in its own words.
        default:
            self = .billing(error)
        }
    }
}
