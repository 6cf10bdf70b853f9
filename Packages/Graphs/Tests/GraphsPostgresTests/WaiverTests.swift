import Audit
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Operations
import PlatformTesting
import Postgres
import Testing

/// Graphs whose destruction has begun, and whose host is lost (GRA-050).
@Suite struct WaiverTests {
    private func waive(_ id: GraphID, _ deployment: Deployment) async throws {
        let now = deployment.clock.now
        try await deployment.store.withTransaction(.system) { transaction in
            let graph = try #require(try await transaction.lockedGraph(id))
            try await FinalBackupWaiver().waive(
                for: graph, because: "the machine burned down", by: .system(component: "test"), at: now, in: transaction)
        }
    }

    private func delete(_ id: GraphID, _ deployment: Deployment) async throws {
        _ = try await deployment.services.graphs.delete(
            id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
    }

    private func loseHost(_ deployment: Deployment) async throws {
        for _ in 0..<40 { deployment.engine.fail(.before("mode")) }
        try await deployment.database.adminClient.execute(
            "UPDATE graphs.graph_host SET state = 'draining', is_given_up = true WHERE name = 'local'")
    }

    @Test
    func `GRA-050 AUD-125 a graph on a host that was given up ends without a final backup when operators say so, and nothing is dropped`()
        async throws
    {
        try await Deployment.with { deployment in
            let database = deployment.database.adminClient
            let id = try await deployment.activeGraph()
            await #expect(throws: WaiverRefusal.notBeingDestroyed(.active)) { try await waive(id, deployment) }
            for _ in 0..<40 { deployment.engine.fail(.before("mode")) }
            try await delete(id, deployment)
            for _ in 0..<4 { try await deployment.advance(.hours(1)) }
            #expect(try await deployment.graph(id).status == .deprovisioning)

            // A host that only does not answer is waited for; the database says so as well.
            await #expect(throws: WaiverRefusal.hostNotLost(name: "local")) { try await waive(id, deployment) }
            await #expect(throws: PostgresError.self) {
                try await database.execute("UPDATE graphs.teardown SET waived_at = now() WHERE graph_id = \(id.description)")
            }
            #expect(try await deployment.audit("final_backup_waived") == 0)
            try await loseHost(deployment)
            for _ in 1...2 { try await waive(id, deployment) }
            for change in ["waived_at = NULL", "absent_at = now()"] as [Statement] {
                await #expect(throws: PostgresError.self) {
                    try await database.execute("UPDATE graphs.teardown SET \(fragment: change) WHERE graph_id = \(id.description)")
                }
            }
            // At once, not at the next attempt of the step that waits.
            try await deployment.worker.drain()

            #expect(try await deployment.graph(id).status == .deprovisioned)
            for type in ["final_backup_waived", "graph_admin_deprovisioned", "graph_deprovisioned"] {
                #expect(try await deployment.audit(type) == 1, "\(type)")
            }
            #expect(try await deployment.audit("final_backup_completed") == 0)
            let entry = try #require(
                try await database.query(
                    """
                    SELECT risk, ref_graph, ref_graph_host = (SELECT id FROM graphs.graph_host WHERE name = 'local') AS of_host, ref_backup
                    FROM audit.entry WHERE type = 'final_backup_waived'
                    """
                ).first)
            #expect(try entry.decode("risk", as: String.self) == "critical" && entry.decode("ref_graph", as: String.self) == id.description)
            #expect(try entry.decode("of_host", as: Bool.self))
            let result = try #require(
                try await database.query(
                    "SELECT result FROM operations.operation WHERE kind = 'graph-teardown' AND graph_id = \(id.description) AND status = 'completed'"
                ).first
            ).decode("result", as: JSONValue.self)
            #expect(result["final_backup_waived"] == true && result["final_backup_id"] == nil)
            // What is on the host is as it was.
            deployment.engine.heal()
            #expect(try await database.query("SELECT FROM graphs.host_slot WHERE state <> 'free'").isEmpty)
            let place = EngineGraph(host: HostReference(name: "local"), graph: id)
            #expect(try await !deployment.engine.objects(of: place).isEmpty)
        }
    }

    @Test func `GRA-050 a subgraph of a lost host goes with its parent, and a host that answers again is not lost any more`() async throws {
        try await Deployment.with { deployment in
            let parent = try await deployment.activeGraph()
            _ = try await deployment.services.subgraphs.create(
                SubgraphWish(
                    name: "notes", displayName: "Notes", description: nil, extensions: nil, kind: nil, metadata: nil, forksParent: false),
                under: parent, key: nil, as: deployment.caller)
            try await deployment.worker.drain()
            let subgraph = try #require(GraphID(parent: parent, name: "notes"))
            for _ in 0..<40 { deployment.engine.fail(.before("mode")) }
            try await delete(parent, deployment)
            try await loseHost(deployment)
            let host = try #require(try await deployment.graph(parent).host)
            // A probe hears it.
            _ = try await deployment.store.noteProbe(
                of: host, HostFacts(serverVersion: "15", mayMaintain: true, memoryMegabytes: 1_024), threshold: 3)
            await #expect(throws: WaiverRefusal.hostNotLost(name: "local")) { try await waive(parent, deployment) }
            try await loseHost(deployment)
            try await waive(parent, deployment)
            for _ in 0..<3 { try await deployment.advance(.minutes(10)) }
            for graph in [parent, subgraph] { #expect(try await deployment.graph(graph).status == .deprovisioned) }
            #expect(try await deployment.audit("final_backup_waived") == 2)
            #expect(try await deployment.audit("subgraph_deleted") == 1)
        }
    }
}
