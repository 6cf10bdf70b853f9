public import Core

/// One stored event of an operation; readers get all of them, in order, without gap (OPS-034).
public struct OperationEvent: Sendable, Hashable {
    /// What an event reports.
    public enum Name: String, Sendable, CaseIterable {
        /// The first step began.
        case started = "operation_started"
        /// A step began, ended or told how far it is.
        case progress = "operation_progress"
        /// It asks a question.
        case awaitingInput = "operation_awaiting_input"
        /// The question was answered.
        case resumed = "operation_resumed"
        /// It ended as asked.
        case completed = "operation_completed"
        /// It ended without success.
        case error = "operation_error"
        /// It was stopped.
        case cancelled = "operation_cancelled"

        /// Whether nothing comes after it.
        public var isTerminal: Bool {
            switch self {
            case .completed, .error, .cancelled: true
            case .started, .progress, .awaitingInput, .resumed: false
            }
        }
    }

    /// The operation.
    public let operation: Operation.ID
    /// Its place among the events of the operation, from 1.
    public let sequence: Int64
    /// What it reports.
    public let name: Name
    /// The data of the frame, complete: operation_id, timestamp and sequence_number included (OPS-035).
    public let data: JSONValue
    /// When it happened.
    public let at: Instant

    /// Puts an event together from what a store kept.
    public init(operation: Operation.ID, sequence: Int64, name: Name, data: JSONValue, at: Instant) {
        self.operation = operation
        self.sequence = sequence
        self.name = name
        self.data = data
        self.at = at
    }

    /// Makes the next event of an operation and adds what every event's data holds.
    init(following operation: Operation, _ name: Name, _ members: [String: JSONValue], at now: Instant) {
        let sequence = operation.lastSequence + 1
        var data = members
        data["operation_id"] = .string(operation.id.description)
        data["timestamp"] = .string(now.description)
        data["sequence_number"] = .integer(sequence)
        self.init(operation: operation.id, sequence: sequence, name: name, data: .object(data), at: now)
    }
}
