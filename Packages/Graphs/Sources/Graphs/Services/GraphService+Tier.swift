internal import Audit
public import Billing
internal import Core
internal import Identity
internal import Jobs
public import Operations
internal import Orgs

extension GraphService {
    /// Asks for another tier, up or down; what the graph holds must fit, and its host must take the tier (GRA-065).
    public func changeTier(
        _ id: GraphID, to name: String, quote: PlanChangeQuote.Reference? = nil, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let found = try await graph(id, as: caller)
        guard found.orgRole == .owner else { throw GraphError.orgOwnerRequired }
        let (call, earlier) = try await earlierAnswer(to: .changeTier, of: found, key: key, as: caller)
        if let earlier { return (earlier, true) }
        let tier = TierName(rawValue: name)
        let situation = try await situation(of: found)
        try GraphRules.check(.changeTier, in: situation)
        guard let target = catalogue.tier(tier) else { throw GraphError.unknownTier(tier) }
        guard tier != found.graph.tier else { throw GraphError.sameTier(tier) }
        try await checkSize(of: found.graph, fits: target)
        try await checkRoom(for: tier, of: found.graph)
        guard let payer = situation.subscription else { throw GraphError.noSubscription }
        let plan = PlanKey.graph(tier.rawValue)
        if payer.backing?.isCardBilled == true {
            try await payable { try await subscriptions.prepareSale(of: plan, interval: payer.interval) }
        }
        @Sendable func wish(for operation: Operation.ID?) -> PlanChangeRequest {
            PlanChangeRequest(subscription: payer.id, plan: plan, user: caller.user, operation: operation?.description, quote: quote)
        }
        try await payable { try await subscriptions.requireQuote(of: wish(for: nil)) }
        return try await accept(found.graph, to: tier, call: call, as: caller, wish(for:))
    }

    private func accept(
        _ found: Graph, to tier: TierName, call: IdempotentCall?, as caller: GraphCaller,
        _ wish: @Sendable (Operation.ID?) -> PlanChangeRequest
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let now = dateSource.now
        let operation = Operation.ID.make(at: now)
        do {
            let earlier = try await payable {
                try await store.withSystemTransaction { transaction -> Operation.ID? in
                    if let first = try await transaction.replay(of: call, for: operation, isSettled: true, at: now) { return first }
                    let change = try await subscriptions.beginPlanChange(wish(operation), in: transaction)
                    guard let graph = try await transaction.lockedGraph(found.id), graph.status == .active else {
                        throw GraphError.notActive(found.status)
                    }
                    try await transaction.accept(
                        NewOperation(
                            kind: .changeTier, org: graph.org, graph: graph.id.description, startedBy: caller.user,
                            message: "Changing the tier to \(tier)", steps: ChangeTierStep.allCases.map(\.title),
                            result: ["graph_id": .string(graph.id.description), "new_tier": .string(tier.rawValue)]),
                        id: operation, at: now)
                    let context = ChangeTierSaga.Context(
                        graph: graph.id, operation: operation, change: change.id, from: graph.tier, to: tier, user: caller.user)
                    _ = try await transaction.startSaga(ChangeTierSaga.self, key: operation.description, context: context)
                    try await transaction.record(
                        GraphTierChangeStartedEntry(
                            graph, operation: operation, data: ChangeTierHandler<Store, Subscriptions>.data(context)),
                        by: .user(AuditReference(caller.user)))
                    return nil
                }
            }
            if let earlier {
                return (try await replayed(earlier, roles: store.roles(of: caller.user, within: caller.reach), needing: .owner), true)
            }
        } catch OperationError.exclusiveOperationRunning(let running) {
            throw GraphError.operationRunning(running)
        }
        guard let accepted = try await store.operation(operation) else { throw GraphError.notFound }
        return (accepted, false)
    }

    /// A smaller tier must hold what is there; the refusal names both figures.
    private func checkSize(of graph: Graph, fits tier: GraphTier) async throws {
        let cap = Int64(tier.storageCapGB) << 30
        let (subgraphs, sizes) = try await store.withSystemTransaction { transaction in
            (try await transaction.livingSubgraphs(of: graph.id).count, try await transaction.subgraphSizes(of: graph.id))
        }
        guard subgraphs <= tier.subgraphs else { throw GraphError.tierHasFewerSubgraphs(count: subgraphs, limit: tier.subgraphs) }
        guard let own = try await facts(of: graph)?.bytes else { return }
        let bytes = sizes.values.reduce(own, +)
        guard bytes <= cap else { throw GraphError.tierTooSmall(bytes: bytes, cap: cap) }
    }

    /// The graph stays where it is, so that its host must take the tier.
    private func checkRoom(for tier: TierName, of graph: Graph) async throws {
        guard let id = graph.host, let host = try await store.host(id), host.tiers.contains(tier) else {
            throw GraphError.tierAtCapacity(tier)
        }
    }
}
