public import Core

/// What a command did, or would do, beside its answer (ADM-013).
public struct CommandEffects: Sendable, Hashable {
    /// Entries of the log: type and line.
    public var entries: [JSONValue]
    /// Events: from them follow mails, webhooks and everything that other parts do.
    public var events: [JSONValue]
    /// Jobs: kind and the instant from which on they run.
    public var jobs: [JSONValue]
    /// Orders to the payment provider: charges, refunds and ends.
    public var orders: [JSONValue]

    /// Describes effects.
    public init(entries: [JSONValue] = [], events: [JSONValue] = [], jobs: [JSONValue] = [], orders: [JSONValue] = []) {
        self.entries = entries
        self.events = events
        self.jobs = jobs
        self.orders = orders
    }

    /// As JSON.
    public var json: [String: JSONValue] {
        ["entries": .array(entries), "events": .array(events), "jobs": .array(jobs), "orders": .array(orders)]
    }
}

/// Does what a command would do, sees what that is, and undoes it.
public protocol CommandRehearsing: Sendable {
    /// Rehearses a command, which must be one transaction. It fails exactly when the command would.
    func rehearse<Result: Sendable>(_ body: () async throws -> Result) async throws -> (result: Result, effects: CommandEffects)
}

/// What is known of a request with a key.
public enum RepeatedRequest: Sendable, Hashable {
    /// Nobody sent this key within a day: the request is to be answered, and what comes of it is noted.
    case new
    /// It was answered.
    case answered(status: Int, body: JSONValue?)
    /// The key was sent with something else.
    case different
    /// It is being answered.
    case underWay
}

/// Answers the same request of an operator once, by its `Idempotency-Key` (ADM-014).
public protocol OperatorRepeats: Sendable {
    /// Takes a key, unless it is taken.
    func begin(_ key: String, by person: Operator.ID, fingerprint: [UInt8]) async throws -> RepeatedRequest
    /// Notes what was answered.
    func settle(_ key: String, by person: Operator.ID, status: Int, body: JSONValue?) async throws
    /// Gives a key back: nothing came of the request.
    func giveBack(_ key: String, by person: Operator.ID) async throws
}

/// For how long a key of an operator is known.
public let operatorKeyLifetime: Duration = .hours(24)
/// After this a request that was not answered counts as lost with its process.
public let operatorKeyLease: Duration = .minutes(1)
