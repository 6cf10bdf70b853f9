internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Jobs
public import Operations
internal import Orgs

extension GraphService {
    /// Buys a suspended graph again, with what it holds, who may open it and its logins as they were (GRA-059).
    public func undelete(
        _ id: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        guard let found = try await store.graph(id, for: caller) else { throw GraphError.notFound }
        guard found.orgRole == .owner else {
            try GraphRules.require(.viewer, role: found.role, of: found.graph)
            throw GraphError.orgOwnerRequired
        }
        let (call, earlier) = try await earlierAnswer(to: .undeleteGraph, of: found, key: key, as: caller)
        if let earlier { return (earlier, true) }
        try GraphRules.check(.undelete, in: await situation(of: found))
        let operation = Operation.ID.make(at: dateSource.now)
        let (sold, first) = try await sell(found.graph, operation: operation, call: call, to: caller)
        if let first {
            let roles = try await store.roles(of: caller.user, within: caller.reach)
            return (try await replayed(first, roles: roles, needing: .owner), true)
        }
        do {
            // Outside of any transaction: the provider is asked here, for at most 15 s.
            _ = try await payable { try await subscriptions.confirmFirstPayment(of: sold) }
        } catch let refusal as GraphError {
            try await giveUp(operation, call: call, after: refusal)
            throw try await decided(call, after: refusal)
        }
        let now = dateSource.now
        try await store.withSystemTransaction { transaction in
            if let call { try await transaction.settle(call, nil) }
            try await returning.carryOut(id, paidBy: sold, at: now, in: transaction)
        }
        guard let accepted = try await store.operation(operation) else { throw GraphError.notFound }
        return (accepted, false)
    }

    private var returning: GraphReturn<Subscriptions> {
        GraphReturn(subscriptions: subscriptions, lifecycle: lifecycle, isBillingEnabled: isBillingEnabled)
    }

    /// Sells the plan of the graph's tier; while the payment is not decided the operation keeps the graph from being destroyed.
    private func sell(
        _ graph: Graph, operation: Operation.ID, call: IdempotentCall?, to caller: GraphCaller
    ) async throws -> (Subscription.ID, first: Operation.ID?) {
        let (now, id) = (dateSource.now, Subscription.ID.make(at: dateSource.now))
        let plan = PlanKey.graph(graph.tier.rawValue)
        let entitlement = try await payable { try await subscriptions.entitlement(of: graph.org, to: plan) }
        if case .card = entitlement { try await payable { try await subscriptions.prepareSale(of: plan, interval: .monthly) } }
        let sale = NewSubscription(
            id: id, org: graph.org, entitlement: entitlement, plan: plan, requestedBy: caller.user,
            configuration: GraphConfiguration.configuration(returning: graph.id), operation: operation.description)
        do {
            let first = try await payable {
                try await store.withSystemTransaction { transaction -> Operation.ID? in
                    if let first = try await transaction.replay(of: call, for: operation, isSettled: false, at: now) { return first }
                    _ = try await subscriptions.open(sale, in: transaction)
                    if let running = try await transaction.exclusiveOperation(of: graph.id) { throw GraphError.operationRunning(running) }
                    try await transaction.accept(
                        GraphReturn<Subscriptions>.operation(of: graph, by: caller.user, subscription: id), id: operation, at: now)
                    return nil
                }
            }
            return (id, first)
        } catch OperationError.exclusiveOperationRunning(let running) {
            throw GraphError.operationRunning(running)
        }
    }

    private func giveUp(_ operation: Operation.ID, call: IdempotentCall?, after refusal: GraphError) async throws {
        guard case .paymentRequired(let code, let message) = refusal else { return }
        let now = dateSource.now
        try await store.withSystemTransaction { transaction in
            try await transaction.end(operation, .fail(OperationFailure(code: code, message: message)), at: now)
            if let call {
                try await transaction.settle(call, StoredAnswer(toPaymentRequired: code, message))
            }
        }
    }
}
