internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Jobs
internal import Operations
internal import Orgs

/// Opens a suspended graph for a subscription that was bought for it: in the call that bought it or by the news of the payment, whoever comes
/// first (GRA-059).
struct GraphReturn<Subscriptions: SubscriptionManaging>: Sendable where Subscriptions.Transaction: GraphTransaction {
    typealias Transaction = Subscriptions.Transaction

    let subscriptions: Subscriptions
    let lifecycle: GraphLifecycle
    let isBillingEnabled: Bool

    /// The steps that are shown of it.
    static var steps: [String] { [ProvisioningStep.paymentTitle, ProvisioningStep.activation.title] }

    /// G5 with Billing's T5, in one transaction. What cannot come back any more is given back whole; twice is once.
    func carryOut(_ id: GraphID, paidBy payer: Subscription.ID, at now: Instant, in transaction: Transaction) async throws {
        guard let row = try await subscriptions.locked(payer, in: transaction), row.status == .provisioning, let lease = row.lease else {
            return
        }
        let asked = row.operation.flatMap { Operation.ID($0) }
        let running = try await transaction.exclusiveOperation(of: id)
        // Whoever was told that it failed does not get it back by surprise (OPS-030).
        var isTooLate = false
        if let asked { isTooLate = try await transaction.lockedOperation(asked)?.status.isTerminal == true }
        guard !isTooLate, let graph = try await transaction.lockedGraph(id), try await graph.mayReturn(for: row, in: transaction),
            running == nil || running == asked, let resource = ResourceID(id.description), let paid = graph.paid(by: payer)
        else {
            let failure = OperationFailure(
                code: "UNDELETION_TOO_LATE", message: "The graph could not be brought back. What was paid for it is given back.")
            try await subscriptions.failProvisioning(
                of: payer, fence: lease.fence, ProvisioningFailure(code: failure.code, message: failure.message, at: now), in: transaction)
            if let asked { try await transaction.end(asked, .fail(failure), at: now) }
            return
        }
        let operation = try await operation(asked, of: graph, for: row, at: now, in: transaction)
        try await subscriptions.link(resource, to: payer, fence: lease.fence, in: transaction)
        let subscription = try await subscriptions.activate(payer, fence: lease.fence, in: transaction)
        let access = AccessDecision.decide(
            AccessFacts(resource: .active, subscription: subscription, billingEnabled: isBillingEnabled, isReadOnlyByDispute: false),
            now: now)
        let actor = row.requestedBy.map { AuditActor.user(AuditReference($0)) } ?? .system(component: "graphs")
        try await lifecycle.resume(paid, mode: paid.engineMode(for: access), by: actor, at: now, in: transaction)
        try await transaction.passSlot(of: id, to: payer)
        for position in Self.steps.indices {
            try await transaction.advance(operation, .step(at: position, .done, percent: nil, message: nil), at: now)
        }
        let result: JSONValue = [
            "graph_id": .string(id.description), "subscription_id": .string(payer.description),
            "status": .string(Graph.Status.active.rawValue), "access": .string(access.level.rawValue),
        ]
        try await transaction.end(operation, .complete(result: result, message: "The graph is back"), at: now)
    }

    /// The operation that tells of it: that of the call, or one for a checkout.
    private func operation(
        _ asked: Operation.ID?, of graph: Graph, for row: Subscription, at now: Instant, in transaction: Transaction
    ) async throws -> Operation.ID {
        let id = asked ?? .make(at: now)
        if asked == nil {
            try await transaction.accept(Self.operation(of: graph, by: row.requestedBy, subscription: row.id), id: id, at: now)
            try await subscriptions.note(operation: id.description, for: row.id, in: transaction)
        }
        try await transaction.advance(id, .start, at: now)
        return id
    }

    static func operation(of graph: Graph, by user: User.ID?, subscription: Subscription.ID) -> NewOperation {
        NewOperation(
            kind: .undeleteGraph, org: graph.org, graph: graph.id.description, startedBy: user, message: "Bringing the graph back",
            steps: steps, stepStates: [.waiting],
            result: ["graph_id": .string(graph.id.description), "subscription_id": .string(subscription.description)])
    }
}

extension Graph {
    /// Whether a sale to an org can bring this graph back: it is the org's, kept, of the plan's tier, and nothing else pays for it.
    func mayReturn(for sale: Subscription, in transaction: some GraphTransaction) async throws -> Bool {
        guard org == sale.org, status == .suspended, tier.rawValue == sale.plan.key.name,
            try await transaction.org(org)?.state.isEnded == false
        else { return false }
        guard let earlier = subscription, earlier != sale.id else { return true }
        return try await transaction.subscription(earlier)?.isLive != true
    }
}
