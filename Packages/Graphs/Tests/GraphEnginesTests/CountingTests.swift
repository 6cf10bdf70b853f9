import Core
import Graphs
import Operations
import Postgres
import Testing

@testable import GraphEngines

/// Numbers that look random and are the same in every run.
private struct Dice {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func roll(_ sides: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(sides))
    }
}

/// Counts that are kept with the rows.
@Suite struct CountingTests {
    /// How many there are, counted one by one.
    private func counted(_ client: PostgresClient, _ table: String, _ column: String) async throws -> [String: Int64] {
        let rows = try await client.query(Statement("SELECT \(column) AS name, count(*) AS n FROM graph.\(table) GROUP BY 1", []))
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.decode("name"), try $0.decode("n")) })
    }

    /// The next of many different changes; some change many rows, some none.
    private func change(_ dice: inout Dice) -> String {
        let (label, other) = ("L\(dice.roll(3))", "L\(dice.roll(3))")
        let (type, another) = ("T\(dice.roll(2))", "T\(dice.roll(2))")
        let (some, rest) = (2 + dice.roll(5), dice.roll(2))
        return switch dice.roll(9) {
        case 0, 1: "INSERT INTO node (label) SELECT '\(label)' FROM generate_series(1, \(some))"
        case 2: "INSERT INTO node (label) VALUES ('\(label)'), ('\(other)')"
        case 3: "UPDATE node SET label = '\(other)' WHERE label = '\(label)' AND id % \(some) = \(rest)"
        case 4: "UPDATE node SET props = '{\"a\": 1}' WHERE label = '\(label)'"
        case 5, 6:
            "INSERT INTO edge (type, src, dst) SELECT '\(type)', a.id, b.id FROM node a JOIN node b ON b.id = a.id + 1 WHERE a.id % \(some) = \(rest)"
        case 7: "UPDATE edge SET type = '\(another)' WHERE type = '\(type)' AND id % \(some) = \(rest)"
        // What the node's end takes with it is counted as well.
        default: "DELETE FROM node WHERE label = '\(label)' AND id % \(some) = \(rest)"
        }
    }

    @Test func `GRA-113 after whatever was written the counters say what a full count says, and one question gives the sizes of a host`()
        async throws
    {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            let empty = try await fixture.engine.measure(graph.host).first { $0.graph == graph.graph }?.bytes
            let login = try await fixture.login(graph)
            var dice = Dice()
            try await fixture.connected(as: login) { client in
                for step in 1...60 {
                    _ = try await client.execute(Statement(change(&dice), []))
                    // What is taken back counts for nothing.
                    if step % 10 == 0 {
                        let discarded = Statement(change(&dice), [])
                        await #expect(throws: CancellationError.self) {
                            try await client.withTransaction(scope: .none) { transaction in
                                _ = try await transaction.execute(discarded)
                                throw CancellationError()
                            }
                        }
                    }
                    guard step % 6 == 0 else { continue }
                    let facts = try await fixture.engine.facts(graph, within: .seconds(300))
                    #expect(try await facts.nodes == counted(client, "node", "label"), "\(step)")
                    #expect(try await facts.edges == counted(client, "edge", "type"), "\(step)")
                }
                #expect(try await counted(client, "edge", "type").count == 2)
                _ = try await client.execute(
                    "INSERT INTO node (label, props) SELECT 'Large', jsonb_build_object('t', md5(g::text)) FROM generate_series(1, 5000) g")
            }
            #expect(try await fixture.engine.recount(graph, timeout: .seconds(300)).isEmpty)
            let measured = try await fixture.engine.measure(graph.host).first { $0.graph == graph.graph }?.bytes
            #expect(try #require(measured) > (try #require(empty)))
        }
    }

    @Test
    func `GRA-113 a full count sets counters right that say otherwise, in a graph of old as well, and keeps the time of the last change`()
        async throws
    {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            let login = try await fixture.login(graph)
            let administrator = fixture.host.url(ofDatabase: graph.graph.databaseName)
            try await fixture.connected(as: login) { client in
                _ = try await client.execute("INSERT INTO node (label) VALUES ('A'), ('A'), ('B')")
            }
            let before = try await fixture.engine.facts(graph, within: .seconds(300)).lastModified
            try await fixture.engine.connections.once(url: administrator, statementTimeout: .seconds(300)) { client in
                _ = try await client.execute("DROP TRIGGER count_moved ON graph.node")
                _ = try await client.execute("UPDATE graph.node SET label = 'C' WHERE label = 'B'")
                _ = try await client.execute("UPDATE graph.counter SET count = count + 5 WHERE name = 'A'")
            }
            let drift = try await fixture.engine.recount(graph, timeout: .seconds(300))
            #expect(
                drift == [
                    CountDrift(kind: "node", name: "A", counted: 7, found: 2), CountDrift(kind: "node", name: "B", counted: 1, found: 0),
                    CountDrift(kind: "node", name: "C", counted: 0, found: 1),
                ])
            #expect(try await fixture.engine.recount(graph, timeout: .seconds(300)).isEmpty)
            let facts = try await fixture.engine.facts(graph, within: .seconds(300))
            #expect(facts.nodes == ["A": 2, "C": 1])
            #expect(facts.lastModified == before)
            // From now on it counts what moves.
            try await fixture.connected(as: login) { client in
                _ = try await client.execute("UPDATE node SET label = 'B' WHERE label = 'C'")
                let hostile = await #expect(throws: PostgresError.self) { try await client.execute("UPDATE counter SET count = 0") }
                #expect(hostile?.sqlState == "42501")
            }
            #expect(try await fixture.engine.facts(graph, within: .seconds(300)).nodes == ["A": 2, "B": 1])
        }
    }
}
