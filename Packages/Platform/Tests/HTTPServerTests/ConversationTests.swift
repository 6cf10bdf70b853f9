import Core
import EventLoops
import Foundation
import HTTPServer
import Synchronization
import Testing

@Suite struct ConversationTests {
    @Test func `requests on one connection are answered in order, pipelined or not`() async throws {
        try await withServer { port, _ in
            let client = try RawClient(port: port)
            let requests = (0..<50).map { "GET /echo/number\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
            let answer = try await client.exchange(requests + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let bodies = answer.components(separatedBy: "\r\n\r\n").dropFirst().map { $0.components(separatedBy: "HTTP/1.1")[0] }
            #expect(bodies == (0..<50).map { "number\($0)" } + ["home"])
        }
    }

    @Test func `a handler that waits does not change the order of pipelined answers`() async throws {
        try await withServer(routes: { router in
            router.add(.get, "/slow") { _ in
                for _ in 0..<50 { await Task.yield() }
                return .text("slow")
            }
        }) { port, _ in
            let answer = try await RawClient(port: port).exchange(
                "GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let slow = try #require(answer.range(of: "slow"))
            let home = try #require(answer.range(of: "home"))
            #expect(slow.lowerBound < home.lowerBound)
        }
    }

    private struct Refusing: Middleware {
        func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
            .text("refused", status: .forbidden)
        }
    }

    @Test func `a constant answer is as any other, and needs no middleware`() async throws {
        try await withServer(routes: { router in
            router.use(Refusing())
            router.add(.get, "/alive", constant: .text("alive"))
        }) { port, _ in
            let requests = "GET /alive HTTP/1.1\r\nHost: a\r\n\r\nHEAD /alive HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
            let answer = try await RawClient(port: port).exchange(requests + "GET /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let parts = answer.components(separatedBy: "HTTP/1.1 ").dropFirst()
            #expect(parts.map { Int($0.prefix(3)) } == [200, 200, 403, 200])
            #expect(parts.map { $0.components(separatedBy: "\r\n\r\n").last } == ["alive", "", "refused", "alive"])
            #expect(parts.filter { $0.contains("Content-Length: 5\r\n") && $0.contains("Content-Type: text/plain") }.count == 3)
            #expect(Set(parts.compactMap { $0.components(separatedBy: "X-Request-ID: ").last?.prefix(30) }).count == 4)
            #expect(parts.last?.contains("Connection: close\r\n") == true)
        }
    }

    @Test func `a constant answer is refused to other methods and takes content as others do`() async throws {
        try await withServer(routes: { $0.add(.get, "/alive", constant: .text("alive")) }) { port, _ in
            let answer = try await RawClient(port: port).exchange(
                "GET /alive HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcPOST /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            )
            #expect(status(answer) == 200)
            #expect(answer.contains("HTTP/1.1 405 ") && answer.contains("Allow: GET"))
        }
    }

    @Test func `a request that arrives byte by byte is the same request`() async throws {
        try await withServer { port, _ in
            let client = try RawClient(port: port)
            for byte in Array("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello".utf8) {
                client.send([byte])
            }
            #expect(try await client.read().hasSuffix("\r\n\r\nhello"))
        }
    }

    @Test func `HEAD has the header of GET and no content`() async throws {
        try await withServer { port, _ in
            let answer = try await RawClient(port: port).exchange("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.contains("Content-Length: 4\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `100-continue is said once the header is accepted`() async throws {
        try await withServer { port, _ in
            let client = try RawClient(port: port)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
            #expect(try await client.read { $0.hasSuffix("\r\n\r\n") } == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("hello")
            #expect(try await client.read().hasSuffix("\r\n\r\nhello"))
        }
    }

    @Test func `a client that has ended its side still reads its answer`() async throws {
        try await withServer(routes: { router in
            router.add(.get, "/slow") { _ in
                for _ in 0..<200 { await Task.yield() }
                return .text("late")
            }
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            client.closeWriting()
            #expect(try await client.read().hasSuffix("late"))
        }
    }

    @Test func `HTTP/1.0 closes unless it is asked to stay`() async throws {
        try await withServer { port, _ in
            #expect(try await RawClient(port: port).exchange("GET / HTTP/1.0\r\n\r\n").contains("Connection: close"))
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await client.read { $0.hasSuffix("home") }.contains("Connection: keep-alive"))
        }
    }

    @Test func `every answer has its request id and the date`() async throws {
        try await withServer { port, _ in
            let answer = try await RawClient(port: port).exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.contains("X-Request-ID: req_"))
            #expect(answer.contains("Date: ") && answer.contains(" GMT\r\n"))
        }
    }

    @Test func `large answers arrive whole`() async throws {
        let large = String(repeating: "0123456789abcdef", count: 262_144)
        try await withServer(routes: { $0.add(.get, "/large") { _ in .text(large) } }) { port, _ in
            let answer = try await RawClient(port: port).exchange("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.hasSuffix(large))
        }
    }

    private func limits(_ change: (inout ServerLimits) -> Void) -> ServerLimits {
        var limits = ServerLimits()
        change(&limits)
        return limits
    }

    @Test func `a header that does not come to its end is 408`() async throws {
        try await withServer(limits: limits { $0.headerTimeout = .milliseconds(50) }) { port, _ in
            let answer = try await RawClient(port: port).exchange("GET / HTTP/1.1\r\nHost:")
            #expect(status(answer) == 408)
        }
    }

    @Test func `content that does not come is 408`() async throws {
        try await withServer(limits: limits { $0.bodyTimeout = .milliseconds(50) }) { port, _ in
            let answer = try await RawClient(port: port).exchange("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe")
            #expect(status(answer) == 408)
        }
    }

    @Test func `an idle connection is closed without a word`() async throws {
        try await withServer(limits: limits { $0.idleTimeout = .milliseconds(50) }) { port, _ in
            let answer = try await RawClient(port: port).read()
            #expect(answer.isEmpty)
        }
    }

    @Test func `a client that does not read is closed`() async throws {
        let large = String(repeating: "0123456789abcdef", count: 2_000_000)
        let ended = Signal()
        try await withServer(
            limits: limits { $0.writeTimeout = .milliseconds(50) },
            routes: { router in
                router.add(.get, "/large") { _ in
                    Response(
                        status: .ok,
                        body: .stream { writer in
                            defer { ended.fire() }
                            while true { try await writer.write(Array(large.utf8)) }
                        })
                }
            }
        ) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            await ended.wait()
            withExtendedLifetime(client) {}
        }
    }

    @Test func `SEC-054 a handler that takes too long is cancelled, and its client is told`() async throws {
        let cancelled = Signal()
        try await withServer(
            limits: limits { $0.handlerTimeout = .milliseconds(50) },
            routes: { router in
                router.add(.get, "/stuck") { _ in
                    await withTaskCancellationHandler {
                        await Signal().wait()
                    } onCancel: {
                        cancelled.fire()
                    }
                    return .text("late")
                }
            }
        ) { port, _ in
            let answer = try await RawClient(port: port).exchange("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(status(answer) == 503)
            #expect(answer.contains("Retry-After: 1") && answer.contains(#""code":"TIMEOUT""#) && !answer.contains("late"))
            await cancelled.wait()
        }
    }

    @Test func `requests that came before the client's end are all answered, however slow they are`() async throws {
        let large = String(repeating: "0123456789abcdef", count: 262_144)
        try await withServer(routes: { router in
            router.add(.get, "/slow") { _ in
                for _ in 0..<200 { await Task.yield() }
                return .text(large)
            }
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            client.closeWriting()
            let answer = try await client.read()
            #expect(answer.hasSuffix("home") && answer.utf8.count > 2 * large.utf8.count)
        }
    }

    @Test func `a client that asks and asks and never reads does not fill the memory`() async throws {
        let handled = Mutex(0)
        let large = String(repeating: "0123456789abcdef", count: 65_536)
        try await withServer(
            limits: limits {
                $0.writeTimeout = .milliseconds(200)
                $0.connections = 1
            },
            routes: { router in
                router.add(.get, "/large") { _ in
                    handled.withLock { $0 += 1 }
                    return .text(large)
                }
            }
        ) { port, _ in
            let client = try RawClient(port: port)
            let requests = Array(repeating: "GET /large HTTP/1.1\r\nHost: a\r\n\r\n", count: 500).joined()
            try await offload { client.send(requests) }
            // The system's buffers take a few answers; the writing deadline then ends the connection, and the next one has its turn.
            let next = try await RawClient(port: port).exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(next.hasSuffix("home"))
            #expect((1..<50).contains(handled.withLock { $0 }))
            withExtendedLifetime(client) {}
        }
    }

    @Test func `a server that is forgotten closes its connections and gives its port back`() async throws {
        let loops = try EventLoopGroup(count: 1, name: "http")
        var router = Router()
        router.add(.get, "/") { _ in .text("home") }
        var server: Server? = Server(configuration: ServerConfiguration(port: 0), router: router, loops: loops)
        let port = try #require(try await server?.start())
        let client = try RawClient(port: port)
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try await client.read { $0.hasSuffix("home") }
        server = nil
        #expect(try await client.read().isEmpty)
        #expect(throws: RawClient.EventLoopTestError.self) { try RawClient(port: port) }
        loops.shutdown()
    }

    @Test func `OPS-005 a client that goes away stops what was only to be read, and nothing that may write`() async throws {
        let (writing, reading, stopped, goOn, written) = (Signal(), Signal(), Signal(), Signal(), Signal())
        let wasCancelled = Mutex<Bool?>(nil)
        try await withServer(routes: { router in
            router.add(.post, "/write") { _ in
                writing.fire()
                await goOn.wait()
                wasCancelled.withLock { $0 = Task.isCancelled }
                written.fire()
                return .text("written")
            }
            router.add(.get, "/read") { _ in
                await withTaskCancellationHandler {
                    reading.fire()
                    await stopped.wait()
                } onCancel: {
                    stopped.fire()
                }
                return .text("read")
            }
        }) { port, _ in
            var writer: RawClient? = try RawClient(port: port)
            writer?.send("POST /write HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            await writing.wait()
            var reader: RawClient? = try RawClient(port: port)
            reader?.send("GET /read HTTP/1.1\r\nHost: a\r\n\r\n")
            await reading.wait()
            // Broken off at once, not ended: nobody waits for the answers any more.
            for client in [writer, reader] { client?.breakOff() }
            (writer, reader) = (nil, nil)
            await stopped.wait()
            goOn.fire()
            await written.wait()
            #expect(wasCancelled.withLock(\.self) == false)
        }
    }

    @Test func `connections over the cap wait until one closes`() async throws {
        try await withServer(limits: limits { $0.connections = 1 }) { port, _ in
            var first: RawClient? = try RawClient(port: port)
            first?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await first?.read { $0.hasSuffix("home") }
            let second = try RawClient(port: port)
            second.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            first = nil
            #expect(try await second.read().hasSuffix("home"))
        }
    }
}

/// Something that happens once and can be waited for.
final class Signal: Sendable {
    private let stream = AsyncStream<Void>.makeStream()
    func fire() { stream.continuation.finish() }
    func wait() async { for await _ in stream.stream {} }
}
