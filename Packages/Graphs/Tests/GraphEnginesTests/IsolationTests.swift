import Core
import Graphs
import Postgres
import Testing

@testable import GraphEngines

@Suite struct IsolationTests {
    @Test func `GRA-107 SEC-048 a login of one graph opens no other graph and no administrative database`() async throws {
        try await EngineFixture.with { fixture, first in
            try await fixture.provision(first)
            let login = try await fixture.login(first)
            try await EngineFixture.with { other, second in
                try await other.provision(second)
                for database in [second.graph.databaseName, "postgres", "template1", PostgresHostPreparation.template] {
                    await #expect(throws: (any Error).self, "\(database)") {
                        try await fixture.connected(as: login, database: database) { try await $0.query("SELECT 1") }
                    }
                }
                let own = try await fixture.connected(as: login) { try await $0.query("SELECT 1 AS one").count }
                #expect(own == 1)
            }
        }
    }

    private static let hostile = [
        "CREATE SCHEMA mine", "CREATE TABLE graph.mine (id int)", "CREATE TEMPORARY TABLE mine (id int)", "CREATE EXTENSION pg_trgm",
        "DROP TABLE graph.node", "ALTER TABLE graph.node ADD COLUMN x int", "TRUNCATE graph.node", "UPDATE graph.meta SET value = '9'",
        "UPDATE graph.counter SET count = 0", "CREATE ROLE friend", "ALTER DATABASE template1 CONNECTION LIMIT 1", "SELECT lo_create(0)",
        "SELECT pg_read_file('/etc/passwd')", "COPY graph.node TO '/out'", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT rolpassword FROM pg_authid", "SET ROLE trellis_maint", "SET SESSION AUTHORIZATION trellis_admin",
        "SET temp_file_limit = -1",
        "SELECT * FROM pg_hba_file_rules", "CREATE PUBLICATION p FOR ALL TABLES", "ALTER SYSTEM SET work_mem = '1GB'", "CHECKPOINT",
        "DROP SCHEMA graph CASCADE", "CREATE DATABASE mine", "DROP DATABASE postgres", "ALTER ROLE CURRENT_USER SUPERUSER",
        "ALTER ROLE CURRENT_USER CONNECTION LIMIT 1000", "GRANT trellis_maint TO CURRENT_USER", "LOAD 'auto_explain'",
        "SELECT pg_ls_dir('.')", "COPY (SELECT 1) TO PROGRAM 'id'", "SELECT lo_import('/etc/passwd')", "SELECT pg_reload_conf()",
        "ALTER TABLE graph.node OWNER TO CURRENT_USER",
    ]

    @Test func `GRA-105 SEC-226 every hostile statement of a tenant is refused`() async throws {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            let login = try await fixture.login(graph)
            try await fixture.connected(as: login) { client in
                for statement in Self.hostile {
                    await #expect(throws: PostgresError.self, "\(statement)") { try await client.execute(Statement(statement, [])) }
                }
            }
        }
    }

    @Test func `GRA-108 a mode binds open sessions at their next statement, and epochs apply in order`() async throws {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            let login = try await fixture.login(graph)
            try await fixture.connected(as: login) { client in
                #expect(try await client.execute("INSERT INTO node (label) VALUES ('A'), ('B')") == 2)
                try await fixture.engine.setMode(.shrink, epoch: 2, of: graph)
                await #expect(throws: PostgresError.self) { try await client.execute("INSERT INTO node (label) VALUES ('C')") }
                #expect(try await client.execute("DELETE FROM node WHERE label = 'A'") == 1)
                try await fixture.engine.setMode(.read, epoch: 3, of: graph)
                await #expect(throws: PostgresError.self) { try await client.execute("DELETE FROM node") }
                #expect(try await client.query("SELECT * FROM node").count == 1)
                try await fixture.engine.setMode(.full, epoch: 1, of: graph)
                await #expect(throws: PostgresError.self, "an older epoch changes nothing") { try await client.execute("DELETE FROM node") }
                try await fixture.engine.setMode(.none, epoch: 4, of: graph)
                await #expect(throws: (any Error).self) { try await client.query("SELECT * FROM node") }
            }
            await #expect(throws: (any Error).self) {
                try await fixture.connected(as: login) { try await $0.query("SELECT 1") }
            }
            try await fixture.engine.setMode(.full, epoch: 5, of: graph)
            #expect(try await fixture.connected(as: login) { try await $0.execute("DELETE FROM node") } == 1)
        }
    }

    @Test func `GRA-109 and GRA-111 a login has its tier's limits, and only a verifier of its password is on the host`() async throws {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            let login = try await fixture.login(graph)
            let row = try #require(
                try await fixture.administrator.query(
                    "SELECT rolconnlimit, rolpassword, array_to_string(setconfig, ' ') AS settings FROM pg_authid JOIN pg_db_role_setting s ON s.setrole = oid WHERE rolname = \(login.role)"
                ).first)
            #expect(try row.decode("rolconnlimit", as: Int32.self) == 10)
            #expect(try row.decode("rolpassword", as: String.self).hasPrefix("SCRAM-SHA-256$4096:"))
            let settings: String = try row.decode("settings")
            for setting in [
                "statement_timeout=30000ms", "idle_in_transaction_session_timeout=60000ms", "lock_timeout=10000ms", "temp_file_limit=1GB",
            ] {
                #expect(settings.contains(setting))
            }
            #expect(login.connectionString.withValue { $0.contains(graph.graph.databaseName) && $0.contains(login.role) })
            let reader = try await fixture.login(graph, .readOnly, suffix: 7)
            try await fixture.connected(as: reader) { client in
                let rows = try await client.query("SELECT * FROM node")
                #expect(rows.isEmpty)
                await #expect(throws: PostgresError.self) { try await client.execute("INSERT INTO node (label) VALUES ('A')") }
            }
            try await fixture.engine.revoke(role: reader.role, of: graph)
            try await fixture.engine.revoke(role: reader.role, of: graph)
            await #expect(throws: (any Error).self) { try await fixture.connected(as: reader) { try await $0.query("SELECT 1") } }
        }
    }
}
