public import Billing
public import Core
internal import Identity
internal import Operations
internal import Orgs

/// What closes or destroys graphs without being asked to, as the guard of its class sees it (OPS-099).
public struct GuardedGraphs<Transaction: GraphTransaction>: GuardedActions {
    private let step: DueGraph.Step

    /// Describes a step.
    public init(_ step: DueGraph.Step) {
        self.step = step
    }

    /// The class of the step.
    public var actionClass: ActionClass {
        switch step {
        case .suspend: .graphSuspend
        case .purge: .graphPurge
        }
    }

    /// Every graph that is there.
    public func eligible(in transaction: Transaction) async throws -> Int { try await transaction.standingGraphs() }

    /// By the rule that the sweep goes by.
    public func due(at now: Instant, limit: Int, in transaction: Transaction) async throws -> [String] {
        try await transaction.dueGraphs(step, at: now, limit: limit).map(\.description)
    }
}
