internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Operations
internal import Orgs

extension GraphStore {
    /// The answer to a call with a key that was used before by the same caller for the same thing, as long as the caller may see it (OPS-018).
    func earlierAnswer(
        to kind: OperationKind, of found: GraphForUser, key: CallKey?, as caller: GraphCaller, at now: Instant
    ) async throws -> (call: IdempotentCall?, earlier: Operation?) {
        guard let key else { return (nil, nil) }
        let call = IdempotentCall(
            user: caller.user, org: found.graph.org, operation: kind, graphScope: found.graph.id.description, key: key.key,
            fingerprint: key.fingerprint)
        let first: Operation.ID?
        do {
            first = try await recorded(call, now: now).operation()
        } catch let error as IdempotencyError {
            throw GraphError.idempotency(error)
        }
        guard let first else { return (call, nil) }
        guard let earlier = try await operation(first) else { throw GraphError.idempotency(.inProgress) }
        return (call, earlier)
    }

    /// Stores a command that ends with its own commit, unless its key was used meanwhile.
    ///
    /// - Returns: the operation that answers the call, and whether it is an earlier one.
    func complete(
        _ kind: OperationKind, call: IdempotentCall?, as caller: GraphCaller, message: String, at now: Instant,
        _ work: (Operation.ID, Transaction) async throws -> (graph: Graph, result: JSONValue)
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let id = Operation.ID.make(at: now)
        let earlier: Operation.ID?
        do {
            earlier = try await withSystemTransaction { transaction -> Operation.ID? in
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
        guard let operation = try await operation(earlier ?? id) else { throw GraphError.notFound }
        return (operation, earlier != nil)
    }
}
