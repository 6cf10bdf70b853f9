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
import Testing

@testable import GraphEngines

@Suite struct StorageCapTests {
    private func sample(_ deployment: Deployment, sized bytes: Int64? = nil) async throws {
        deployment.engine.pretend(bytes)
        deployment.clock.advance(by: .minutes(5))
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(SampleStorage(), .standard) }
        try await deployment.worker.drain()
    }

    private func told(_ deployment: Deployment) async throws -> [Int64] {
        try await deployment.database.adminClient.query(
            "SELECT (payload ->> 'percent')::bigint AS percent FROM jobs.event WHERE topic = 'graphs.storage_threshold_reached' ORDER BY id"
        ).map { try $0.decode("percent") }
    }

    private let cap = Int64(10) << 30

    @Test func `GRA-094 one sample above the cap lets tenants delete and nothing else, one at the cap lets them write again`() async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let login = try await deployment.services.credentials.issue(
                on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller
            ).login
            func attempt(_ sql: String) async throws -> Bool {
                try await deployment.connected(as: login) { client in
                    (try? await client.execute(Statement(sql, []))) != nil
                }
            }
            #expect(try await attempt("INSERT INTO graph.node (label, key) VALUES ('Note', 'a')"))
            try await sample(deployment, sized: cap + 1)
            #expect(try await deployment.graph(id).mode == .shrink)
            #expect(try await deployment.graph(id).isOverStorageCap)
            #expect(try await !attempt("INSERT INTO graph.node (label, key) VALUES ('Note', 'b')"))
            #expect(try await !attempt("UPDATE graph.node SET key = 'c' WHERE label = 'Note'"))
            #expect(try await attempt("DELETE FROM graph.node WHERE label = 'Note'"))
            // What its subscription allows is decided as before, and the cap lowers it all the same.
            try await deployment.store.withTransaction(.system) {
                try await $0.enqueue(ReconcileGraph(graph: id), .standard)
            }
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).mode == .shrink)
            try await sample(deployment, sized: cap)
            #expect(try await deployment.graph(id).mode == .full)
            #expect(try await attempt("INSERT INTO graph.node (label, key) VALUES ('Note', 'd')"))
            try await sample(deployment)
        }
    }

    @Test
    func
        `OPS-121 GRA-095 AUD-123 reaching 80 or passing 100 percent is told once, again after seven days or after falling five points below`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let percent = cap / 100
            try await sample(deployment, sized: percent * 79)
            #expect(try await told(deployment).isEmpty)
            try await sample(deployment, sized: percent * 80 + 100)
            try await sample(deployment, sized: percent * 85)
            #expect(try await told(deployment) == [80])
            // Four points below is no fall.
            try await sample(deployment, sized: percent * 76)
            try await sample(deployment, sized: percent * 81)
            #expect(try await told(deployment) == [80])
            try await sample(deployment, sized: percent * 75)
            try await sample(deployment, sized: percent * 81)
            #expect(try await told(deployment) == [80, 80])
            try await sample(deployment, sized: cap)
            #expect(try await told(deployment) == [80, 80])
            try await sample(deployment, sized: cap + 1)
            try await sample(deployment, sized: cap + 2)
            #expect(try await told(deployment) == [80, 80, 100])
            deployment.clock.advance(by: .days(6))
            try await sample(deployment, sized: cap + 2)
            #expect(try await told(deployment) == [80, 80, 100])
            deployment.clock.advance(by: .days(1))
            try await sample(deployment, sized: cap + 2)
            #expect(try await told(deployment) == [80, 80, 100, 100])
            // The log says the same.
            let entries = try await deployment.database.adminClient.query(
                """
                SELECT (data ->> 'percent')::bigint AS percent, risk FROM audit.entry
                WHERE type = 'graph_capacity_warning' AND ref_graph = \(id.description) ORDER BY occurred_at, (data ->> 'percent')::bigint
                """)
            #expect(try entries.map { try $0.decode("percent", as: Int64.self) } == [80, 80, 100, 100])
            #expect(try entries.allSatisfy { try $0.decode("risk", as: String.self) == "medium" })
        }
    }
}
