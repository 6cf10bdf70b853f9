public import Core

/// The answer of every operation endpoint (OPS-001): camelCase, every key present.
public struct OperationEnvelope: Sendable, Hashable, Encodable {
    /// The three words an envelope knows.
    public enum Status: String, Sendable, Codable {
        /// Done inside the request, or meanwhile.
        case completed
        /// Ended without success.
        case failed
        /// Handed on.
        case pending
    }

    /// The name of the command, in kebab case.
    public let operation: String
    /// The id to follow it by.
    public let operationID: Operation.ID
    /// How far it is.
    public let status: Status
    /// When it was accepted, in whole seconds.
    public let at: Instant
    /// What came of it, or is known already.
    public let result: JSONValue
    /// Who asked.
    public let createdBy: String?
    /// Whether this is the stored answer to a repeated key.
    public let idempotentReplay: Bool

    /// The envelope of an operation as it stands.
    ///
    /// A cancelled operation reads `failed` with code OPERATION_CANCELLED, since an envelope has no fourth word (OPS-002).
    public init(_ operation: Operation, idempotentReplay: Bool) {
        self.operation = operation.kind.name
        operationID = operation.id
        at = Instant(secondsSinceEpoch: operation.createdAt.secondsSinceEpoch)
        createdBy = operation.startedBy?.description
        self.idempotentReplay = idempotentReplay
        switch operation.status {
        case .pending, .running, .awaitingInput:
            status = .pending
            result = operation.result
        case .completed:
            status = .completed
            result = operation.result
        case .failed:
            status = .failed
            result = Self.refusal(operation.failure?.code ?? "OPERATION_FAILED", operation.message, isReplay: idempotentReplay)
        case .cancelled:
            status = .failed
            result = Self.refusal("OPERATION_CANCELLED", operation.message, isReplay: idempotentReplay)
        }
    }

    /// A key belongs to what it asked for, however that ended; whoever wants it done again is told how (OPS-017).
    private static func refusal(_ code: String, _ message: String, isReplay: Bool) -> JSONValue {
        var result: [String: JSONValue] = ["code": .string(code), "message": .string(message)]
        if isReplay { result["detail"] = "This is the answer to the first request with this Idempotency-Key; a new try needs a new key." }
        return .object(result)
    }

    private enum CodingKeys: String, CodingKey {
        case operation, status, at, result, createdBy, idempotentReplay
        case operationID = "operationId"
    }

    /// Writes every key, null where there is nothing.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(operation, forKey: .operation)
        try container.encode(operationID, forKey: .operationID)
        try container.encode(status, forKey: .status)
        try container.encode(at, forKey: .at)
        try container.encode(result, forKey: .result)
        try container.encode(createdBy, forKey: .createdBy)
        try container.encode(idempotentReplay, forKey: .idempotentReplay)
    }
}
