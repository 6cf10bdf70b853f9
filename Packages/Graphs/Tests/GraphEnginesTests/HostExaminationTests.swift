import Core
import EventLoops
import Graphs
import GraphsTesting
import Observability
import Operations
import PlatformTesting
import Postgres
import Testing

@testable import GraphEngines

/// A server of a test's own, as its administrator sees it.
private struct OwnServer {
    let administrator: PostgresGraphHost
    let client: PostgresClient
    let loops: EventLoopGroup
    let password = SecretString("a password of the maintenance login")

    static func with(major: Int? = nil, _ body: (OwnServer) async throws -> Void) async throws {
        try await TestServer.withServer(major: major) { server in
            let loops = try EventLoopGroup(count: 1, name: "own-server")
            let host = try #require(PostgresGraphHost("own=" + server.url))
            let client = PostgresClient(configuration: PostgresConfiguration(url: host.url), loops: loops, log: .silent)
            let result: Result<Void, any Error>
            do { result = .success(try await body(OwnServer(administrator: host, client: client, loops: loops))) } catch {
                result = .failure(error)
            }
            await client.close()
            loops.shutdown()
            try result.get()
        }
    }

    /// As `trellis hosts prepare` does it.
    func prepare() async throws {
        try await PostgresHostPreparation(host: administrator, loops: loops, log: .silent).run(password: password)
    }

    func run(_ statements: String...) async throws {
        for statement in statements { _ = try await client.execute(utility(statement)) }
    }

    /// The same server by the maintenance login.
    func host(password: SecretString? = nil, _ options: String = "") throws -> PostgresGraphHost {
        let url = administrator.url(
            ofDatabase: "postgres", user: PostgresHostPreparation.maintenanceRole, password: password ?? self.password)
        return try #require(PostgresGraphHost("own=" + url.withValue { $0 } + options))
    }

    func engine(_ host: PostgresGraphHost) throws -> PostgresGraphEngine {
        PostgresGraphEngine(
            hosts: [host], deployment: "test-own", tools: try #require(PostgresTools.installed()), loops: loops, log: .silent)
    }

    func faults(_ host: PostgresGraphHost, by dateSource: any DateSource = SystemDateSource()) async throws -> [HostFault] {
        let engine = try engine(host)
        let faults = try await engine.faults(of: HostReference(name: "own"), by: dateSource)
        await engine.close()
        return faults
    }
}

/// A clock that is behind or ahead of the machine's.
private struct WrongClock: DateSource {
    let difference: Duration
    var now: Instant { SystemDateSource().now + difference }
}

@Suite struct HostExaminationTests {
    @Test(.timeLimit(.minutes(15)))
    func `GRA-097 a host that is prepared wrongly is told what is wrong and what to run, one thing at a time`() async throws {
        try await OwnServer.with { server in
            // Nothing was prepared: the administrator's login is too mighty, and every door is open.
            let raw = try await server.faults(server.administrator)
            #expect(Set(raw.map(\.check)) == [.maintenanceRights, .administrativeDatabases], "\(raw)")
            #expect(raw.contains { $0.problem.contains("is a superuser") && $0.remedy.hasPrefix("trellis hosts prepare") })
            #expect(raw.contains { $0.remedy == "REVOKE CONNECT ON DATABASE \"postgres\" FROM PUBLIC;" })

            try await server.prepare()
            let host = try server.host()
            #expect(try await server.faults(host).isEmpty)
            #expect(try await server.faults(server.administrator).map(\.check) == [.maintenanceRights])

            // One right after the other is taken away; what the fault says to run gives it back.
            let login = PostgresHostPreparation.maintenanceRole
            for wrong in [
                "ALTER ROLE \(login) NOCREATEDB", "ALTER ROLE \(login) NOCREATEROLE", "REVOKE pg_signal_backend FROM \(login)",
                "REVOKE pg_read_all_stats FROM \(login)", "REVOKE SET ON PARAMETER temp_file_limit FROM \(login)",
                "GRANT CONNECT ON DATABASE template1 TO PUBLIC", "CREATE DATABASE \"some \"\"other\"\"\"",
            ] {
                try await server.run(wrong)
                let faults = try await server.faults(host)
                #expect(faults.count == 1, "\(wrong): \(faults)")
                let fault = try #require(faults.first)
                #expect(fault.check == (wrong.contains("DATABASE") ? .administrativeDatabases : .maintenanceRights))
                try await server.run(fault.remedy)
                #expect(try await server.faults(host).isEmpty, "\(wrong)")
            }
            try await server.run("ALTER DATABASE trellis_template RENAME TO elsewhere")
            #expect(try await server.faults(host).map(\.remedy).allSatisfy { $0.hasPrefix("trellis hosts prepare") })
            try await server.prepare()
            #expect(try await server.faults(host).isEmpty)

            // Tenants from elsewhere need TLS, which this server does not speak.
            let remote = try await server.faults(server.host("?tenant_host=graphs.example"))
            #expect(remote.map(\.check) == [.tls] && remote.first?.remedy.hasPrefix("ssl = on") == true, "\(remote)")
            #expect(try await server.faults(host, by: WrongClock(difference: .hours(-1))).map(\.check) == [.clock])
            #expect(try await server.faults(host, by: WrongClock(difference: .hours(1))).map(\.check) == [.clock])
            let stranger = try await server.faults(server.host(password: SecretString("wrong")))
            #expect(stranger.map(\.check) == [.login] && !"\(stranger)".contains("wrong@"), "\(stranger)")
        }
    }

