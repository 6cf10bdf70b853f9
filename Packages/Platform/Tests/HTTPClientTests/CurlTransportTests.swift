import Core
import HTTPClient
import Observability
import Synchronization
import Testing

@Suite struct CurlTransportTests {
    struct Echo: Decodable {
        let method: String
        let path: String
        let headers: [String]
        let body: String
        let connection: Int
    }

    private func transport(_ change: (inout CurlTransport.Configuration) -> Void = { _ in }) -> CurlTransport {
        var configuration = CurlTransport.Configuration()
        configuration.allowsPlainLoopback = true
        change(&configuration)
        return CurlTransport(configuration: configuration)
    }

    /// Sends one request to a fresh server and expects no answer.
    private func failure(
        of path: String, timeout: Duration? = nil, _ change: (inout CurlTransport.Configuration) -> Void = { _ in }
    ) async throws -> TransportError {
        let transport = transport(change)
        return try await PythonServer.with(httpServerScript) { _, port in
            try await #require(throws: TransportError.self) {
                try await transport.send(ClientRequest("POST", "http://127.0.0.1:\(port)\(path)", body: [1], timeout: timeout))
            }
        }
    }

    @Test func `ADM-064 a request takes the trace of the work along, unless it says its own`() async throws {
        let transport = transport()
        try await PythonServer.with(httpServerScript) { _, port in
            func sent(_ headers: ClientHeaders) async throws -> [String] {
                let response = try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/echo", headers: headers))
                return try JSON.decode(Echo.self, from: response.body).headers.filter { $0.lowercased().hasPrefix("traceparent") }
            }
            #expect(try await sent([:]).isEmpty)
            var generator = SystemRandomNumberGenerator()
            let trace = TraceContext.make(using: &generator)
            try await LogContext.$current.withValue(LogContext(trace: trace)) {
                let lines = try await sent([:])
                #expect(lines.count == 1 && lines[0].contains(trace.traceID) && !lines[0].contains(trace.spanID))
                #expect(try await sent(["traceparent": "mine"]) == ["traceparent: mine"])
            }
        }
    }

    @Test func `a body is given as it comes, however large; who takes no more stops it, and what breaks off or is no success is none`()
        async throws
    {
        struct Enough: Error {}
        let transport = transport { $0.maximumBodyBytes = 1_000 }
        try await PythonServer.with(httpServerScript) { _, port in
            func take(_ path: String, atMost limit: Int = .max) async throws -> (response: ClientResponse, taken: Int) {
                let taken = Mutex(0)
                let response = try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)\(path)")) { piece in
                    let sum = taken.withLock { taken in
                        taken += piece.count
                        return taken
                    }
                    if sum > limit { throw Enough() }
                }
                return (response, taken.withLock(\.self))
            }
            let whole = try await take("/big/300000")
            #expect(whole.response.status == 200 && whole.response.body.isEmpty && whole.taken == 300_000)
            let refused = try await take("/redirect")
            #expect(refused.response.status == 302 && refused.taken == 0)
            await #expect(throws: Enough.self) { _ = try await take("/endless", atMost: 100_000) }
            await #expect(throws: TransportError.self) { _ = try await take("/cut") }
        }
    }

    @Test func `a request arrives as it was written, and the answer as it was given`() async throws {
        let transport = transport()
        try await PythonServer.with(httpServerScript) { _, port in
            let headers: ClientHeaders = ["Authorization": "Bearer x", "Content-Type": "text/plain", "X-Empty": ""]
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                let body: [UInt8] = method == "GET" ? [] : [0, 255, 10]
                let response = try await transport.send(
                    ClientRequest(method, "http://127.0.0.1:\(port)/echo?a=b%20c", headers: headers, body: body))
                #expect(response.status == 200)
                #expect(response.headers.values("x-twice") == ["one", "two"])
                let echo = try JSON.decode(Echo.self, from: response.body)
                #expect(echo.method == method)
                #expect(echo.path == "/echo?a=b%20c")
                #expect(echo.body == (method == "GET" ? "" : "00ff0a"))
                for line in ["Authorization: Bearer x", "Content-Type: text/plain", "X-Empty:", "User-Agent: Trellis"] {
                    #expect(echo.headers.contains(line), "\(echo.headers)")
                }
                #expect(!echo.headers.contains { $0.hasPrefix("Expect") || $0.hasPrefix("Transfer-Encoding") })
            }
            let empty = try await transport.send(ClientRequest("POST", "http://127.0.0.1:\(port)/echo"))
            let echo = try JSON.decode(Echo.self, from: empty.body)
            #expect(echo.headers.contains("Content-Length: 0"))
            #expect(!echo.headers.contains { $0.hasPrefix("Content-Type") })
        }
    }

    @Test func `STR-002 a connection is used again, also at the same time by many`() async throws {
        let transport = transport { $0.maximumTransfers = 4 }
        try await PythonServer.with(httpServerScript) { _, port in
            let connections = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        let response = try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/echo"))
                        return try JSON.decode(Echo.self, from: response.body).connection
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(connections.count == 200)
            #expect(Set(connections).count <= 4)
        }
    }

    @Test func `STR-003 STR-E35 a reset of a kept connection before the answer is retried on a new one`() async throws {
        let transport = transport()
        try await PythonServer.with(httpServerScript) { _, port in
            let request = ClientRequest("POST", "http://127.0.0.1:\(port)/reset-when-reused", body: [1])
            let first = try await transport.send(request)
            let second = try await transport.send(request)
            #expect(first.body == Array("1".utf8))
            #expect(second.body == Array("2".utf8))
        }
    }

    @Test func `STR-001 a redirect is an answer and is not followed`() async throws {
        let transport = transport()
        try await PythonServer.with(httpServerScript) { server, port in
            let response = try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/redirect"))
            #expect(response.status == 302)
            #expect(response.headers["location"] == "/echo")
            _ = try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/status/204"))
            let requests = try await server.lines("REQUEST", count: 2)
            #expect(requests.map { $0.split(separator: " ").last } == ["/redirect", "/status/204"])
        }
    }

    @Test func `an interim answer is not the answer, and a compressed one is read`() async throws {
        let transport = transport()
        try await PythonServer.with(httpServerScript) { _, port in
            let response = try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/interim"))
            #expect(response.status == 201)
            #expect(response.headers["X-Late"] == "1")
            #expect(response.headers["X-Early"] == nil)
            let unpacked = try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/zipped"))
            #expect(unpacked.body == Array("small".utf8))
        }
    }

    @Test func `STR-004 answers beyond the limits are refused, compressed ones by what they unpack to`() async throws {
        let smaller: (inout CurlTransport.Configuration) -> Void = { $0.maximumBodyBytes = 100_000 }
        for path in ["/big/100001", "/endless", "/bomb", "/header-flood"] {
            let error = try await failure(of: path, smaller)
            #expect(error.kind == .limit, "\(path)")
            #expect(error.progress == .maybeSent)
        }
        let transport = transport(smaller)
        try await PythonServer.with(httpServerScript) { _, port in
            let largest = try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/big/100000"))
            #expect(largest.body.count == 100_000)
        }
    }

    @Test(arguments: [
        ("/cut", TransportError.Kind.interrupted), ("/silence", .interrupted), ("/garbage", .malformedResponse),
        ("/cut-chunk", .interrupted), ("/bad-chunk", .interrupted), ("/bad-length", .malformedResponse),
        ("/bad-zip", .malformedResponse), ("/reset-in-body", .interrupted),
    ])
    func `STR-016 STR-E35 a broken answer says that the request may have had an effect`(path: String, kind: TransportError.Kind)
        async throws
    {
        let error = try await failure(of: path)
        #expect(error.kind == kind)
        #expect(error.progress == .maybeSent)
    }

    @Test(arguments: ["/hang", "/hang-in-body"])
    func `STR-003 the caller's deadline ends an exchange`(path: String) async throws {
        let error = try await failure(of: path, timeout: .seconds(2))
        #expect(error.kind == .timeout)
        #expect(error.progress == .maybeSent)
    }

    @Test func `STR-003 STR-E35 silence ends an exchange before the deadline`() async throws {
        let error = try await failure(of: "/hang-in-body") { $0.idleTimeout = .seconds(1) }
        #expect(error.kind == .timeout)
    }

    @Test func `STR-016 where nobody listens nothing was sent`() async throws {
        // Port 1 of the loopback address: nothing listens there, and no other test will.
        let error = try await #require(throws: TransportError.self) {
            try await transport().send(ClientRequest("POST", "http://127.0.0.1:1/echo", body: [1]))
        }
        #expect(error.kind == .connection)
        #expect(error.progress == .nothingSent)
    }

    @Test func `STR-002 cancelling the task stops the transfer at once`() async throws {
        let transport = transport()
        try await PythonServer.with(httpServerScript) { server, port in
            let task = Task { try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/hang")) }
            _ = try await server.lines("REQUEST", count: 1)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            // The server sees the connection end though it never answered.
            _ = try await server.lines("CLOSED", count: 1)
        }
    }

    @Test func `a task that is cancelled already sends nothing`() async throws {
        let transport = transport()
        try await PythonServer.with(httpServerScript) { server, port in
            let (gate, opening) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                for await _ in gate {}
                return try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/echo"))
            }
            task.cancel()
            opening.finish()
            await #expect(throws: CancellationError.self) { try await task.value }
            _ = try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/status/204"))
            let requests = try await server.lines("REQUEST", count: 1)
            #expect(requests.map { $0.split(separator: " ").last } == ["/status/204"])
        }
    }

    @Test func `a request that finds no free place in time was not sent`() async throws {
        let transport = transport { $0.maximumTransfers = 1 }
        try await PythonServer.with(httpServerScript) { server, port in
            let first = Task { try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/hang")) }
            _ = try await server.lines("REQUEST", count: 1)
            let error = try await #require(throws: TransportError.self) {
                try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/echo", timeout: .milliseconds(50)))
            }
            #expect(error.kind == .timeout)
            #expect(error.progress == .nothingSent)
            first.cancel()
            _ = await first.result
            #expect(server.linesSoFar("REQUEST").count == 1)
        }
    }

    @Test func `closing ends what is under way and refuses what comes after`() async throws {
        let transport = transport()
        try await PythonServer.with(httpServerScript) { server, port in
            let task = Task { try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/hang")) }
            _ = try await server.lines("REQUEST", count: 1)
            transport.close()
            transport.close()
            let error = try await #require(throws: TransportError.self) { try await task.value }
            #expect(error.kind == .closed)
            #expect(error.progress == .maybeSent)
            let late = try await #require(throws: TransportError.self) {
                try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/echo"))
            }
            #expect(late == TransportError(.closed, .nothingSent, reason: late.reason))
        }
    }

    @Test(arguments: [
        "http://example.com/", "http://127.0.0.1.example.com/", "http://localhost.example.com/", "ftp://127.0.0.1/", "file:///etc/passwd",
        "https://user:secret@example.com/", "https://exa mple.com/", "https://example.com/\r\nX: y", "", "//example.com", "https://",
        "http://0x7f.1@evil.example/", "http://2130706433.evil.example/",
    ])
    func `STR-001 only https goes out, and plain http to this machine alone`(url: String) async throws {
        let error = try await #require(throws: TransportError.self) { try await transport().send(ClientRequest("GET", url)) }
        #expect(error.kind == .invalidRequest)
        #expect(error.progress == .nothingSent)
        #expect(!error.description.contains("secret"))
    }

    @Test func `STR-001 plain http is refused unless it is allowed`() async throws {
        let error = try await #require(throws: TransportError.self) {
            try await CurlTransport().send(ClientRequest("GET", "http://127.0.0.1:1/"))
        }
        #expect(error.kind == .invalidRequest)
    }

    @Test func `headers cannot be injected or take over the framing`() async throws {
        let transport = transport()
        for headers: ClientHeaders in [
            ["X-A": "b\r\nX-C: d"], ["X-A\r\nX-B": "c"], ["X A": "b"], ["": "b"], ["X-A": "b\u{0}"], ["Content-Length": "5"],
            ["Transfer-Encoding": "chunked"], ["Host": "evil.example"],
        ] {
            let error = try await #require(throws: TransportError.self) {
                try await transport.send(ClientRequest("GET", "http://127.0.0.1:1/", headers: headers))
            }
            #expect(error.kind == .invalidRequest)
        }
        let error = try await #require(throws: TransportError.self) {
            try await transport.send(ClientRequest("GET /x HTTP/1.1\r\nX:", "http://127.0.0.1:1/"))
        }
        #expect(error.kind == .invalidRequest)
    }
}
