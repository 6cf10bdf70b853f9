import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import GraphEngines

/// How often something happened.
private final class Counter: Sendable {
    private let number = Mutex(0)

    var count: Int { number.withLock(\.self) }

    func add() { number.withLock { $0 += 1 } }
}

/// A worker that is paused past its lease and woken when another has done its work.
@Suite struct PausedWorkerTests {
    /// Its lease lapses, as the rescue of lapsed leases leaves it, and another worker does whatever is due.
    private func takenOver(_ deployment: Deployment, _ happened: Counter) async throws {
        try await deployment.database.adminClient.execute(
            "UPDATE jobs.job SET lease_by = NULL, deadline = NULL, lease_token = lease_token + 1 WHERE lease_by IS NOT NULL")
        try await deployment.worker.drain()
        happened.add()
    }

    @Test(arguments: ["principals", "database", "limits", "schema", "verify"])
    func `GRA-015 what a woken worker brings of a creation is refused, and there is one of everything`(_ call: String) async throws {
        try await Deployment.with { deployment in
            for moment in [FaultyEngine.Moment.before, .after] {
                let happened = Counter()
                let operation = try await deployment.create().operation
                let id = try #require(operation.graph.flatMap { GraphID($0) })
                deployment.engine.pause(moment, call) { try await takenOver(deployment, happened) }
                let runs = try await deployment.worker.drain()
                #expect(happened.count == 1)
                #expect(runs.contains { $0.outcome == "lost" }, "\(moment): \(runs)")
                #expect(try await deployment.operation(operation.id).status == .completed, "\(moment)")
                #expect(try await deployment.graph(id).status == .active)
                #expect(
                    try await deployment.objects(of: id) == ["d:\(id)", "r:\(id)", "r:\(id)__ro", "r:\(id)__rw"], "\(moment)")
                #expect(try await deployment.subscription(of: id).status == .active)
                let slots = try await deployment.database.adminClient.query(
                    "SELECT FROM graphs.host_slot WHERE graph_id = \(id.description) AND state = 'occupied'")
                #expect(slots.count == 1)
                #expect(try await deployment.auditTypes(of: id).count { $0 == "graph_provisioned" } == 1)
            }
        }
    }

    @Test(arguments: ["mode", "dump", "list", "drop", "dropPrincipals", "objects"])
    func `GRA-015 what a woken worker brings of a destruction is refused, and the graph is gone once, with one final backup`(_ call: String)
        async throws
    {
        try await Deployment.with { deployment in
            for moment in [FaultyEngine.Moment.before, .after] {
                let happened = Counter()
                let id = try await deployment.activeGraph()
                _ = try await deployment.services.graphs.delete(
                    id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
                deployment.engine.pause(moment, call) { try await takenOver(deployment, happened) }
                for _ in 0..<2 {
                    try await deployment.worker.drain()
                    deployment.clock.advance(by: .hours(1))
                }
                #expect(happened.count == 1, "\(moment)")
                #expect(try await deployment.graph(id).status == .deprovisioned, "\(moment)")
                #expect(try await deployment.objects(of: id).isEmpty, "\(moment)")
                let finals = try await deployment.store.backups(of: id)
                #expect(finals.count == 1 && finals.first?.verifiedAt != nil, "\(moment)")
                #expect(try await deployment.auditTypes(of: id).count { $0 == "graph_deprovisioned" } == 1, "\(moment)")
            }
        }
    }

    @Test(arguments: ["dump", "load", "loaded", "mode", "switch"])
    func `GRA-015 what a woken worker brings of a restore is refused, and the graph is switched over once`(_ call: String) async throws {
        try await Deployment.with { deployment in
            for moment in [FaultyEngine.Moment.before, .after] {
                let happened = Counter()
                let id = try await deployment.activeGraph()
                _ = try await deployment.services.backups.request(
                    BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil), of: id, key: nil,
                    as: deployment.caller)
                try await deployment.worker.drain()
                let backup = try #require(try await deployment.store.backups(of: id).first)
                let operation = try await deployment.services.backups.restore(
                    backup.id, of: id, confirmation: id.description, key: nil, as: deployment.caller
                ).operation
                deployment.engine.pause(moment, call) { try await takenOver(deployment, happened) }
                for _ in 0..<2 {
                    try await deployment.worker.drain()
                    deployment.clock.advance(by: .hours(1))
                }
                #expect(happened.count == 1, "\(moment)")
                #expect(try await deployment.operation(operation.id).status == .completed, "\(moment)")
                #expect(try await deployment.graph(id).mode == .full, "\(moment)")
                #expect(try await deployment.objects(of: id).filter { $0.hasPrefix("d:") }.count == 2, "\(moment)")
                let facts = try #require(try await deployment.services.graphs.facts(of: deployment.graph(id)))
                #expect(facts.nodes == ["Entity": 1], "\(moment)")
                _ = try await deployment.services.graphs.delete(
                    id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
                try await deployment.advance(.hours(1))
            }
        }
    }
}
