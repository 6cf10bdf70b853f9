import Core
import HTTPClient
import HTTPServer
@_spi(Authentication) import Identity
import Observability
import Operations
import Synchronization
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

    @Test func `OPS-043 a long history is read page by page behind one cursor, and nothing of it is left out`() async throws {
        let operation = OneOperation()
        try operation.move(.start)
        for _ in 1...250 { try operation.move(.step(at: 0, .begun, percent: 1, message: nil)) }
        try operation.move(.cancel(reason: "asked"))
        let numbers = try await read(operation).split(separator: "\n").filter { $0.hasPrefix("id: ") }.compactMap { Int($0.dropFirst(4)) }
        #expect(numbers == Array(1...252))
        #expect(operation.pages.map(\.from) == [1, 101, 201] && operation.pages.allSatisfy { $0.limit == 100 })
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

    /// A table with the stream alone, by default one of which every silence is long enough for a sign of life.
    private func impatient(
        _ operation: OneOperation, keepaliveInterval: Duration = .zero, time: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) -> Router {
        let stream = OperationStream(
            operations: operation, wakeups: operation, dateSource: SteppedDateSource(startingAt: start),
            keepaliveInterval: keepaliveInterval, meters: OperationStreamMeters(Metrics()), time: time)
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

    /// The frames of a stream whose seconds the test counts, and in which the reader looks at each of these.
    private func frames(
        of operation: OneOperation, at seconds: [Int], queue: @Sendable (Int) -> OperationQueue?
    ) async throws -> [String] {
        let opened = ContinuousClock.now
        let time = Mutex(opened)
        let router = impatient(operation, keepaliveInterval: OperationRoutes.keepaliveInterval, time: { time.withLock(\.self) })
        let text = try await operation.served(router: router) { base, client in
            async let response = client.send(ClientRequest("GET", base + "/stream"))
            try await operation.waitForReader()
            for second in seconds {
                // A look that is still under way sees the time first: never a new time with an old place.
                if let place = queue(second) { operation.queue(place) }
                time.withLock { $0 = opened + .seconds(second) }
                try await operation.tick()
            }
            try operation.move(.cancel(reason: "asked"))
            return String(decoding: try await response.body, as: UTF8.self)
        }
        return text.split(separator: "\n\n").map(String.init)
    }

    @Test func `OPS-039 in five minutes of silence there is a comment every 15 s, half of what a reader waits for`() async throws {
        #expect(OperationRoutes.keepaliveInterval == .seconds(15))
        let operation = OneOperation()
        try operation.move(.start)
        let frames = try await frames(of: operation, at: Array(stride(from: 5, to: 300, by: 5))) { _ in nil }
        // Nothing but the beginning, 19 comments, and the end.
        #expect(frames.count == 23)
        #expect(frames.filter { $0 == ": keepalive" }.count == 19)
        #expect(frames.dropFirst(2).prefix(19).allSatisfy { $0 == ": keepalive" })
    }

    @Test func `OPS-046 whoever waits for more than 2 s is told the place in the queue, when it changes and every 5 s at most`()
        async throws
    {
        // It moves up by one each second; after twelve it stands.
        let frames = try await frames(of: OneOperation(), at: Array(1...25)) { OperationQueue(position: 100 - min($0, 12), depth: 200) }
        let told = try frames.filter { $0.hasPrefix("event: queue_update\n") }.map { frame in
            let data = try #require(frame.split(separator: "\n").last?.dropFirst("data: ".count))
            let body = try JSON.decode(JSONValue.self, from: Array(data.utf8))
            #expect(body["queue_depth"] == 200)
            #expect(!frame.contains("\nid: "))
            return body["position"]
        }
        #expect(told == [98, 93, 88])
        // Once it works it waits no more.
        let working = OneOperation()
        try working.move(.start)
        let others = try await self.frames(of: working, at: Array(1...9)) { _ in nil }
        #expect(!others.contains { $0.hasPrefix("event: queue_update") })
    }

    @Test func `OPS-038 each of the three ends is sent once, last of what is stored, and then the stream says so and closes`() async throws
    {
        let ends: [(OperationTransition, String)] = [
            (.complete(result: .null, message: "Ready"), "operation_completed"),
            (.fail(OperationFailure(code: "X", message: "It did not work")), "operation_error"),
            (.cancel(reason: "asked"), "operation_cancelled"),
        ]
        for (end, name) in ends {
            let operation = OneOperation()
            // While somebody reads, and for who comes when it is over.
            async let live = read(operation)
            try await operation.waitForReader()
            try operation.move(.start, .step(at: 0, .begun, percent: 10, message: nil))
            try operation.move(end)
            for text in [try await live, try await read(operation), try await read(operation, query: "?from_sequence=3")] {
                let frames = text.split(separator: "\n\n").map(String.init)
                #expect(frames.filter { frame in ends.contains { frame.hasPrefix("event: \($0.1)\n") } }.count == 1)
                #expect(frames.last { $0.contains("\nid: ") }?.hasPrefix("event: \(name)\nid: 3\n") == true)
                #expect(frames.last?.hasPrefix("event: stream_end\n") == true)
                #expect(frames.dropLast().last?.hasPrefix("event: \(name)\n") == true)
            }
        }
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
