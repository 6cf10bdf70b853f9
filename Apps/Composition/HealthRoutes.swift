internal import AuditPostgres
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
        router.describe("Platform") { Self.descriptions }
        let foundations = foundations
        router.add(.get, "/livez", operation: "get_liveness", constant: .text("ok"))
        router.add(.get, "/readyz", operation: "get_readiness") { _ in
            guard await Self.isReady(foundations) else {
                return .text("the database cannot be reached", status: .serviceUnavailable)
            }
            let reasons = await Self.degradations(foundations)
            return .text((["ok"] + reasons.map { "degraded: \($0)" }).joined(separator: "\n"))
        }
        router.add(.get, "/metrics", operation: "get_metrics") { _ in
            Response(
                status: .ok, headers: ["Content-Type": "text/plain; version=0.0.4"],
                body: .bytes(Array(foundations.metrics.render().utf8)))
        }
        router.add(.get, "/v1/status", operation: "get_service_status") { _ in
            let isReady = await Self.isReady(foundations)
            let isWhole = isReady ? await Self.degradations(foundations).isEmpty : false
            let status = isWhole ? "healthy" : "degraded"
            return try .json(
                JSONValue.object([
                    "status": .string(status), "timestamp": .string(foundations.dateSource.now.description),
                    "details": ["service": "trellis"],
                ]))
        }
    }

    private static var descriptions: [RouteDescription] {
        [
            RouteDescription("get_liveness", "Tells whether the process runs.", for: .everybody).answers(.ok, "It does.", as: "text/plain"),
            RouteDescription("get_readiness", "Tells whether the process can answer requests.", for: .everybody)
                .answers(.ok, "It can.", as: "text/plain").noting(
                    "503 as long as the database cannot be reached; what does not work as it should is told in further lines."),
            RouteDescription("get_metrics", "Gives the figures of the process in Prometheus' format.", for: .everybody)
                .answers(.ok, "The figures.", as: "text/plain"),
            RouteDescription("get_service_status", "Tells how the service is.", for: .everybody)
                .answers(
                    .ok, "How it is.",
                    .object(
                        "HealthStatus",
                        ["status": .words("healthy", "degraded"), "timestamp": .instant, "details": .object(["service": .text("trellis")])])
                ),
        ]
    }

    /// What works less well than it should and stops nobody (AUD-041).
    private static func degradations(_ foundations: Foundations) async -> [String] {
        let backlog = try? await AuditBacklog.current(in: foundations.database)
        return backlog?.state == .degraded ? [AuditBacklog.reason] : []
    }

    private static func isReady(_ foundations: Foundations) async -> Bool {
        (try? await foundations.database.query("SELECT 1")) != nil
    }
}
