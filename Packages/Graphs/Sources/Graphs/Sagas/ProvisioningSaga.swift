public import Billing
public import Core
public import Jobs
public import Operations

/// Makes a graph, step by step; what was made is undone when a step fails for good (graphs.md, section 3).
public enum ProvisioningSaga: Saga {
    /// What all steps know.
    public struct Context: Codable, Sendable, Hashable {
        /// The graph.
        public let graph: GraphID
        /// The operation that tells about it.
        public let operation: Operation.ID
        /// What pays for it.
        public let subscription: Subscription.ID
        /// To be shown to Billing.
        public let fence: Int64

        /// Makes a context.
        public init(graph: GraphID, operation: Operation.ID, subscription: Subscription.ID, fence: Int64) {
            self.graph = graph
            self.operation = operation
            self.subscription = subscription
            self.fence = fence
        }
    }

    /// `graphs.provision`
    public static let name = "graphs.provision"
    /// Five attempts each, 10 s doubling to 10 min (GRA-016).
    private static let retries = RetryPolicy(maximumAttempts: 5, baseDelay: .seconds(10), maximumDelay: .seconds(600))
    /// The steps; activation is the point of no return.
    public static let steps: [SagaStep] = ProvisioningStep.allCases.map { step in
        SagaStep(
            step.rawValue, isPivot: step == .activation, isCompensable: step == .principals, retryPolicy: retries, timeout: .seconds(300))
    }
}

/// The steps of a provisioning.
public enum ProvisioningStep: String, Sendable, CaseIterable {
    /// The host of the slot is probed.
    case place
    /// Owner role and group roles.
    case principals
    /// The empty database.
    case database
    /// Who may connect, and how much.
    case limits
    /// Tables, declarations, the first node.
    case schema
    /// A tenant's login is tried.
    case verify
    /// Membership and activation, in one transaction.
    case activation

    /// Its name for people.
    public var title: String {
        switch self {
        case .place: "Finding a place"
        case .principals: "Creating roles"
        case .database: "Creating the database"
        case .limits: "Setting limits"
        case .schema: "Installing the schema"
        case .verify: "Checking access"
        case .activation: "Opening the graph"
        }
    }

    /// What comes before the first of them: the payment is confirmed (GRA-006).
    public static let paymentTitle = "Payment"

    /// Its position among the steps of the operation, from 1: the payment comes first.
    public var position: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }

    /// How much is done once it is done (GRA-013).
    public var percentDone: Int {
        switch self {
        case .place, .principals: 10
        case .database: 30
        case .limits: 50
        case .schema, .verify: 70
        case .activation: 100
        }
    }
}
