import Core
import EventLoops
import Foundation
import HTTPServer
import Synchronization
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

    @Test func `OPS-047 when their time to drain is over streams end with a hint to come back; requests end, and idle connections at once`()
        async throws
    {
        let started = Signal()
        let goOn = Signal()
        var limits = ServerLimits()
        #expect(limits.streamDrainTimeout == .seconds(120))
        limits.streamDrainTimeout = .zero
        try await withServer(
            limits: limits,
            routes: { router in
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
            }
        ) { port, server in
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

    @Test func `OPS-047 OPS-084 draining keeps open streams and requests, opens no new stream, and ends when they have ended`()
        async throws
    {
        let (started, goOn, opened, open) = (Signal(), Signal(), Signal(), Signal())
        #expect(ServerLimits().drainTimeout == .seconds(30))
        try await withServer(routes: { router in
            router.add(.get, "/events") { _ in
                .serverSentEvents { writer in
                    try await writer.sendComment("hello")
                    await goOn.wait()
                    try await writer.sendComment("news")
                }
            }
            router.add(.get, "/late") { _ in
                started.fire()
                await open.wait()
                return .serverSentEvents { writer in
                    opened.fire()
                    try await writer.sendComment("never")
                }
            }
        }) { port, server in
            let idle = try RawClient(port: port)
            idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await idle.read { $0.hasSuffix("home") }
            let stream = try RawClient(port: port)
            stream.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await stream.read { $0.contains("hello") }
            let late = try RawClient(port: port)
            late.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()
            async let drained: Void = server.drain()
            // The end of the idle connection says that the server drains.
            #expect(try await idle.read().isEmpty)
            #expect(throws: (any Error).self) { try RawClient(port: port) }
            open.fire()
            let refused = try await late.read()
            await opened.wait()
            #expect(!refused.contains("never") && refused.contains("retry: 1000\n\n") && refused.hasSuffix("0\r\n\r\n"), "\(refused)")
            goOn.fire()
            let rest = try await stream.read()
            #expect(rest.contains(": news\n\n") && rest.hasSuffix("0\r\n\r\n"), "\(rest)")
            await drained
        }
    }

    @Test func `OPS-043 a slow reader costs one buffer and gets everything in its order`() async throws {
        // More than twice what the system keeps between the two ends of a connection.
        let (block, count) = (65_536, 768)
        let written = Atomic(0)
        try await withServer(routes: { router in
            router.add(.get, "/long") { _ in
                Response(
                    status: .ok,
                    body: .stream { writer in
                        for number in 0..<count {
                            var bytes = [UInt8](repeating: UInt8(ascii: "."), count: block)
                            bytes.replaceSubrange(0..<8, with: "\(10_000_000 + number)".utf8)
                            try await writer.write(bytes)
                            written.store(number + 1, ordering: .sequentiallyConsistent)
                        }
                    })
            }
        }) { port, _ in
            let client = try RawClient(port: port, receiveBuffer: 16_384)
            // Without chunks, so that the content is what was written.
            client.send("GET /long HTTP/1.0\r\nHost: a\r\n\r\n")
            let head = try await client.readHead()
            #expect(head.hasPrefix("HTTP/1.1 200 "))
            for number in 0..<count {
                let bytes = try await client.read(count: block)
                #expect(bytes.count == block && bytes.prefix(8).elementsEqual("\(10_000_000 + number)".utf8), "block \(number)")
                guard bytes.count == block else { break }
                // Whoever writes is never far ahead: what a reader has not taken waits where it comes from.
                let ahead = written.load(ordering: .sequentiallyConsistent) - number
                if ahead > count / 2 { Issue.record("\(ahead) blocks were written ahead of the reader") }
            }
        }
    }

    @Test func `OPS-043 a reader that takes nothing for the time of streams is closed`() async throws {
        var limits = ServerLimits()
        #expect(limits.streamWriteTimeout == .seconds(60))
        limits.streamWriteTimeout = .milliseconds(50)
        limits.writeTimeout = .seconds(3_600)
        let ended = Signal()
        try await withServer(
            limits: limits,
            routes: { router in
                router.add(.get, "/events") { _ in
                    .serverSentEvents { writer in
                        defer { ended.fire() }
                        while true { try await writer.sendComment(String(repeating: ".", count: 65_536)) }
                    }
                }
            }
        ) { port, _ in
            let client = try RawClient(port: port, receiveBuffer: 16_384)
            client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
            await ended.wait()
            // What was sent before is there; the end of the stream is not.
            let rest = try await client.read(count: .max)
            #expect(!rest.isEmpty && !rest.suffix(5).elementsEqual("0\r\n\r\n".utf8))
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
