import Core
import Graphs
import Operations
import Postgres
import Testing

@testable import GraphEngines

@Suite struct ProvisioningEngineTests {
    @Test func `every step done twice leaves one database, one set of roles and a graph that a tenant can use`() async throws {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            try await fixture.provision(graph)
            let objects = try await fixture.engine.objects(of: graph)
            #expect(objects.filter { $0.kind == .database }.map(\.name) == [graph.graph.databaseName])
            #expect(
                objects.filter { $0.kind == .role }.map(\.name).sorted() == [
                    graph.graph.databaseName, graph.graph.readersRole, graph.graph.writersRole,
                ])
            let login = try await fixture.login(graph)
            let found: Int64 = try await fixture.connected(as: login) { client in
                _ = try await client.execute("INSERT INTO node (label, key) VALUES ('Person', 'ada'), ('Person', 'grace')")
                _ = try await client.execute(
                    "INSERT INTO edge (type, src, dst) SELECT 'KNOWS', a.id, b.id FROM node a, node b WHERE a.key = 'ada' AND b.key = 'grace'"
                )
                return try await client.query("SELECT count(*) AS n FROM edge").first?.decode("n") ?? 0
            }
            #expect(found == 1)
            let facts = try await fixture.engine.facts(graph, within: .seconds(300))
            #expect(facts.nodes == ["Person": 2])
            #expect(facts.edges == ["KNOWS": 1])
            #expect(facts.bytes > 0)
        }
    }

    @Test func `a scratch database left by a killed process is made again, and nothing unmarked stays`() async throws {
        try await EngineFixture.with { fixture, graph in
            try await fixture.engine.createPrincipals(graph, fixture.warrant)
            let scratch = fixture.engine.scratchName(graph, fixture.warrant)
            let maintainer = PostgresHostPreparation.maintenanceRole
            _ = try await fixture.administrator.execute("CREATE DATABASE \(identifier: scratch) OWNER \(identifier: maintainer)")
            try await fixture.engine.createDatabase(graph, limits: fixture.limits, fixture.warrant)
            let databases = try await fixture.engine.objects(of: graph).filter { $0.kind == .database }
            #expect(databases.map(\.name) == [graph.graph.databaseName])
            #expect(databases.first?.marker?.contains(fixture.deployment) == true)
        }
    }

    @Test func `GRA-020 an object with our name and a foreign or missing marker is not adopted, altered or dropped`() async throws {
        try await EngineFixture.with { fixture, graph in
            let name = graph.graph.databaseName
            _ = try await fixture.administrator.execute("CREATE DATABASE \(identifier: name)")
            await #expect(throws: EngineError.self) {
                try await fixture.engine.createDatabase(graph, limits: fixture.limits, fixture.warrant)
            }
            await #expect(throws: EngineError.self) { try await fixture.engine.applyLimits(fixture.limits, to: graph, fixture.warrant) }
            await #expect(throws: EngineError.self) { try await fixture.engine.discardUnused(graph, fixture.warrant) }
            #expect(try await fixture.engine.objects(of: graph).map(\.name) == [name])
        }
    }

    @Test func `a creation is undone without a trace, and a graph in use is not discarded`() async throws {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            let login = try await fixture.login(graph)
            await #expect(throws: EngineError.self) { try await fixture.engine.discardUnused(graph, fixture.warrant) }
            try await fixture.engine.revoke(role: login.role, of: graph)
            try await fixture.engine.discardUnused(graph, fixture.warrant)
            #expect(try await fixture.engine.objects(of: graph).isEmpty)
            try await fixture.engine.discardUnused(graph, fixture.warrant)
        }
    }

    @Test func `GRA-106 a row that breaks a required or typed property is refused by the database`() async throws {
        let plan = SchemaPlan(
            version: "2.0.0",
            labels: [
                SchemaPlan.Label(
                    name: "Account",
                    properties: [
                        SchemaPlan.Property(name: "code", type: .string, isRequired: true, isKey: true),
                        SchemaPlan.Property(name: "balance", type: .integer, isRequired: false, isKey: false),
                    ])
            ],
            edgeTypes: [SchemaPlan.EdgeType(name: "OWNS", from: nil, to: "Account", properties: [])],
            entity: ["name": "Acme", "uri": "https://acme.example"])
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph, plan: plan)
            let login = try await fixture.login(graph)
            try await fixture.connected(as: login) { client in
                for bad in [#"{}"#, #"{"code": 7}"#, #"{"code": "a", "balance": "x"}"#, #"{"code": "a", "balance": 1.5}"#] {
                    let error = await #expect(throws: PostgresError.self) {
                        try await client.execute("INSERT INTO node (label, props) VALUES ('Account', (\(bad)::text)::jsonb)")
                    }
                    #expect(error?.isCheckViolation == true)
                }
                #expect(
                    try await client.execute(#"INSERT INTO node (label, props) VALUES ('Account', '{"code": "a", "balance": 2}')"#) == 1)
                let twice = await #expect(throws: PostgresError.self) {
                    try await client.execute(#"INSERT INTO node (label, props) VALUES ('Account', '{"code": "a"}')"#)
                }
                #expect(twice?.isUniqueViolation == true)
                let entity = try await client.query("SELECT props ->> 'name' AS name FROM node WHERE label = 'Entity'").first
                #expect(try entity?.decode("name", as: String.self) == "Acme")
            }
            #expect(try await fixture.engine.facts(graph, within: .seconds(300)).schemaVersion == "2.0.0")
        }
    }

    @Test(
        arguments: [
            ("XX000", true), ("53300", true), ("55006", true), ("40P01", true), ("57P01", true), ("42501", false), ("42P04", false),
            ("22023", false),
        ])
    func `a host's internal error, contention and shortage are worth another attempt, a refusal is not`(
        state: String, isRetryable: Bool
    ) async throws {
        try await EngineFixture.with { fixture, graph in
            let client = try fixture.engine.maintenance(graph.host)
            do {
                try await engineErrors {
                    _ = try await client.execute(
                        Statement("DO $body$ BEGIN RAISE EXCEPTION 'test' USING ERRCODE = '\(state)'; END $body$", []))
                }
                Issue.record("nothing was thrown")
            } catch let error as EngineError {
                #expect(error.isRetryable == isRetryable)
            }
        }
    }
}
