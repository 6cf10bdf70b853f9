/// Writes the content of a streamed answer, as fast as the client takes it.
public struct BodyWriter: Sendable {
    private let connection: Connection

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// Writes bytes; waits while the client is far behind.
    ///
    /// - Throws: `CancellationError` when the client has gone away or the server is draining.
    public func write(_ bytes: [UInt8]) async throws {
        try await connection.writeStream(bytes)
    }
}

/// One event of a stream (HTML Living Standard, server-sent events).
public struct ServerSentEvent: Sendable, Hashable {
    /// The name of the event; `nil` for a plain message.
    public var event: String?
    /// The data; one `data:` line for each of its lines.
    public var data: String
    /// The id that a reconnecting client names as the last it saw.
    public var id: String?

    /// Makes an event.
    public init(event: String? = nil, data: String, id: String? = nil) {
        self.event = event
        self.data = data
        self.id = id
    }

    var encoded: [UInt8] {
        var text = ""
        if let id { text += "id: \(Self.singleLine(id))\n" }
        if let event { text += "event: \(Self.singleLine(event))\n" }
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) { text += "data: \(line)\n" }
        return Array((text + "\n").utf8)
    }

    private static func singleLine(_ text: String) -> String {
        String(text.filter { !$0.isNewline && $0 != "\0" })
    }
}

/// Sends events to one client.
public struct ServerSentEventWriter: Sendable {
    private let writer: BodyWriter

    init(_ writer: BodyWriter) {
        self.writer = writer
    }

    /// Sends an event.
    ///
    /// - Throws: `CancellationError` when the client has gone away or the server is draining.
    public func send(_ event: ServerSentEvent) async throws {
        try await writer.write(event.encoded)
    }

    /// Sends a comment, which keeps proxies from closing a quiet stream and which clients ignore.
    public func sendComment(_ text: String) async throws {
        try await writer.write(Array(": \(text.filter { !$0.isNewline })\n\n".utf8))
    }
}

extension Response {
    /// A stream of events that a closure sends until it returns, the client goes away, or the server drains; then the client is told to come back.
    public static func serverSentEvents(_ body: @escaping @Sendable (ServerSentEventWriter) async throws -> Void) -> Response {
        Response(
            status: .ok,
            headers: [
                "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
            ],
            body: .stream { writer in try await body(ServerSentEventWriter(writer)) })
    }
}