    @Test func `GRA-097 GRA-104 a server below 15, tools older than the server and connections in clear are refused`() {
        func faults(_ change: (inout PostgresHostExamination) -> Void) -> [HostFault] {
            var seen = PostgresHostExamination(login: "m", serverVersion: "17.2", serverMajor: 17, toolsMajor: 17)
            change(&seen)
            return seen.faults
        }
        #expect(faults { _ in }.isEmpty)
        var old = PostgresHostExamination(login: "m", serverVersion: "14.11", serverMajor: 14, toolsMajor: 17)
        old.isSuperuser = true
        #expect(old.faults.map(\.check) == [.version])
        #expect(old.faults.first?.problem == "the server is PostgreSQL 14.11, and graphs take 15 or newer")
        let tools = faults { $0.toolsMajor = 16 }
        #expect(tools.map(\.check) == [.dumpTools] && tools.first?.remedy.contains("postgresql-client-17") == true)
        #expect(faults { $0.toolsMajor = nil }.map(\.check) == [.dumpTools])
        #expect(faults { $0.toolsMajor = 18 }.isEmpty)
        #expect(faults { $0.isEncrypted = false }.isEmpty)
        #expect(
            faults {
                $0.isEncrypted = false
                $0.isRemote = true
            }.map(\.check) == [.tls])
        #expect(
            faults {
                $0.hasRemoteTenants = true
                $0.tenantTLS = "prefer"
            }.map(\.check) == [.tls])
        #expect(faults { $0.skew = .milliseconds(1_999) }.isEmpty)
        #expect(faults { $0.skew = .seconds(2) }.map(\.check) == [.clock])
    }

    /// Once for each version that is installed here.
    @Test(.timeLimit(.minutes(15)), arguments: TestServer.installed.filter { $0 >= PostgresHostExamination.oldestServer })
    func `GRA-104 the engine works by the maintenance login, which is no superuser and has the rights of its preparation alone`(
        major: Int
    ) async throws {
        try await OwnServer.with(major: major) { server in
            try await server.prepare()
            let engine = try server.engine(server.host())
            let graph = EngineGraph(host: HostReference(name: "own"), graph: .make())
            let warrant = StepWarrant(operation: Operations.Operation.ID.make(at: SystemDateSource().now))
            var suite = GraphEngineConformance(
                engine, on: graph, limits: GraphCatalogue.standard.tiers[0].engineLimits, warrant)
            let broken = try await suite.run()
            #expect(broken.isEmpty, "\(broken)")
            #expect(try await engine.probe(graph.host).serverVersion.hasPrefix("\(major)"))
            await engine.close()
            let rights = try await server.client.query(
                """
                SELECT rolsuper OR rolreplication OR rolbypassrls AS mighty, rolcreatedb AND rolcreaterole AND rolcanlogin AS may,
                    (SELECT array_agg(g.rolname::text ORDER BY g.rolname) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                        WHERE m.member = r.oid) AS groups
                FROM pg_roles r WHERE rolname = \(PostgresHostPreparation.maintenanceRole)
                """)
            let row = try #require(rights.first)
            #expect(try !row.decode("mighty", as: Bool.self) && row.decode("may", as: Bool.self))
            #expect(try row.decode("groups", as: [String].self) == ["pg_read_all_stats", "pg_signal_backend"])
        }
    }
}
