/// Something that stands between the server and the routes: it may answer by itself, change the request, or change the answer.
public protocol Middleware: Sendable {
    /// Handles a request, usually by calling `next` once.
    func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response
}
