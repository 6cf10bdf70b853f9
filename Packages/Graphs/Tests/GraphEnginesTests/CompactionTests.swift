import Core
import Graphs
import Operations
import Postgres
import Testing

@testable import GraphEngines

/// Dead space of a database, and how it is given back.
@Suite struct CompactionTests {
    @Test func `GRA-096 after half of a graph was deleted, compacting it lowers the measure, and what is left is what was left`()
        async throws
    {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            let login = try await fixture.login(graph)
            try await fixture.connected(as: login) { client in
                // Rows that differ, so that what is kept beside the table does not pack them away.
                _ = try await client.execute(
                    """
                    INSERT INTO graph.node (label, key, props)
                    SELECT 'Line', g::text, jsonb_build_object('t', md5(g::text) || md5((g + 1)::text) || md5((g + 2)::text))
                    FROM generate_series(1, 20000) g
                    """)
                _ = try await client.execute(
                    "INSERT INTO graph.edge (type, src, dst) SELECT 'NEXT', a.id, a.id FROM graph.node a WHERE a.id % 4 = 0")
            }
            let full = try await fixture.engine.space(of: graph, timeout: .seconds(300))
            try await fixture.connected(as: login) { client in
                _ = try await client.execute("DELETE FROM graph.node WHERE key::integer % 2 = 1")
            }
            let half = try await fixture.engine.space(of: graph, timeout: .seconds(300))
            #expect(half.freeBytes > full.freeBytes + 1_500_000, "\(full) \(half)")
            #expect(half.bytes > full.bytes - 500_000, "deleting alone gives nothing back: \(full) \(half)")
            let before = try await fixture.engine.facts(graph, within: .seconds(300))

            try await fixture.engine.compact(graph, timeout: .seconds(300), fixture.warrant)
            let compact = try await fixture.engine.space(of: graph, timeout: .seconds(300))
            #expect(compact.bytes < half.bytes - 1_500_000, "\(half) \(compact)")
            #expect(compact.freeBytes < half.freeBytes / 4, "\(half) \(compact)")
            let measured = try await fixture.engine.measure(graph.host).first { $0.graph == graph.graph }?.bytes
            #expect(try #require(measured) < half.bytes - 1_500_000)

            // What it holds, who may do what, and what is counted are as they were.
            let after = try await fixture.engine.facts(graph, within: .seconds(300))
            #expect(after.nodes == ["Line": 10_000] && after.nodes == before.nodes && after.edges == before.edges)
            #expect(try await fixture.engine.recount(graph, timeout: .seconds(300)).isEmpty)
            try await fixture.connected(as: login) { client in
                _ = try await client.execute("INSERT INTO graph.node (label, key) VALUES ('Line', 'new')")
                let hostile = await #expect(throws: PostgresError.self) {
                    try await client.execute("UPDATE graph.counter SET count = 0")
                }
                #expect(hostile?.sqlState == "42501")
            }
            // A second time it finds nothing to do, and does no harm.
            try await fixture.engine.compact(graph, timeout: .seconds(300), fixture.warrant)
            #expect(try await fixture.engine.facts(graph, within: .seconds(300)).nodes == ["Line": 10_001])
        }
    }

    @Test func `GRA-033 the statistics of a graph are made anew by one call`() async throws {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            let administrator = fixture.host.url(ofDatabase: graph.graph.databaseName)
            func known() async throws -> Double {
                try await fixture.engine.connections.once(url: administrator, statementTimeout: .seconds(300)) { client in
                    let rows = try await client.query("SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = 'graph.node'::regclass")
                    return try #require(rows.first).decode("rows")
                }
            }
            try await fixture.connected(as: try await fixture.login(graph)) { client in
                _ = try await client.execute("INSERT INTO graph.node (label) SELECT 'A' FROM generate_series(1, 40)")
            }
            try await fixture.engine.refreshStatistics(of: graph, timeout: .seconds(300))
            #expect(try await known() == 40)
        }
    }
}
