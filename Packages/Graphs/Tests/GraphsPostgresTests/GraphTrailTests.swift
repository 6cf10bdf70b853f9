import Core
import Graphs
import GraphsPostgres
import JobsTesting
import Operations
import PlatformTesting
import Postgres
import Testing

extension Deployment {
    /// The entries about the life of a graph in their order: type, risk, and whether they name its org and what pays for it.
    fileprivate func life(of graph: GraphID) async throws -> (lines: [String], areComplete: Bool) {
        let rows = try await database.adminClient.query(
            """
            SELECT type, risk, ref_org IS NOT NULL AND ref_subscription IS NOT NULL AS whole FROM audit.entry
            WHERE ref_graph = \(graph.description) AND type LIKE 'graph\\_%' AND type NOT LIKE 'graph\\_credential%' AND type <> 'graph_mutation'
            ORDER BY recorded_at, id
            """)
        return (
            try rows.map { "\(try $0.decode("type", as: String.self)) \(try $0.decode("risk", as: String.self))" },
            try rows.allSatisfy { try $0.decode("whole", as: Bool.self) }
        )
    }

    fileprivate func delete(_ id: GraphID, atPeriodEnd: Bool) async throws {
        _ = try await services.graphs.delete(
            id, confirmation: id.description, atPeriodEnd: atPeriodEnd, key: nil, as: GraphCaller(user: owner, org: org))
    }
}

/// What the log says of a graph, from the wish for it to its end.
@Suite struct GraphTrailTests {
    @Test func `AUD-122 an immediate deletion is asked for, torn down and told as gone, each once`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await deployment.delete(id, atPeriodEnd: false)
            try await deployment.worker.drain()
            let (lines, areComplete) = try await deployment.life(of: id)
            #expect(
                lines == [
                    "graph_create_requested low", "graph_provisioned low", "graph_deleted medium", "graph_teardown_started high",
                    "graph_deprovisioned high",
                ])
            #expect(areComplete)
        }
    }

    @Test func `AUD-122 a deletion with the period closes the graph first and destroys it when its time is over`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await deployment.delete(id, atPeriodEnd: true)
            for _ in 0..<3 { try await deployment.advance(.days(31)) }
            #expect(try await deployment.graph(id).status == .deprovisioned)
            let (lines, areComplete) = try await deployment.life(of: id)
            #expect(
                lines == [
                    "graph_create_requested low", "graph_provisioned low", "graph_deleted medium", "graph_suspended medium",
                    "graph_teardown_started high", "graph_deprovisioned high",
                ])
            #expect(areComplete)
        }
    }

    @Test func `AUD-122 a teardown that does not get on is told once for its step, as critical, and ends when it can`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await deployment.delete(id, atPeriodEnd: false)
            for _ in 0..<9 { deployment.engine.fail(.before("list")) }
            for _ in 0..<8 { try await deployment.advance(.hours(1)) }
            let stuck = try await deployment.life(of: id).lines
            #expect(stuck.count { $0 == "graph_teardown_stuck critical" } == 1)
            #expect(!stuck.contains("graph_deprovisioned high"))
            deployment.engine.heal()
            for _ in 0..<3 { try await deployment.advance(.hours(2)) }
            #expect(try await deployment.life(of: id).lines.last == "graph_deprovisioned high")
        }
    }
}
