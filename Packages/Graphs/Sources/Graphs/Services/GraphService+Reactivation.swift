internal import Audit
internal import Billing
internal import Core
internal import Identity
public import Operations
internal import Orgs

extension GraphService {
    /// Takes back the end of a graph's subscription: the provider first, then writes return (GRA-063). Twice is once.
    public func reactivate(
        _ id: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let found = try await graph(id, as: caller)
        guard found.orgRole == .owner else { throw GraphError.orgOwnerRequired }
        let (call, earlier) = try await earlierAnswer(to: .reactivateGraph, of: found, key: key, as: caller)
        if let earlier { return (earlier, true) }
        try GraphRules.check(.reactivate, in: await situation(of: found))
        guard let payer = found.graph.subscription else { throw GraphError.noSubscription }
        _ = try await payable { try await subscriptions.uncancel(UncancelSubscription(subscription: payer, by: .person(caller.user))) }
        return try await complete(
            .reactivateGraph, call: call, as: caller, message: "The graph stays: the end of its subscription is taken back"
        ) { _, transaction in
            // The event of the subscription does the same a moment later; whoever comes first does it.
            let subscription = try await subscriptions.locked(payer, in: transaction)
            guard let graph = try await transaction.lockedGraph(id) else { throw GraphError.notFound }
            let access = AccessDecision.decide(
                graph.accessFacts(subscription: subscription, isBillingEnabled: isBillingEnabled), now: dateSource.now)
            if graph.status == .active { try await lifecycle.change(graph, to: graph.engineMode(for: access), in: transaction) }
            return (
                graph,
                [
                    "graph_id": .string(id.description), "subscription_id": .string(payer.description),
                    "status": .string(subscription?.status.rawValue ?? "active"), "access": .string(access.level.rawValue),
                ]
            )
        }
    }
}
