public import Core

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
