internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Jobs
public import Operations
internal import Orgs

extension GraphService {
    /// Deletes a graph: Billing's cancellation, the destruction or its date, audit, jobs and events are one transaction (GRA-045).
    public func delete(
        _ id: GraphID, confirmation: String, atPeriodEnd: Bool, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let now = dateSource.now
        let found = try await store.graph(id, for: caller)
        let call = found.flatMap { found in
            key.map {
                IdempotentCall(
                    user: caller.user, org: found.graph.org, operation: .deleteGraph, graphScope: id.description, key: $0.key,
                    fingerprint: $0.fingerprint)
            }
        }
        let roles = try await store.roles(of: caller.user, within: caller.reach)
        if let call, let first = try await earlierOperation(of: call) {
            return (try await replayed(first, roles: roles, needing: .owner), true)
        }
        let operation = Operation.ID.make(at: now)
        do {
            let earlier = try await store.withTransaction(.system) { transaction -> Operation.ID? in
                if let first = try await transaction.replay(of: call, for: operation, isSettled: true, at: now) { return first }
                let facts = try await facts(
                    of: id, found: found, confirmation: confirmation, atPeriodEnd: atPeriodEnd, now: now, in: transaction)
                try await carryOut(DeletionDecision.decide(facts), facts, operation: operation, by: caller.user, in: transaction)
                return nil
            }
            if let earlier { return (try await replayed(earlier, roles: roles, needing: .owner), true) }
        } catch let error as BillingError {
            throw GraphError(error)
        } catch let error as IdempotencyError {
            throw GraphError.idempotency(error)
        } catch OperationError.exclusiveOperationRunning(let running) {
            throw GraphError.operationRunning(running)
        }
        guard let done = try await store.operation(operation) else { throw GraphError.notFound }
        return (done, false)
    }

    /// Everything the decision looks at, locked: the subscription first, then the graph.
    private func facts(
        of id: GraphID, found: GraphForUser?, confirmation: String, atPeriodEnd: Bool, now: Instant, in transaction: Store.Transaction
    ) async throws -> DeletionFacts {
        var facts = DeletionFacts(
            graph: nil, role: found?.role, orgRole: found?.orgRole, subscription: nil, isBillingEnabled: isBillingEnabled,
            confirmation: confirmation, path: id, atPeriodEnd: atPeriodEnd, exclusiveOperation: nil, now: now)
        guard let found else { return facts }
        if let subscription = found.graph.subscription {
            facts.subscription = try await subscriptions.locked(subscription, in: transaction)
        }
        facts.graph = try await transaction.lockedGraph(id)
        facts.exclusiveOperation = try await transaction.exclusiveOperation(of: id)
        return facts
    }

    private func carryOut(
        _ decision: DeletionDecision, _ facts: DeletionFacts, operation: Operation.ID, by user: User.ID,
        in transaction: Store.Transaction
    ) async throws {
        guard let graph = facts.graph else { throw GraphError.notFound }
        let endsAt: Instant? = if case .atPeriodEnd(let end) = decision { end } else { nil }
        var result: [String: JSONValue] = ["graph_id": .string(graph.id.description)]
        if let subscription = facts.subscription {
            result["subscription_id"] = .string(subscription.id.description)
            if facts.isBillingEnabled || subscription.isLive {
                try await subscriptions.cancel(
                    CancelSubscription(
                        subscription: subscription.id, mode: endsAt == nil ? .immediate : .periodEnd, origin: .user, user: user,
                        via: "delete-graph"),
                    in: transaction)
            }
        } else {
            result["subscription_id"] = .null
        }
        let actor = AuditActor.user(AuditReference(user))
        let message: String
        if let endsAt {
            message =
                "The graph stays readable until \(endsAt) and is then closed; its data are destroyed \(Self.days(catalogue.retention)) days later."
            result["status"] = "scheduled_for_deprovision"
            result["ends_at"] = .string(endsAt.description)
        } else {
            message =
                "The graph is closed and is being destroyed; a final backup is kept for \(Self.days(catalogue.finalBackupHosting)) days."
            result["status"] = "deprovisioning_queued"
        }
        result["message"] = .string(message)
        try await transaction.accept(
            NewOperation(
                kind: .deleteGraph, org: graph.org, graph: graph.id.description, startedBy: user, message: message, steps: [],
                result: .object(result)),
            id: operation, at: facts.now)
        try await transaction.record(
            GraphDeleted(graph, operation: operation, data: ["mode": endsAt == nil ? "immediate" : "period_end"]), by: actor)
        if endsAt == nil {
            let teardown = try await lifecycle.beginTeardown(
                graph, reason: "deleted_by_owner", by: actor, startedBy: user, parent: operation, at: facts.now, in: transaction)
            result["teardown_operation_id"] = .string(teardown.description)
        }
        let destroyedAt = endsAt.map { $0 + catalogue.retention }
        try await transaction.publish(
            GraphDeletionRequested(
                facts: GraphFactsOfEvent(graph), requestedBy: user, endsAt: endsAt, destroyedAt: destroyedAt,
                backupKeptUntil: (destroyedAt ?? facts.now) + catalogue.finalBackupHosting))
        try await transaction.end(operation, .complete(result: .object(result), message: message), at: facts.now)
    }

    private static func days(_ duration: Duration) -> Int64 {
        duration.components.seconds / 86_400
    }
}
