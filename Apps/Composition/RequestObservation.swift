internal import Core
public import HTTPServer
internal import Observability

/// Gives each request its trace and its place in the log.
public struct RequestLogging: Middleware {
    /// Makes the middleware.
    public init() {}

    /// Continues the caller's trace, or begins one, for everything that the request does.
    public func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
        var generator = SystemRandomNumberGenerator()
        let trace =
            request.headers["traceparent"].flatMap(TraceContext.init)?.child(using: &generator) ?? TraceContext.make(using: &generator)
        return try await LogContext.$current.withValue(LogContext(requestID: request.id.description, trace: trace)) {
            try await next(request)
        }
    }
}

extension Foundations {
    /// Counts each answer by method and status, and measures how long it took.
    public var observer: @Sendable (Request, Status, Duration) -> Void {
        let metrics = metrics
        let duration = metrics.histogram("trellis_http_request_seconds", help: "How long requests took.")
        return { request, status, time in
            duration.record(time)
            metrics.counter(
                "trellis_http_requests_total", help: "Requests answered.",
                labels: [Label("method", request.method.rawValue), Label("status", "\(status.rawValue / 100)xx")]
            ).increment()
        }
    }
}
