public import Core
public import Jobs
public import Operations

/// Brings a graph of a lost host back on another one, as its newest backup holds it (GRA-102).
public enum RecoverGraphSaga: Saga {
    /// What all steps know.
    public struct Context: Codable, Sendable, Hashable {
        /// The graph.
        public let graph: GraphID
        /// The operation that tells about it.
        public let operation: Operation.ID
        /// The host that is lost.
        public let host: GraphHost.ID
        /// What it is brought back to.
        public let backup: GraphBackup.ID

        /// Makes a context.
        public init(graph: GraphID, operation: Operation.ID, host: GraphHost.ID, backup: GraphBackup.ID) {
            self.graph = graph
            self.operation = operation
            self.host = host
            self.backup = backup
        }
    }

    /// `graphs.recover`
    public static let name = "graphs.recover"
    /// The steps; opening it at its new place is the point of no return.
    public static let steps: [SagaStep] = RecoverGraphStep.allCases.map { step in
        SagaStep(
            step.rawValue, isPivot: step == .open, isCompensable: step == .place,
            retryPolicy: step == .open
                ? .untilDone : RetryPolicy(maximumAttempts: 5, baseDelay: .seconds(10), maximumDelay: .seconds(600)),
            timeout: .seconds(3_900))
    }
}

/// The steps of a recovery.
public enum RecoverGraphStep: String, Sendable, CaseIterable {
    /// Another host has a slot, and an empty database.
    case place
    /// The backup becomes its contents.
    case load
    /// A login writes, reads and is refused elsewhere.
    case verify
    /// The records name the new place, and it is told.
    case open

    /// Its name for people.
    public var title: String {
        switch self {
        case .place: "Finding another host"
        case .load: "Loading the newest backup"
        case .verify: "Checking the graph"
        case .open: "Opening the graph"
        }
    }

    /// Its position, from 0.
    public var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// How much is done once it is done.
    public var percentDone: Int {
        switch self {
        case .place: 20
        case .load: 80
        case .verify: 90
        case .open: 100
        }
    }
}

/// Brings the graphs of a lost host back, some at a time, until none is left that can be (GRA-102).
public enum RecoverHostSaga: Saga {
    /// What its step knows.
    public struct Context: Codable, Sendable, Hashable {
        /// The host.
        public let host: GraphHost.ID
        /// When it was ordered: each graph is tried once from then on.
        public let orderedAt: Instant

        /// Makes a context.
        public init(host: GraphHost.ID, orderedAt: Instant) {
            self.host = host
            self.orderedAt = orderedAt
        }
    }

    /// `graphs.recover_host`
    public static let name = "graphs.recover_host"
    /// Its one step, which comes back until everything was tried.
    public static let steps: [SagaStep] = [
        SagaStep("graphs", isPivot: true, isCompensable: false, retryPolicy: .untilDone, timeout: .seconds(300))
    ]
}
