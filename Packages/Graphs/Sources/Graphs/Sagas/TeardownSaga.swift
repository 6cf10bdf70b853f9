public import Jobs
public import Operations

/// Destroys a graph. It goes forward only, never skips a step, and is tried for ever (graphs.md, section 3).
public enum TeardownSaga: Saga {
    /// What all steps know.
    public struct Context: Codable, Sendable, Hashable {
        /// The graph.
        public let graph: GraphID
        /// The operation that tells about it.
        public let operation: Operation.ID
        /// For how long the final backup is kept; as the catalogue says without.
        public let keptDays: Int?

        /// Makes a context.
        public init(graph: GraphID, operation: Operation.ID, keptDays: Int? = nil) {
            self.graph = graph
            self.operation = operation
            self.keptDays = keptDays
        }
    }

    /// `graphs.teardown`
    public static let name = "graphs.teardown"
    /// The steps; there is no way back from the first on.
    public static let steps: [SagaStep] = TeardownStep.allCases.map { step in
        SagaStep(step.rawValue, isPivot: true, isCompensable: false, retryPolicy: .untilDone, timeout: .seconds(3_600))
    }
}

/// The steps of a destruction.
public enum TeardownStep: String, Sendable, CaseIterable {
    /// Tenants are refused, their sessions ended.
    case close
    /// A full backup.
    case backup
    /// It is read back whole.
    case verify
    /// The database is dropped.
    case drop
    /// Logins, group roles and owner role are dropped.
    case principals
    /// The host is read and must not hold it any more.
    case absence
    /// G7.
    case records

    /// Its name for people.
    public var title: String {
        switch self {
        case .close: "Closing access"
        case .backup: "Taking the final backup"
        case .verify: "Reading the backup back"
        case .drop: "Dropping the database"
        case .principals: "Removing logins and roles"
        case .absence: "Making sure that nothing is left"
        case .records: "Closing the records"
        }
    }

    /// Its position, from 0.
    public var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// How much is done once it is done.
    public var percentDone: Int {
        switch self {
        case .close: 10
        case .backup: 40
        case .verify: 60
        case .drop: 80
        case .principals: 90
        case .absence: 95
        case .records: 100
        }
    }
}
