public import Core
public import Identity
public import Jobs
public import Operations

/// Brings a graph back to what a backup holds, beside the old database and with one short switch at the end (GRA-086).
public enum RestoreSaga: Saga {
    /// What all steps know.
    public struct Context: Codable, Sendable, Hashable {
        /// The graph.
        public let graph: GraphID
        /// The operation that tells about it.
        public let operation: Operation.ID
        /// What it is brought back to.
        public let backup: GraphBackup.ID
        /// What it held before.
        public let safetyCopy: GraphBackup.ID
        /// Who asked.
        public let user: User.ID

        /// Makes a context.
        public init(
            graph: GraphID, operation: Operation.ID, backup: GraphBackup.ID, safetyCopy: GraphBackup.ID, user: User.ID
        ) {
            self.graph = graph
            self.operation = operation
            self.backup = backup
            self.safetyCopy = safetyCopy
            self.user = user
        }
    }

    /// `graphs.restore`
    public static let name = "graphs.restore"
    /// The steps; before the switch everything can be taken back, after it there is only forward.
    public static let steps: [SagaStep] = RestoreStep.allCases.map { step in
        SagaStep(
            step.rawValue, isPivot: step >= .switchOver, isCompensable: step == .load || step == .close,
            retryPolicy: step >= .switchOver
                ? .untilDone : RetryPolicy(maximumAttempts: 5, baseDelay: .seconds(10), maximumDelay: .seconds(600)),
            timeout: .seconds(3_900))
    }
}

/// The steps of a restore.
public enum RestoreStep: String, Sendable, CaseIterable, Comparable {
    /// What the graph holds now is backed up and read back.
    case snapshot
    /// The backup is loaded into a database beside the graph's.
    case load
    /// Counts and digests are compared with the backup's record.
    case compare
    /// Tenants are refused for the moment of the switch.
    case close
    /// The two databases change names.
    case switchOver = "switch"
    /// Tenants are let in again, and it is told.
    case records

    /// Its name for people.
    public var title: String {
        switch self {
        case .snapshot: "Taking a safety copy"
        case .load: "Loading the backup"
        case .compare: "Comparing what was loaded"
        case .close: "Closing the graph for the switch"
        case .switchOver: "Switching over"
        case .records: "Opening the graph"
        }
    }

    /// Its position, from 0.
    public var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// How much is done once it is done.
    public var percentDone: Int {
        switch self {
        case .snapshot: 30
        case .load: 70
        case .compare: 80
        case .close: 85
        case .switchOver: 95
        case .records: 100
        }
    }

    /// Orders steps as they are done.
    public static func < (left: RestoreStep, right: RestoreStep) -> Bool { left.position < right.position }
}
