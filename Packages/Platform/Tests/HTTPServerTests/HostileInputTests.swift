import Foundation
import HTTPServer
import Synchronization
import Testing

/// The table of docs/decisions/0002: what a server must refuse, sent over a real socket; the server lives on after each row.
@Suite struct HostileInputTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: String
        let expected: Set<Int>
        init(_ name: String, _ bytes: String, _ expected: Int...) {
            testDescription = name
            self.bytes = bytes
            self.expected = Set(expected)
        }
    }

    private static let post = "POST /echo HTTP/1.1\r\nHost: a\r\n"
    static let rows = [
        Row("content length and transfer encoding", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        Row("transfer encoding and content length", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
        Row("two content lengths", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
        Row("two content lengths in one field", post + "Content-Length: 5, 5\r\n\r\nhello", 400),
        Row("signed content length", post + "Content-Length: +5\r\n\r\nhello", 400),
        Row("content length with letters", post + "Content-Length: 5x\r\n\r\nhello", 400),
        Row("empty content length", post + "Content-Length:\r\n\r\nhello", 400),
        Row("huge content length", post + "Content-Length: 99999999999999999999\r\n\r\n", 400),
        Row("blank before the colon", post + "Content-Length : 5\r\n\r\nhello", 400),
        Row("unknown transfer encoding", post + "Transfer-Encoding: xchunked\r\n\r\n", 501),
        Row("chunked, identity", post + "Transfer-Encoding: chunked, identity\r\n\r\n", 501),
        Row("two transfer encodings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400),
        Row("transfer encoding in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        Row("NUL in a header", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
        Row("control character in a header", "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{01}b\r\n\r\n", 400),
        Row("bare CR in a header", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
        Row("obs-fold", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400),
        Row("bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400),
        Row("bare LF in the middle", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
        Row("two Host headers", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        Row("no Host header", "GET / HTTP/1.1\r\nX: a\r\n\r\n", 400),
        Row("two Authorization headers", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nAuthorization: y\r\n\r\n", 400),
        Row("header without a colon", "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400),
        Row("empty header name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400),
        Row("blank in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("encoded NUL in the target", "GET /echo/a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("fragment in the target", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("dots in the path", "GET /echo/../echo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("encoded dots in the path", "GET /echo/%2e%2E HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("backslash in the path", "GET /echo/..%5c HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("bad percent-encoding", "GET /echo/%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("invalid UTF-8 in the path", "GET /echo/%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("invalid UTF-8 in the query", "GET /?a=%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("no slash before the path", "GET echo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("bad version", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505),
        Row("no version", "GET /\r\nHost: a\r\n\r\n", 400),
        Row("lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", 400),
        Row("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505),
        Row("TLS hello", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}", 400),
        Row("huge chunk size", post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400, 413),
        Row("negative chunk size", post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        Row("chunk without its end", post + "Transfer-Encoding: chunked\r\n\r\n2\r\nabXX0\r\n\r\n", 400),
        Row("chunk longer than it says", post + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", 400),
        Row("chunk size with a bare LF", post + "Transfer-Encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n", 400),
        Row("blank before the chunk size", post + "Transfer-Encoding: chunked\r\n\r\n 2\r\nab\r\n0\r\n\r\n", 400),
        Row("NUL in a chunk extension", post + "Transfer-Encoding: chunked\r\n\r\n2;\0\r\nab\r\n0\r\n\r\n", 400),
        Row("endless chunk extension", post + "Transfer-Encoding: chunked\r\n\r\n2;" + String(repeating: "a", count: 5_000), 400),
        Row("obs-fold in a trailer", post + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n b\r\n\r\n", 400),
        Row("content over the limit", post + "Content-Length: 5000000\r\n\r\n", 413),
        Row("content over the limit, with 100-continue", post + "Content-Length: 5000000\r\nExpect: 100-continue\r\n\r\n", 413),
        Row(
            "chunks over the limit",
            post + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + String(repeating: "a", count: 1_001) + "\r\n0\r\n\r\n",
            413),
        Row("unknown expectation", post + "Content-Length: 1\r\nExpect: miracle\r\n\r\n", 417),
        Row("long request line", "GET /" + String(repeating: "a", count: 9_000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        Row("long request line without an end", "GET /" + String(repeating: "a", count: 9_000), 414),
        Row("long path", "GET /" + String(repeating: "a", count: 2_048) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        Row("many query items", "GET /?" + String(repeating: "a&", count: 51) + " HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Row("large header", "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 17_000) + "\r\n\r\n", 431),
        Row("large header without an end", "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: aaaa\r\n", count: 4_000), 431),
        Row("many headers", "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: a\r\n", count: 101) + "\r\n", 431),
    ]

    @Test(arguments: rows)
    func `SEC-050 SEC-056 SEC-057 hostile input is refused with a clear answer, and the server lives`(row: Row) async throws {
        let told = Mutex<[EarlyRefusal]>([])
        try await withServer(routes: { $0.observe { refusal in told.withLock { $0.append(refusal) } } }) { port, _ in
            let answer = try await RawClient(port: port).exchange(row.bytes)
            let number = try #require(status(answer))
            // Whoever watches for attacks hears of each once (AUD-127).
            #expect(told.withLock { $0.map(\.status.rawValue) } == [number])
            #expect(told.withLock { $0.allSatisfy { $0.remoteAddress == "127.0.0.1" && $0.target.utf8.count <= 8_192 } })
            #expect(row.expected.contains(number), "\(answer)")
            #expect(answer.contains("Connection: close"))
            #expect(answer.contains(#""detail":"#) && answer.contains(#""code":"#) && answer.contains(#""request_id":"req_"#))
            #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2)
            let after = try await RawClient(port: port).exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(status(after) == 200)
        }
    }

    @Test func `a legal chunk extension and a trailer are accepted`() async throws {
        try await withServer { port, _ in
            let answer = try await RawClient(port: port).exchange(
                Self.post + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\n0\r\nX-Trailer: a\r\n\r\n")
            #expect(status(answer) == 200)
            #expect(answer.hasSuffix("\r\n\r\nhello"))
        }
    }

    @Test func `an encoded slash in a segment is data, not a separator`() async throws {
        try await withServer { port, _ in
            let answer = try await RawClient(port: port).exchange("GET /echo/a%2Fb HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.hasSuffix("\r\n\r\na/b"))
        }
    }

    @Test func `the absolute form of a target is understood`() async throws {
        try await withServer { port, _ in
            let answer = try await RawClient(port: port).exchange(
                "GET http://a/echo/x?y=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.hasSuffix("\r\n\r\nx"))
        }
    }

    @Test func `a header value that came from outside cannot write header lines`() async throws {
        try await withServer(routes: { router in
            router.add(.get, "/inject") { _ in Response(status: .ok, headers: ["X-Name": "a\r\nSet-Cookie: b"]) }
        }) { port, _ in
            let answer = try await RawClient(port: port).exchange("GET /inject HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(status(answer) == 200)
            #expect(!answer.contains("Set-Cookie"))
        }
    }
}
