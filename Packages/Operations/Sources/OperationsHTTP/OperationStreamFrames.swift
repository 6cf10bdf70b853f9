internal import Core
internal import Operations

/// The frames of an operation's stream, byte for byte (OPS-033; wire contract 0.4).
enum OperationStreamFrames {
    /// The first frame; it tells the reader to come back after a second and has no id.
    static func connected(_ operation: Operation.ID, at now: Instant) throws -> [UInt8] {
        try frame("connected", retry: 1_000, data: unstored(operation, ["message": "connected"], at: now))
    }

    /// A stored event, under its sequence.
    static func event(_ event: OperationEvent) throws -> [UInt8] {
        try frame(event.name.rawValue, id: event.sequence, data: event.data)
    }

    /// The place in the queue.
    static func queueUpdate(_ operation: Operation.ID, _ queue: OperationQueue, at now: Instant) throws -> [UInt8] {
        let members: [String: JSONValue] = [
            "position": .integer(Int64(queue.position)), "queue_depth": .integer(Int64(queue.depth)),
            // Work on graphs takes about two seconds each; this is an estimate for people.
            "estimated_wait_seconds": .integer(Int64(queue.position * 2)),
        ]
        return try frame("queue_update", data: unstored(operation, members, at: now))
    }

    /// The stream must end though the operation goes on (OPS-040).
    static func failure(_ operation: Operation.ID, _ message: String, at now: Instant) throws -> [UInt8] {
        try frame("error", data: unstored(operation, ["error": .string(message), "message": .string(message)], at: now))
    }

    /// Nothing comes any more.
    static func end(_ operation: Operation.ID, at now: Instant) throws -> [UInt8] {
        try frame("stream_end", data: unstored(operation, ["message": "The operation has ended"], at: now))
    }

    /// Something must come more often than every 30 s, which is when the reader gives up (OPS-039).
    static let keepalive = Array(": keepalive\n\n".utf8)

    private static func unstored(_ operation: Operation.ID, _ members: [String: JSONValue], at now: Instant) -> JSONValue {
        var data = members
        data["operation_id"] = .string(operation.description)
        data["timestamp"] = .string(now.description)
        data["sequence_number"] = .integer(0)
        return .object(data)
    }

    private static func frame(_ name: String, id: Int64? = nil, retry: Int? = nil, data: JSONValue) throws -> [UInt8] {
        var head = "event: \(name)\n"
        if let id { head += "id: \(id)\n" }
        if let retry { head += "retry: \(retry)\n" }
        // JSON has no line breaks of its own, so that one data line holds all of it.
        return Array(head.utf8) + Array("data: ".utf8) + (try JSON.encode(data)) + Array("\n\n".utf8)
    }
}
