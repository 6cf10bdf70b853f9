import Core
import Graphs
import Postgres
import Testing

@testable import GraphEngines

/// A tenant sets its own time limits aside; the watch stops it all the same.
@Suite struct SupervisionTests {
    /// A tier of which a second is enough to go beyond it.
    private let strict = EngineLimits(
        connections: 10, statementTimeout: .seconds(1), idleInTransactionTimeout: .seconds(1), lockTimeout: .seconds(10),
        temporaryFilesGB: 1)

    private func tenant(_ graph: EngineGraph, _ logins: [IssuedLogin], limits: EngineLimits? = nil) -> HostTenant {
        HostTenant(graph: graph.graph, limits: limits ?? strict, logins: logins.map(\.role))
    }

    /// Looks until there was something to do.
    private func supervise(
        _ fixture: EngineFixture, _ tenant: HostTenant, until isDone: (Supervision) -> Bool
    ) async throws -> Supervision {
        let began = ContinuousClock.now
        while began.duration(to: .now) < .seconds(300) {
            let done = try await fixture.engine.supervise([tenant], on: fixture.reference)
            if isDone(done) { return done }
            await Task.yield()
        }
        throw EngineError.refused("nothing was found in 300 s")
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-110 a statement whose tenant lifted its time limit is cancelled, and one of the maintenance login is not`() async throws {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            let login = try await fixture.login(graph)
            try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask {
                    do {
                        try await fixture.connected(as: login) { client in
                            try await client.withTransaction(scope: .none) { transaction in
                                _ = try await transaction.execute("SET LOCAL statement_timeout = 0")
                                _ = try await transaction.query("SELECT pg_sleep(600)")
                            }
                        }
                        return "finished"
                    } catch let error as PostgresError {
                        return error.sqlState?.rawValue ?? "none"
                    }
                }
                // The maintenance login is at work in the same database for as long.
                group.addTask {
                    try await fixture.engine.onDatabase(of: graph, statementTimeout: .seconds(60)) { client in
                        _ = try await client.query("SELECT pg_sleep(4)")
                    }
                    return "maintained"
                }
                // The tenant may well be slow between its statements.
                let patient = EngineLimits(
                    connections: 10, statementTimeout: .seconds(1), idleInTransactionTimeout: .seconds(600), lockTimeout: .seconds(10),
                    temporaryFilesGB: 1)
                let done = try await supervise(fixture, tenant(graph, [login], limits: patient)) { $0.cancelled > 0 }
                #expect(done.cancelled == 1 && done.ended == 0)
                var ends: Set<String> = []
                for try await end in group { ends.insert(end) }
                #expect(ends == ["57014", "maintained"])
            }
            #expect(try await fixture.engine.supervise([tenant(graph, [login])], on: fixture.reference).cancelled == 0)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-110 a transaction that does nothing for longer than its tier allows is ended with its session`() async throws {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            let login = try await fixture.login(graph)
            await #expect(throws: (any Error).self) {
                try await fixture.connected(as: login) { client in
                    try await client.withTransaction(scope: .none) { transaction in
                        _ = try await transaction.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                        let done = try await supervise(fixture, tenant(graph, [login])) { $0.ended > 0 }
                        #expect(done.ended == 1 && done.cancelled == 0)
                        _ = try await transaction.query("SELECT 1")
                    }
                }
            }
        }
    }

    @Test func `GRA-110 what a tenant alters in the settings of its login is set back, in whatever database, and once`() async throws {
        try await EngineFixture.with { fixture, graph in
            try await fixture.provision(graph)
            let (login, other) = (try await fixture.login(graph), try await fixture.login(graph, .readOnly, suffix: 7))
            let tier = tenant(graph, [login, other], limits: fixture.limits)
            #expect(try await fixture.engine.supervise([tier], on: fixture.reference).isQuiet)
            func settings() async throws -> [String] {
                try await fixture.administrator.query(
                    """
                    SELECT setdatabase::text || ' ' || array_to_string(setconfig, ' ') AS text
                    FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE r.rolname = \(login.role) ORDER BY 1
                    """
                ).map { try $0.decode("text") }
            }
            let before = try await settings()
            try await fixture.connected(as: login) { client in
                _ = try await client.execute(Statement("ALTER ROLE CURRENT_USER SET statement_timeout = 0", []))
                _ = try await client.execute(
                    Statement("ALTER ROLE CURRENT_USER IN DATABASE \"\(login.database)\" SET lock_timeout = 0", []))
            }
            #expect(try await settings() != before)
            #expect(try await fixture.engine.supervise([tier], on: fixture.reference).reset == 1)
            #expect(try await settings() == before)
            #expect(try await fixture.engine.supervise([tier], on: fixture.reference).isQuiet)
        }
    }
}
