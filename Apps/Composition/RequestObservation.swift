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
    /// Counts each answer by method and status, and measures how long it took.
    public var observer: @Sendable (Request, Status, Duration) -> Void {
        let metrics = metrics
        let duration = metrics.histogram("trellis_http_request_seconds", help: "How long requests took.")
        // Looked up once, not for every request. What a client invents as a method is counted under one name, else it could fill the memory.
        let methods: [Method] = [.get, .head, .post, .put, .patch, .delete, .options]
        func counters(_ method: String) -> [Counter] {
            (1...5).map { kind in
                metrics.counter(
                    "trellis_http_requests_total", help: "Requests answered.",
                    labels: [Label("method", method), Label("status", "\(kind)xx")])
            }
        }
        let known = Dictionary(uniqueKeysWithValues: methods.map { ($0, counters($0.rawValue)) })
        let others = counters("other")
        return { request, status, time in
            duration.record(time)
            (known[request.method] ?? others)[min(max(status.rawValue / 100, 1), 5) - 1].increment()
        }
    }
}
