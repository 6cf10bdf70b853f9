import Core
import HTTPClient
import HTTPServer
@_spi(Authentication) import Identity
import Observability
import Operations
import Testing

@testable import OperationsHTTP

@Suite(.timeLimit(.minutes(15))) struct OperationStreamTests {
    private func read(
        _ operation: OneOperation, query: String = "", header: (String, String)? = nil, metrics: Metrics = Metrics()
    ) async throws -> String {
        try await operation.served(metrics: metrics) { base, client in
            var headers: ClientHeaders = ["Authorization": "Bearer go.o.d", "Accept": "text/event-stream"]
            if let header { headers.add(header.0, header.1) }
            let response = try await client.send(ClientRequest("GET", base + "/stream" + query, headers: headers))
            #expect(response.headers["Content-Type"] == "text/event-stream")
            #expect(response.headers["Cache-Control"] == "no-store")
            return String(decoding: response.body, as: UTF8.self)
        }
    }

    @Test func `OPS-033 and OPS-037 a finished operation's stream is its history, byte for byte, and closes`() async throws {
        let operation = OneOperation()
        try operation.move(.start, .step(at: 0, .done, percent: 50, message: nil), .complete(result: ["graph_id": "kg1"], message: "Ready"))
        let id = operation.id
        let text = try await read(operation)
        #expect(
            text == """
                event: connected
                retry: 1000
                data: {"message":"connected","operation_id":"\(id)","sequence_number":0,"timestamp":"2026-03-01T10:00:00Z"}

                event: operation_started
                id: 1
                data: {"message":"Creating","operation_id":"\(id)","operation_type":"create-graph","sequence_number":1,\
                "timestamp":"2026-03-01T10:00:01Z"}

                event: operation_progress
                id: 2
                data: {"current_step":1,"message":"Creating","operation_id":"\(id)","phase":"forward","progress_percent":50,\
                "sequence_number":2,"timestamp":"2026-03-01T10:00:01Z","total_steps":1}

                event: operation_completed
                id: 3
                data: {"execution_time_ms":0,"operation_id":"\(id)","result":{"graph_id":"kg1"},"sequence_number":3,\
                "timestamp":"2026-03-01T10:00:01Z"}

                event: stream_end
                data: {"message":"The operation has ended","operation_id":"\(id)","sequence_number":0,"timestamp":"2026-03-01T10:00:00Z"}


                """)
        #expect(try await read(operation) == text)
        #expect(operation.freePlaces == 5)
    }

    @Test func `OPS-036 a reader begins where it asks, or behind what it saw; the larger wins`() async throws {
        let operation = OneOperation()
        try operation.move(.start, .step(at: 0, .begun, percent: 1, message: nil), .cancel(reason: "asked"))
        func ids(_ text: String) -> [String] {
            text.split(separator: "\n").filter { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
        }
        #expect(ids(try await read(operation)) == ["1", "2", "3"])
        #expect(ids(try await read(operation, query: "?from_sequence=2")) == ["2", "3"])
        #expect(ids(try await read(operation, query: "?from_sequence=1", header: ("Last-Event-ID", "2"))) == ["3"])
        #expect(ids(try await read(operation, query: "?from_sequence=9")) == [])
    }

    @Test func `OPS-036 what happens while somebody reads is sent at once, and the stream ends with the operation`() async throws {
        let operation = OneOperation()
        async let text = read(operation)
        try await operation.waitForReader()
        try operation.move(.start)
        try operation.move(.step(at: 0, .begun, percent: 10, message: nil))
        try operation.move(.fail(OperationFailure(code: "X", message: "It did not work")))
        let received = try await text
        #expect(received.contains("event: operation_error\nid: 3\n"))
        #expect(received.hasSuffix("\n\n"))
        #expect(received.contains("event: stream_end"))
    }

    @Test func `OPS-143 open streams are counted, and how fast what happens reaches them is measured, but not the past`() async throws {
        let metrics = Metrics()
        let over = OneOperation()
        try over.move(.start, .cancel(reason: "asked"))
        _ = try await read(over, metrics: metrics)
        #expect(!metrics.render().contains("trellis_operation_stream_delay_seconds_count 1"))
        let operation = OneOperation()
        async let text = read(operation, metrics: metrics)
        try await operation.waitForReader()
        #expect(metrics.render().contains("trellis_operation_streams 1"))
        try operation.move(.start)
        try operation.move(.cancel(reason: "asked"))
        _ = try await text
        #expect(metrics.render().contains("trellis_operation_streams 0"))
        #expect(metrics.render().contains("trellis_operation_stream_delay_seconds_count 2"))
    }

    @Test func `OPS-040 and OPS-044 rights that are lost end the stream with the one frame that means it`() async throws {
        let operation = OneOperation()
        async let text = read(operation)
        try await operation.waitForReader()
        operation.hide()
        #expect(try await text.contains("event: error\n"))
        #expect(operation.freePlaces == 5)
    }

    /// A table with the stream alone, of which every silence is long enough for a sign of life.
    private func impatient(_ operation: OneOperation) -> Router {
        let stream = OperationStream(
            operations: operation, wakeups: operation, dateSource: SteppedDateSource(startingAt: start), keepaliveInterval: .zero,
            meters: OperationStreamMeters(Metrics()))
        var router = Router()
        router.add(.get, "/v1/operations/{operation_id}/stream", operation: "stream") { _ in
            try await stream.respond(operation.id, from: 0, as: OperationCaller(user: someUser, reach: .init(lacking: nil, boundOrg: nil)))
        }
        return router
    }

    @Test func `a silent stream gives a sign of life without number or name, and a busy one keeps its place as well (OPS-042)`()
        async throws
    {
        let operation = OneOperation()
        let text = try await operation.served(router: impatient(operation)) { base, client in
            async let response = client.send(ClientRequest("GET", base + "/stream"))
            try await operation.waitForReader()
            try operation.move(.start)
            for percent in 1...5 { try operation.move(.step(at: 0, .begun, percent: percent, message: nil)) }
            try await eventually("a renewed place") { operation.renewals > 0 }
            try operation.move(.cancel(reason: "asked"))
            return String(decoding: try await response.body, as: UTF8.self)
        }
        let frames = text.split(separator: "\n\n").map(String.init)
        let signs = frames.filter { $0.hasPrefix(":") }
        #expect(!signs.isEmpty)
        for sign in signs { #expect(!sign.contains("id:") && !sign.contains("event:") && !sign.contains("data:")) }
        let numbers = frames.compactMap { frame in
            frame.split(separator: "\n").first { $0.hasPrefix("id: ") }.flatMap { Int($0.dropFirst(4)) }
        }
        #expect(numbers == Array(1...numbers.count))
        #expect(operation.freePlaces == 5)
    }

    @Test func `OPS-042 SEC-016 a sixth stream is told when to come back`() async throws {
        let operation = OneOperation()
        for _ in 0..<5 { _ = try await operation.openStream(as: someUser) }
        let (status, body) = try await operation.ask("GET", "/stream")
        #expect(status == 429)
        #expect(body["code"] == "RATE_LIMIT_EXCEEDED")
    }

    @Test func `OPS-044 the token may come in the query`() async throws {
        let operation = OneOperation()
        try operation.move(.start, .cancel(reason: ""))
        #expect(try await operation.ask("GET", "/stream?token=go.o.d", token: nil).0 == 200)
        #expect(try await operation.ask("GET", "/stream?token=bad", token: nil).0 == 401)
        #expect(try await operation.ask("GET", "/stream", token: nil).0 == 401)
    }
}
