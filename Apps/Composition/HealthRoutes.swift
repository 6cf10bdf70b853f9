internal import AuditPostgres
internal import Core
internal import GraphsPostgres
public import HTTPServer
public import JobsPostgres
internal import Observability
internal import Postgres
internal import Synchronization

/// What load balancers and monitors ask (OPS-085).
public struct HealthRoutes: Sendable {
    private let product: Product
    private let worker: Worker?
    private let coverage = BackupCoverage()

    /// Makes the routes of a process.
    ///
    /// - Parameter worker: its worker, where it is one.
    public init(_ product: Product, worker: Worker?) {
        self.product = product
        self.worker = worker
    }

    /// Adds `/livez`, `/readyz`, `/startupz`, `/metrics` and `/v1/status` to a table.
    public func register(on router: inout Router) {
        router.describe("Platform") { Self.descriptions }
        registerProbes(on: &router)
        let foundations = product.foundations
        router.add(.get, "/v1/status", operation: "get_service_status") { _ in
            let isReady = await obstacles().isEmpty
            let isWhole = isReady ? await Self.isSealed(foundations) : false
            let status = isWhole ? "healthy" : "degraded"
            return try .json(
                JSONValue.object([
                    "status": .string(status), "timestamp": .string(foundations.dateSource.now.description),
                    "details": ["service": "trellis"],
                ]))
        }
    }

    /// Adds what a process that serves no customers has of these.
    public func registerProbes(on router: inout Router) {
        // Nothing is asked for it: whatever else is down, a process that answers is not to be killed for it.
        router.add(.get, "/livez", operation: "get_liveness", constant: .text("ok"))
        router.add(.get, "/readyz", operation: "get_readiness") { _ in
            let obstacles = await obstacles()
            guard obstacles.isEmpty else { return Self.refusal(obstacles) }
            return .text((["ok"] + (await degradations()).map { "degraded: \($0)" }).joined(separator: "\n"))
        }
        router.add(.get, "/startupz", operation: "get_start") { [foundations = product.foundations] _ in
            let missing = await foundations.schemaProblems()
            return missing.isEmpty ? .text("ok") : Self.refusal(missing)
        }
        router.add(.get, "/metrics", operation: "get_metrics") { [metrics = product.foundations.metrics] _ in
            Response(
                status: .ok, headers: ["Content-Type": "text/plain; version=0.0.4"],
                body: .bytes(Array(metrics.render().utf8)))
        }
    }

    private static func refusal(_ lines: [String]) -> Response {
        .text(lines.joined(separator: "\n"), status: .serviceUnavailable)
    }

    private static var descriptions: [RouteDescription] {
        [
            RouteDescription("get_liveness", "Tells whether the process runs.", for: .everybody).answers(.ok, "It does.", as: "text/plain"),
            RouteDescription("get_readiness", "Tells whether the process can answer requests.", for: .everybody)
                .answers(.ok, "It can.", as: "text/plain").noting(
                    "503 with a line for each reason as long as it cannot; what does not work as it should is told in further lines."),
            RouteDescription("get_start", "Tells whether the process has what it needs to begin.", for: .everybody)
                .answers(.ok, "It has.", as: "text/plain").noting("503 as long as the database lacks a migration."),
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

    /// Why the process cannot work.
    private func obstacles() async -> [String] {
        var obstacles = await product.foundations.schemaProblems()
        if let clock = product.foundations.sandboxClock, obstacles.isEmpty, (try? await clock.isCurrent()) != true {
            obstacles.append("the clock is being moved")
        }
        return obstacles + (worker?.health.obstacles ?? [])
    }

    /// What works less well than it should and stops nobody.
    private func degradations() async -> [String] {
        let foundations = product.foundations
        var reasons = (try? await QueueHealth.reasons(in: foundations.database, now: foundations.dateSource.now)) ?? []
        if !(await Self.isSealed(foundations)) { reasons.append(AuditBacklog.reason) }
        if await coverage.isMissing(in: product) { reasons.append("backup_coverage") }
        return reasons + (worker?.health.warnings ?? [])
    }

    /// Whether entries get their links in time (AUD-041).
    private static func isSealed(_ foundations: Foundations) async -> Bool {
        (try? await AuditBacklog.current(in: foundations.database))?.state != .degraded
    }
}

/// Whether some graph has had no backup for two days (OPS-124). That is looked for once a minute: it changes once a day.
private final class BackupCoverage: Sendable {
    private let last = Mutex<(at: ContinuousClock.Instant, isMissing: Bool)?>(nil)

    func isMissing(in product: Product) async -> Bool {
        if let last = last.withLock(\.self), last.at.duration(to: .now) < .seconds(60) { return last.isMissing }
        let found = try? await product.store.graphsWithoutBackup(at: product.foundations.dateSource.now, after: nil, limit: 1)
        let isMissing = found?.isEmpty == false
        last.withLock { $0 = (.now, isMissing) }
        return isMissing
    }
}
