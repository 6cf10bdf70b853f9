public import Billing
public import Core
public import Identity
public import Jobs
public import Operations

/// Moves a graph to another tier on its own host, step by step, and back without a trace when a step fails for good (GRA-066, GRA-067).
public enum ChangeTierSaga: Saga {
    /// What all steps know.
    public struct Context: Codable, Sendable, Hashable {
        /// The graph.
        public let graph: GraphID
        /// The operation that tells about it.
        public let operation: Operation.ID
        /// Billing's part of it.
        public let change: PlanChange.ID
        /// The old tier.
        public let from: TierName
        /// The new tier.
        public let to: TierName
        /// Who asked.
        public let user: User.ID

        /// Makes a context.
        public init(graph: GraphID, operation: Operation.ID, change: PlanChange.ID, from: TierName, to: TierName, user: User.ID) {
            self.graph = graph
            self.operation = operation
            self.change = change
            self.from = from
            self.to = to
            self.user = user
        }
    }

    /// `graphs.change_tier`
    public static let name = "graphs.change_tier"
    private static let retries = RetryPolicy(maximumAttempts: 5, baseDelay: .seconds(10), maximumDelay: .seconds(600))
    /// The steps; the commit is the point of no return.
    public static let steps: [SagaStep] = ChangeTierStep.allCases.map { step in
        SagaStep(
            step.rawValue, isPivot: step == .commit, isCompensable: step != .commit, retryPolicy: retries, timeout: .seconds(300))
    }
}

/// The steps of a change of tier.
public enum ChangeTierStep: String, Sendable, CaseIterable {
    /// The payment provider charges the new price.
    case price
    /// The engine enforces the limits of the new tier.
    case limits
    /// Plan and tier change in one transaction.
    case commit

    /// Its name for people.
    public var title: String {
        switch self {
        case .price: "Changing the price"
        case .limits: "Setting limits"
        case .commit: "Changing the tier"
        }
    }

    /// Its position, from 0.
    public var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// How much is done once it is done.
    public var percentDone: Int {
        switch self {
        case .price: 30
        case .limits: 70
        case .commit: 100
        }
    }
}
