import Admin
import AdminPostgres
import Audit
import Core
import EventLoops
import Foundation
import HTTPServer
import PlatformTesting
import Postgres
import Synchronization
import Testing
import WebAuthn

@testable import AdminHTTP

/// The console in a real browser. What is told there stands in Tests/Browser/operators.py.
@Suite(.serialized) struct ConsoleBrowserTests {
    /// Hands every request to a table that is known only when the port is.
    private final class Late: Middleware {
        let table = Mutex<Router?>(nil)
        let clock: TestClock

        init(_ clock: TestClock) { self.clock = clock }

        func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
            guard let table = table.withLock({ $0 }) else { return try await next(request) }
            // A clock that stood still would put hundreds of entries into one instant, of which a page shows the newest.
            clock.advance(by: .milliseconds(20))
            return await table.respond(to: request)
        }
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Names as nobody should choose them (ADM-083).
    private static let hostile = [
        "<script>document.title = 'broken'</script>", "\"><img src=x onerror=alert(1)>", "=HYPERLINK(\"http://evil.test\")",
        "\u{202E}drow desrever", "👩‍👩‍👧‍👦 Familie Ünïcödé", String(repeating: "W", count: 100),
    ]

    @Test(.timeLimit(.minutes(15)))
    func
        `ADM-082 ADM-073 ADM-078 SEC-066 the console is walked in a browser: every page, every form, with and without script`()
        async throws
    {
        try await Office.with { office in
            let late = Late(office.clock)
            var outer = Router(dateSource: office.clock)
            outer.use(late)
            let loops = try EventLoopGroup(count: 1, name: "console")
            let server = Server(configuration: ServerConfiguration(port: 0), router: outer, loops: loops)
            let port = try await server.start()
            let origin = "http://localhost:\(port)"
            var router = Router(dateSource: office.clock)
            office.routes.register(on: &router)
            OperatorConsole(
                office.routes, sessions: office.sessions, party: RelyingParty(id: "localhost", origins: [origin]),
                streamLifetime: .seconds(3), streamInterval: .milliseconds(200)
            ).register(on: &router)
            let table = router
            late.table.withLock { $0 = table }

            var orgs: [String] = []
            for (number, name) in (["Alpha"] + Self.hostile).enumerated() {
                let id = try await office.org("Org\(number)")
                orgs.append(id.description)
                try await office.database.adminClient.withTransaction(scope: .system) { transaction in
                    try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
                    try await transaction.execute("UPDATE orgs.org SET name = \(name) WHERE id = \(id)")
                }
            }
            let chief = try await office.accounts.admit("Ada <b>", at: nil, as: .superadmin, by: .system(component: "cli"))
            let spare = try await office.accounts.admit("Ben", at: nil, as: .viewer, by: .system(component: "cli"))
            let link = try await office.sessions.enrolmentSecret(for: chief.id).withValue { $0 }
            let facts: JSONValue = [
                "origin": .string(origin), "link": .string(origin + "/console/enrol?token=" + link),
                "orgs": .array(orgs.map { .string($0) }),
                "hostile": .array(Self.hostile.map { .string($0) }), "spare": .string(spare.id.description),
                "token": .string(try await office.token(.superadmin).token), "until": .string((office.clock.now + .days(1)).description),
                "reads": .array(ConsoleRead.all.map { .string($0.path) }), "writes": .array(ConsoleWrite.all.map { .string($0.path) }),
            ]
            let result = try await Self.python("Tests/Browser/operators.py", [String(decoding: try JSON.encode(facts), as: UTF8.self)])
            #expect(result.status == 0, "\(result.output)")
            await server.drain()
            loops.shutdown()
            #expect(try await office.entries("org_frozen").count == 1)
            #expect(try await office.entries("org_thawed").count == 1)
            #expect(try await office.entries("operator_disabled").count == 1)
            #expect(try await office.entries("operator_note_added").count == 1)
        }
    }

    private static func python(_ script: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
        let found = try await run(root.appending(path: "Scripts/python"), ["Tests/EndToEnd/story/requirements.txt"])
        let interpreter = try #require(found.output.split(separator: "\n").last.map(String.init))
        return try await run(URL(filePath: interpreter), ["-B", root.appending(path: script).path] + arguments)
    }

    private static func run(_ program: URL, _ arguments: [String]) async throws -> (status: Int32, output: String) {
        // A file and no pipe: what is started in the background would hold a pipe open.
        let said = FileManager.default.temporaryDirectory.appending(path: "trellis-console-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: said.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: said) }
        let output = try FileHandle(forWritingTo: said)
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = root
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["PYTHONPATH": root.appending(path: "Tests/EndToEnd/story").path]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        try output.close()
        return (status, String(decoding: try Data(contentsOf: said).suffix(20_000), as: UTF8.self))
    }
}
