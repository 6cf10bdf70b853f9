internal import Core
public import HTTPServer
internal import Observability

/// Gives each request its trace and its place in the log.
public struct RequestLogging: Middleware {
    /// Makes the middleware.
    public init() {}

    /// Continues the caller's trace, or begins one, for everything that the request does.
    public func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
        let trace: TraceContext
        if let given = request.headers["traceparent"].flatMap(TraceContext.init) {
            var generator = SystemRandomNumberGenerator()
            trace = given.child(using: &generator)
        } else {
            trace = .make(from: (request.id.high, request.id.low))
        }
        let context = LogContext(
            requestID: request.id.description, trace: trace, origin: WorkOrigin(surface: Self.surface(of: request.path)))
        return try await LogContext.$current.withValue(context) { try await next(request) }
    }

    /// By what way a request comes in, as entries tell it (AUD-017).
    private static func surface(of path: String) -> String {
        if path.hasPrefix("/v1/") { return "api" }
        return path == "/console" || path.hasPrefix("/console/") ? "console" : "page"
    }
}

extension Foundations {
    /// Counts each answer by route, method and status, and measures how long it took.
    public var observer: @Sendable (Request, Status, Duration) -> Void {
        let figures = HTTPFigures(metrics)
        return { request, status, time in figures.note(request, status, time) }
    }
}
