internal import Core
public import Observability
internal import Synchronization

/// Counts answers by route, method and status, and measures how long they took (ADM-061).
///
/// A route is named by its template, never by the path of a request; what matches no route has one name, and so has every method that is not one
/// of the usual: whatever callers invent, there are no more series than routes.
public final class HTTPFigures: Sendable {
    private struct Key: Hashable {
        let route: String
        let method: String
        let kind: Int
    }

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    private let metrics: Metrics
    private let counters = Mutex<[Key: Counter]>([:])
    private let durations = Mutex<[String: Histogram]>([:])

    /// Makes the figures.
    public init(_ metrics: Metrics) {
        self.metrics = metrics
    }

    /// Notes one answer; a ``Server`` calls it as its observer.
    public func note(_ request: Request, _ status: Status, _ time: Duration) {
        let route = request.route ?? "none"
        let method = request.method.rawValue
        let key = Key(route: route, method: Self.methods.contains(method) ? method : "other", kind: min(max(status.rawValue / 100, 1), 5))
        let counter = counters.withLock { counters in
            if let known = counters[key] { return known }
            let made = metrics.counter(
                "trellis_http_requests_total", help: "Requests answered, by route.",
                labels: [Label("method", key.method), Label("route", route), Label("status", "\(key.kind)xx")])
            counters[key] = made
            return made
        }
        counter.increment()
        let histogram = durations.withLock { durations in
            if let known = durations[route] { return known }
            let made = metrics.histogram(
                "trellis_http_request_seconds", help: "How long requests took, by route.", labels: [Label("route", route)])
            durations[route] = made
            return made
        }
        histogram.record(time)
    }
}
