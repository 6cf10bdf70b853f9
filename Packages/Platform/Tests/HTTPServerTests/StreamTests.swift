import Core
import EventLoops
import Foundation
import HTTPServer
import Testing

@Suite struct StreamTests {
    @Test func `events arrive as they are sent, one frame each`() async throws {
        let goOn = Signal()
        try await withServer(routes: { router in
            router.add(.get, "/events") { _ in
                .serverSentEvents { writer in
                    try await writer.send(ServerSentEvent(event: "first", data: "a\nb", id: "1"))
                    await goOn.wait()
                    try await writer.sendComment("quiet")
                    try await writer.send(ServerSentEvent(event: "evil\nid: 9", data: "c"))
                }
            }
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET /events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let first = try await client.read { $0.contains("data: b\n\n") }
            #expect(first.contains("Content-Type: text/event-stream"))
            #expect(first.contains("id: 1\nevent: first\ndata: a\ndata: b\n\n"))
            goOn.fire()
            let rest = try await client.read()
            #expect(rest.contains(": quiet\n\n"))
            #expect(rest.contains("event: evilid: 9\ndata: c\n\n"))
            #expect(rest.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func `a stream learns within 50 ms that its client has gone`() async throws {
        let clock = ContinuousClock()
        let ended = AsyncStream<ContinuousClock.Instant>.makeStream()
        try await withServer(routes: { router in
            router.add(.get, "/events") { _ in
                .serverSentEvents { writer in
                    try await writer.sendComment("hello")
                    let silence = AsyncStream<Void>.makeStream()
                    for await _ in silence.stream {}
                    ended.continuation.yield(clock.now)
                }
            }
        }) { port, _ in
            var times: [Duration] = []
            var iterator = ended.stream.makeAsyncIterator()
            for _ in 0..<9 {
                var client: RawClient? = try RawClient(port: port)
                client?.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await client?.read { $0.contains("hello") }
                let start = clock.now
                client = nil
                times.append(try #require(await iterator.next()) - start)
            }
            // The best: a busy machine may be late.
            #expect(try #require(times.min()) < .milliseconds(50), "\(times)")
        }
    }

    @Test func `a client that floods a stream instead of reading it is closed`() async throws {
        let ended = Signal()
        try await withServer(routes: { router in
            router.add(.get, "/events") { _ in
                .serverSentEvents { writer in
                    defer { ended.fire() }
                    try await writer.sendComment("hello")
                    await Signal().wait()
                }
            }
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await client.read { $0.contains("hello") }
            try await offload { client.send(Array(repeating: UInt8(ascii: "a"), count: 100_000)) }
            await ended.wait()
        }
    }

    @Test func `draining ends streams with a hint to come back, finishes requests, and closes idle connections`() async throws {
        let started = Signal()
        let goOn = Signal()
        try await withServer(routes: { router in
            router.add(.get, "/events") { _ in
                .serverSentEvents { writer in
                    try await writer.sendComment("hello")
                    while true {
                        try Task.checkCancellation()
                        await Task.yield()
                    }
                }
            }
            router.add(.get, "/slow") { _ in
                started.fire()
                await goOn.wait()
                return .text("done")
            }
        }) { port, server in
            let idle = try RawClient(port: port)
            idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await idle.read { $0.hasSuffix("home") }
            let stream = try RawClient(port: port)
            stream.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await stream.read { $0.contains("hello") }
            let slow = try RawClient(port: port)
            slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()
            async let drained: Void = server.drain()
            let silence = try await idle.read()
            #expect(silence.isEmpty)
            let end = try await stream.read()
            #expect(end.contains("retry: 1000\n\n") && end.hasSuffix("0\r\n\r\n"))
            goOn.fire()
            let answer = try await slow.read()
            #expect(answer.contains("Connection: close") && answer.hasSuffix("done"))
            await drained
            #expect(throws: (any Error).self) { try RawClient(port: port) }
        }
    }

    @Test func `a stream that breaks off does not look complete`() async throws {
        struct Failure: Error {}
        try await withServer(routes: { router in
            router.add(.get, "/broken") { _ in
                Response(
                    status: .ok,
                    body: .stream { writer in
                        try await writer.write(Array("half".utf8))
                        throw Failure()
                    })
            }
        }) { port, _ in
            let answer = try await RawClient(port: port).exchange("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.contains("half") && !answer.hasSuffix("0\r\n\r\n"))
        }
    }
}
