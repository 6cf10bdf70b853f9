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
        return try await LogContext.$current.withValue(LogContext(requestID: request.id.description, trace: trace)) {
            try await next(request)
        }
    }
}

extension Foundations {
    /// Counts each answer by route, method and status, and measures how long it took.
    public var observer: @Sendable (Request, Status, Duration) -> Void {
        let figures = HTTPFigures(metrics)
        return { request, status, time in figures.note(request, status, time) }
    }
}
