public import Core
public import Jobs
public import Operations

/// Brings a graph with its subgraphs from one host to another, with all it holds and with its logins (GRA-066, GRA-100).
///
/// It is readable while it is copied, and closed for the moment in which the records change. Its old place is kept for a day.
public enum MoveGraphSaga: Saga {
    /// What all steps know.
    public struct Context: Codable, Sendable, Hashable {
        /// A graph and the operation that tells about it.
        public struct Part: Codable, Sendable, Hashable {
            /// The graph.
            public let graph: GraphID
            /// The operation.
            public let operation: Operation.ID

            /// Makes a part.
            public init(graph: GraphID, operation: Operation.ID) {
                self.graph = graph
                self.operation = operation
            }
        }

        /// The graph itself, and then its subgraphs.
        public let parts: [Part]
        /// Where it is.
        public let host: GraphHost.ID

        /// Makes a context.
        public init(parts: [Part], host: GraphHost.ID) {
            self.parts = parts
            self.host = host
        }
    }

    /// `graphs.move`
    public static let name = "graphs.move"
    /// The steps; the change of the records is the point of no return.
    public static let steps: [SagaStep] = MoveGraphStep.allCases.map { step in
        SagaStep(
            step.rawValue, isPivot: step == .open, isCompensable: step == .place,
            // A copy that does not succeed lets the graph be written again before long.
            retryPolicy: step >= .open
                ? .untilDone : RetryPolicy(maximumAttempts: 3, baseDelay: .seconds(5), maximumDelay: .seconds(30)),
            timeout: .seconds(3_900))
    }
}

/// The steps of a move.
public enum MoveGraphStep: String, Sendable, CaseIterable, Comparable {
    /// The other host has an empty database for each part.
    case place
    /// Nobody writes; what there is comes over, and is compared.
    case copy
    /// Logins come over with their passwords.
    case logins
    /// Nobody works at the old place any more.
    case close
    /// The records name the new place, and it is told.
    case open
    /// Logins that ended meanwhile end at the new place too.
    case settle

    /// Those that people are told of.
    static let told: [MoveGraphStep] = [.place, .copy, .logins, .close, .open]

    /// Its name for people.
    public var title: String {
        switch self {
        case .place: "Preparing the other host"
        case .copy: "Copying the graph"
        case .logins: "Moving its logins"
        case .close: "Closing the old place"
        case .open, .settle: "Opening the graph"
        }
    }

    /// Its position, from 0.
    public var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// How much is done once it is done.
    public var percentDone: Int {
        switch self {
        case .place: 10
        case .copy: 80
        case .logins: 90
        case .close: 95
        case .open, .settle: 100
        }
    }

    /// Whether `left` comes before `right`.
    public static func < (left: MoveGraphStep, right: MoveGraphStep) -> Bool { left.position < right.position }
}

/// Empties a host that is drained, one graph at a time, until nothing holds a place on it or it takes graphs again (GRA-100).
public enum DrainHostSaga: Saga {
    /// What its step knows.
    public struct Context: Codable, Sendable, Hashable {
        /// The host.
        public let host: GraphHost.ID

        /// Makes a context.
        public init(host: GraphHost.ID) {
            self.host = host
        }
    }

    /// `graphs.drain_host`
    public static let name = "graphs.drain_host"
    /// Its one step, which comes back until the host is empty.
    public static let steps: [SagaStep] = [
        SagaStep("graphs", isPivot: true, isCompensable: false, retryPolicy: .untilDone, timeout: .seconds(300))
    ]
}
