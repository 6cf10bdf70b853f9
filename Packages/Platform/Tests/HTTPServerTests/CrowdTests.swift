import HTTPServer
import Testing

/// What a server does about a network that has very many connections.
@Suite struct CrowdTests {
    private func withCrowd(
        isUncounted: @escaping @Sendable (String) -> Bool = { _ in false }, _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        var limits = ServerLimits()
        limits.connectionsPerNetwork = 3
        limits.isUncounted = isUncounted
        try await withServer(
            limits: limits,
            routes: { router in
                router.add(.get, "/crowd") { request in .text(request.isOfCrowdedNetwork ? "crowd" : "room") }
            }
        ) { port, _ in try await body(port) }
    }

    private static let request = "GET /crowd HTTP/1.1\r\nHost: a\r\n\r\n"

    private func ask(_ client: RawClient) async throws -> String {
        client.send(Self.request)
        return try await client.read { $0.hasSuffix("crowd") || $0.hasSuffix("room") }
    }

    @Test func `SEC-013 connections beyond those of one network are there for one request, and count no more when they end`() async throws {
        try await withCrowd { port in
            var held = try (0..<3).map { _ in try RawClient(port: port) }
            for client in held { #expect(try await ask(client).hasSuffix("room")) }
            // Read to the end of the connection: the server closes it by itself.
            for _ in 0..<2 {
                let answer = try await RawClient(port: port).exchange(Self.request)
                #expect(answer.hasSuffix("crowd") && answer.contains("Connection: close"))
            }
            for client in held { #expect(try await ask(client).hasSuffix("room")) }
            // One of them leaves, and its place is the next one's as soon as the server has seen it.
            held.removeFirst()
            while !(try await ask(RawClient(port: port)).hasSuffix("room")) {}
        }
    }

    @Test func `SEC-013 the connections of a reverse proxy are everybody's and not counted`() async throws {
        try await withCrowd(isUncounted: { $0 == "127.0.0.1" }) { port in
            let held = try (0..<6).map { _ in try RawClient(port: port) }
            for client in held { #expect(try await ask(client).hasSuffix("room")) }
        }
    }
}
