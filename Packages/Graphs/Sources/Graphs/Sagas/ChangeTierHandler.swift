internal import Audit
public import Billing
internal import Core
public import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Does the steps of a change of tier.
public struct ChangeTierHandler<Store: GraphStore, Subscriptions: SubscriptionManaging>: SagaHandler
where Subscriptions.Transaction == Store.Transaction {
    /// The kind of saga.
    public typealias Process = ChangeTierSaga
    /// One step's execution.
    public typealias Execution = SagaExecution<ChangeTierSaga.Context>

    private let store: Store
    private let subscriptions: Subscriptions
    private let engine: any GraphEngine
    private let catalogue: GraphCatalogue

    /// How long it waits between two looks at an answer that does not come.
    private static var pause: Duration { .seconds(5) }

    /// Makes a handler.
    public init(store: Store, subscriptions: Subscriptions, engine: any GraphEngine, catalogue: GraphCatalogue) {
        self.store = store
        self.subscriptions = subscriptions
        self.engine = engine
        self.catalogue = catalogue
    }

    /// Does a step; each can be done again after an unknown outcome.
    public func perform(_ step: String, in execution: Execution) async throws -> SagaStepOutcome {
        guard let step = ChangeTierStep(rawValue: step) else { return .failed(reason: "unknown step \(step)") }
        if step == .commit {
            do {
                try await commit(execution)
            } catch BillingError.subscriptionBusy {
                // Past its deadline Billing takes the change back by itself; what is left is to go back as well (GRA-068).
                return .failed(reason: "the change was taken back")
            }
            return .committed
        }
        try await begin(step, execution)
        do {
            switch step {
            case .price:
                switch try await subscriptions.settlePlanChange(execution.context.change)?.state {
                case .priced, .committed: break
                case .started: return .waiting(Self.pause)
                case .compensating, .reverted, .failed, .none: return .failed(reason: "the price was not changed")
                }
            case .limits: try await apply(execution.context.to, execution)
            case .commit: break
            }
        } catch let error as EngineError where error.nature == .definitive || execution.job.isLastAttempt {
            return .failed(reason: String(describing: error))
        }
        try await done(step, execution)
        return .committed
    }

    /// Undoes a step: the old limits, the old price; with both the money effect is nothing (GRA-067).
    public func compensate(_ step: String, in execution: Execution) async throws -> SagaCompensationOutcome {
        let context = execution.context
        try await tell(.compensate(Self.failure), execution)
        guard step == ChangeTierStep.price.rawValue else {
            try await apply(context.from, execution)
            return .undone
        }
        let failure = ProvisioningFailure(code: Self.failure.code, message: Self.failure.message, at: execution.job.now)
        do {
            try await store.withSystemTransaction {
                try await subscriptions.revertPlanChange(context.change, because: failure, in: $0)
            }
        } catch BillingError.providerUncertain {
            // Until it is known whether the new price is charged, nobody knows what there is to take back (BIL-068).
            _ = try await subscriptions.settlePlanChange(context.change)
            return .waiting(Self.pause)
        }
        switch try await subscriptions.settlePlanChange(context.change)?.state {
        case .reverted, .failed, .none: return .undone
        case .started, .priced, .compensating, .committed: return .waiting(Self.pause)
        }
    }

    /// Everything is as it was.
    public func failed(_ execution: Execution, firstError: String) async throws {
        let (context, now) = (execution.context, execution.job.now)
        let change = try await subscriptions.settlePlanChange(context.change)
        let failure = change?.state == .failed ? change?.failure.map { OperationFailure(code: $0.code, message: $0.message) } : nil
        try await store.withSystemTransaction { transaction in
            guard let graph = try await transaction.lockedGraph(context.graph) else { return }
            try await transaction.end(context.operation, .fail(failure ?? Self.failure), at: now)
            try await transaction.record(
                GraphTierChangeRolledBackEntry(graph, operation: context.operation, data: Self.data(context)),
                by: .system(component: "graphs"))
        }
    }

    private static var failure: Operations.OperationFailure {
        OperationFailure(
            code: "TIER_CHANGE_FAILED", message: "The tier could not be changed. Everything is as it was, and nothing is charged.")
    }

    static func data(_ context: ChangeTierSaga.Context) -> [String: JSONValue] {
        ["from": .string(context.from.rawValue), "to": .string(context.to.rawValue), "plan_change": .string(context.change.description)]
    }

    private func apply(_ tier: TierName, _ execution: Execution) async throws {
        guard let limits = catalogue.tier(tier)?.engineLimits else { throw EngineError.refused("there is no tier \(tier)") }
        let id = execution.context.graph
        let (slot, subgraphs) = try await store.withSystemTransaction { transaction in
            (try await transaction.slot(of: id), try await transaction.livingSubgraphs(of: id).filter { $0.status == .active })
        }
        guard let slot else { throw EngineError.refused("graph \(execution.context.graph) has no place") }
        for graph in [id] + subgraphs.map(\.id) {
            try await engine.applyLimits(
                limits, to: EngineGraph(host: slot.reference, graph: graph), StepWarrant(operation: execution.context.operation))
        }
    }

    private func begin(_ step: ChangeTierStep, _ execution: Execution) async throws {
        try await tell(.start, execution)
        try await tell(.step(at: step.position, .begun, percent: nil, message: step.title), execution)
    }

    private func done(_ step: ChangeTierStep, _ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            try await transaction.advance(
                context.operation, .step(at: step.position, .done, percent: step.percentDone, message: nil), at: now)
            try await transaction.finishStep(execution.lease, output: .null)
        }
    }

    /// Plan, price, credits and tier in one transaction: there is no moment in which one is new and another old (GRA-066).
    private func commit(_ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            _ = try await subscriptions.commitPlanChange(context.change, in: transaction)
            guard var graph = try await transaction.lockedGraph(context.graph) else {
                throw EngineError.refused("graph \(context.graph) has no record")
            }
            graph.tier = context.to
            try await transaction.save(graph)
            for var subgraph in try await transaction.livingSubgraphs(of: graph.id) {
                subgraph.tier = context.to
                try await transaction.save(subgraph)
            }
            try await transaction.advance(
                context.operation, .step(at: ChangeTierStep.commit.position, .done, percent: 100, message: nil), at: now)
            try await transaction.end(
                context.operation,
                .complete(
                    result: ["graph_id": .string(graph.id.description), "new_tier": .string(context.to.rawValue)],
                    message: "The graph has the tier \(context.to)"), at: now)
            try await transaction.record(
                GraphTierChangeCompletedEntry(graph, operation: context.operation, data: Self.data(context)),
                by: .user(AuditReference(context.user)))
            try await transaction.publish(GraphTierChanged(facts: GraphFactsOfEvent(graph), from: context.from, to: context.to))
            try await transaction.finishStep(execution.lease, output: .null)
        }
    }

    private func tell(_ transition: OperationTransition, _ execution: Execution) async throws {
        let (operation, now) = (execution.context.operation, execution.job.now)
        try await store.withSystemTransaction { try await $0.advance(operation, transition, at: now) }
    }
}
