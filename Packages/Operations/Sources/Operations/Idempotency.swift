public import Core
public import Identity
public import Orgs

/// A key a client chose so that a repeated call has one effect: 1 to 255 visible ASCII characters (OPS-007).
public struct RequestKey: Hashable, Sendable, LosslessStringConvertible {
    /// The key as the client sent it.
    public let description: String

    /// Takes a key; anything but 1 to 255 visible ASCII characters is `nil`.
    public init?(_ description: String) {
        guard (1...255).contains(description.utf8.count), description.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.description = description
    }
}

/// A call with a key: what it is scoped to, and what tells it from another call with the same key.
public struct IdempotentCall: Sendable, Hashable {
    /// The acting user, whichever credential was used (OPS-008).
    public let user: User.ID
    /// The org the effect belongs to.
    public let org: Org.ID
    /// The command.
    public let operation: OperationKind
    /// The graph, or `new` for a creation.
    public let graphScope: String
    /// The client's key.
    public let key: RequestKey
    /// The text whose SHA-256 is the fingerprint (OPS-009).
    public let fingerprint: CallFingerprint

    /// Describes a call.
    public init(
        user: User.ID, org: Org.ID, operation: OperationKind, graphScope: String, key: RequestKey, fingerprint: CallFingerprint
    ) {
        self.user = user
        self.org = org
        self.operation = operation
        self.graphScope = graphScope
        self.key = key
        self.fingerprint = fingerprint
    }

    /// The text whose SHA-256 names the record; parts are told apart by their lengths, so none can run into the next.
    public var scopeText: [UInt8] {
        framed([user.description, operation.name, graphScope, key.description])
    }
}

/// What makes two calls the same: method, route, path values, query and the canonical JSON body (OPS-009).
public struct CallFingerprint: Sendable, Hashable {
    /// The text to be hashed.
    public let text: [UInt8]

    /// Makes the fingerprint of a call.
    ///
    /// Order of members, spacing and spelling of numbers in the body do not matter; an absent body equals an empty object.
    public init(method: String, route: String, pathValues: [String: String], query: [(String, String)], body: JSONValue?) throws {
        let path = pathValues.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        let items = query.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.flatMap { [$0.0, $0.1] }
        let canonical = try JSON.encode(body.map(Self.canonical) ?? .object([:]))
        text = framed([method, route, String(path.count)] + path + [String(items.count)] + items) + canonical
    }

    /// The same value with every number in one spelling.
    private static func canonical(_ value: JSONValue) -> JSONValue {
        switch value {
        case .number(let number):
            Int64(exactly: number).map(JSONValue.integer) ?? value
        case .array(let elements):
            .array(elements.map(canonical))
        case .object(let members):
            .object(members.mapValues(canonical))
        case .null, .bool, .integer, .string:
            value
        }
    }
}

/// What a store says about a call with a key.
public enum IdempotencyDecision: Sendable, Hashable {
    /// The key is new: the effect may run, and its answer is settled in the same transaction.
    case first
    /// The key was used for the same call: this operation answered it.
    case replay(Operation.ID)
    /// The key was used for the same call, which was refused after something had been written: with this answer (OPS-014).
    case answer(StoredAnswer)
    /// The key was used for another call; nothing of that one is revealed (OPS-012).
    case reused
    /// The first call with this key is still in its transaction after 2 s of waiting (OPS-013), or waits for a provider (OPS-016).
    case inProgress
}

/// An answer that was given and is given again.
public struct StoredAnswer: Sendable, Hashable, Error {
    /// The status of HTTP.
    public let status: Int
    /// The body.
    public let body: JSONValue

    /// Makes an answer.
    public init(status: Int, body: JSONValue) {
        self.status = status
        self.body = body
    }
}

/// Knows what became of calls that were left by their process while a provider decided (OPS-137).
public protocol LeftCallAnswering: Sendable {
    /// The answer of the call that an operation was to answer, once it is decided that there will be none.
    ///
    /// - Returns: `nil` as long as it is not decided; nothing is guessed.
    func answer(toCallFor operation: Operation.ID, of org: Org.ID) async throws -> StoredAnswer?
}

/// What a caller with a key gets: the work's answer, or that of the first call.
public enum IdempotencyError: Error, Hashable, Sendable {
    /// 409 IDEMPOTENCY_KEY_REUSED
    case keyReused
    /// 409 IDEMPOTENCY_IN_PROGRESS
    case inProgress
}

private func framed(_ parts: [String]) -> [UInt8] {
    parts.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) + [0x0A] }
}
