internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Operations
internal import Orgs

extension GraphService {
    /// What may be done with a graph now, by whoever asks, and why: decided by the code that answers the requests (GRA-128).
    public func explain(
        _ id: GraphID, as caller: GraphCaller
    ) async throws -> (situation: GraphSituation, answers: [GraphExplanation]) {
        let situation = try await situation(of: graph(id, as: caller))
        return (situation, GraphAction.allCases.map { GraphExplanation(of: $0, in: situation) })
    }

    /// Everything that decides, as it is now.
    func situation(of found: GraphForUser) async throws -> GraphSituation {
        try await store.withSystemTransaction { try await self.situation(of: found, in: $0) }
    }

    func situation(of found: GraphForUser, in transaction: Store.Transaction) async throws -> GraphSituation {
        let now = dateSource.now
        var subscription: Subscription?
        let paid = found.graph.id.isSubgraph ? try await transaction.graph(found.graph.id.topLevel) : found.graph
        if let payer = paid?.subscription { subscription = try await transaction.subscription(payer) }
        let access = AccessDecision.decide(
            found.graph.accessFacts(subscription: subscription, isBillingEnabled: isBillingEnabled), now: now)
        return GraphSituation(
            graph: found.graph, role: found.role, orgRole: found.orgRole, subscription: subscription, isBillingEnabled: isBillingEnabled,
            exclusiveOperation: try await transaction.exclusiveOperation(of: found.graph.id), access: access, now: now)
    }

    /// The answer to a call with a key that was used before by the same caller for the same thing; the caller's role on the graph was looked at.
    func earlierAnswer(
        to kind: OperationKind, of found: GraphForUser, key: CallKey?, as caller: GraphCaller
    ) async throws -> (call: IdempotentCall?, earlier: Operation?) {
        guard let key else { return (nil, nil) }
        let call = IdempotentCall(
            user: caller.user, org: found.graph.org, operation: kind, graphScope: found.graph.id.description, key: key.key,
            fingerprint: key.fingerprint)
        guard let first = try await earlierOperation(of: call) else { return (call, nil) }
        return (call, try await replayed(first, roles: store.roles(of: caller.user, within: caller.reach), needing: .member))
    }

    /// Stores a command that ends with its own commit, unless its key was used meanwhile.
    ///
    /// - Returns: the operation that answers the call, and whether it is an earlier one.
    func complete(
        _ kind: OperationKind, call: IdempotentCall?, as caller: GraphCaller, message: String,
        _ work: (Operation.ID, Store.Transaction) async throws -> (graph: Graph, result: JSONValue)
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let (now, id) = (dateSource.now, Operation.ID.make(at: dateSource.now))
        let earlier: Operation.ID?
        do {
            earlier = try await store.withSystemTransaction { transaction -> Operation.ID? in
                if let first = try await transaction.replay(of: call, for: id, isSettled: true, at: now) { return first }
                let (graph, result) = try await work(id, transaction)
                try await transaction.accept(
                    NewOperation(
                        kind: kind, org: graph.org, graph: graph.id.description, startedBy: caller.user, message: message, steps: [],
                        result: result),
                    id: id, at: now)
                try await transaction.end(id, .complete(result: result, message: message), at: now)
                return nil
            }
        } catch let error as IdempotencyError {
            throw GraphError.idempotency(error)
        }
        guard let operation = try await store.operation(earlier ?? id) else { throw GraphError.notFound }
        return (operation, earlier != nil)
    }
}
