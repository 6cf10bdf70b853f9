import Core
import EventLoops
import HTTPServer

/// A server on a free port for the length of a test.
func withServer<Result>(
    limits: ServerLimits = ServerLimits(), routes: (inout Router) -> Void = { _ in },
    _ body: (Int, Server) async throws -> Result
) async throws -> Result {
    let loops = try EventLoopGroup(count: 1, name: "http")
    var router = Router()
    router.add(.get, "/") { _ in .text("home") }
    router.add(.get, "/echo/{name}") { .text($0.pathParameters["name"] ?? "") }
    router.add(.post, "/echo", bodyLimit: 1_000) { .text(String(decoding: $0.body, as: UTF8.self)) }
    routes(&router)
    let server = Server(configuration: ServerConfiguration(port: 0, limits: limits), router: router, loops: loops)
    let port = try await server.start()
    let result: Swift.Result<Result, any Error>
    do { result = .success(try await body(port, server)) } catch { result = .failure(error) }
    await server.drain()
    loops.shutdown()
    return try result.get()
}

/// The number of the first status line of an answer.
func status(_ answer: String) -> Int? {
    answer.hasPrefix("HTTP/1.1 ") ? Int(answer.dropFirst(9).prefix(3)) : nil
}
