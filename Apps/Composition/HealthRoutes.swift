internal import Core
public import HTTPServer
internal import Observability
internal import Postgres

/// What load balancers and monitors ask.
public struct HealthRoutes: Sendable {
    private let foundations: Foundations

    /// Makes the routes.
    public init(_ foundations: Foundations) {
        self.foundations = foundations
    }

    /// Adds `/livez`, `/readyz`, `/metrics` and `/v1/status` to a table.
    public func register(on router: inout Router) {
        let foundations = foundations
        router.add(.get, "/livez", constant: .text("ok"))
        router.add(.get, "/readyz") { _ in
            guard await Self.isReady(foundations) else {
                return .text("the database cannot be reached", status: .serviceUnavailable)
            }
            return .text("ok")
        }
        router.add(.get, "/metrics") { _ in
            Response(
                status: .ok, headers: ["Content-Type": "text/plain; version=0.0.4"],
                body: .bytes(Array(foundations.metrics.render().utf8)))
        }
        router.add(.get, "/v1/status", operation: "get_service_status") { _ in
            let status = await Self.isReady(foundations) ? "healthy" : "degraded"
            return try .json(
                JSONValue.object([
                    "status": .string(status), "timestamp": .string(foundations.dateSource.now.description),
                    "details": ["service": "trellis"],
                ]))
        }
    }

    private static func isReady(_ foundations: Foundations) async -> Bool {
        (try? await foundations.database.query("SELECT 1")) != nil
    }
}
