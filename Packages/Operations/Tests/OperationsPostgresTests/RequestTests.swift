import Core
import EventLoops
import Foundation
import HTTPClient
import HTTPServer
import Operations
import OperationsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// A place in a request that writes.
private enum Moment: CaseIterable {
    case begun, claimed, stored, committed
}

/// Tells that a request has come to its moment, and holds it there.
private final class Hold: Sendable {
    private let reached = AsyncStream<Void>.makeStream()
    private let released = AsyncStream<Void>.makeStream()
    private let ended = AsyncStream<Void>.makeStream()

    /// Said by the request.
    func stop() async {
        reached.continuation.finish()
        for await _ in released.stream {}
    }

    func end() { ended.continuation.finish() }

    /// Said by the test.
    func waitUntilReached() async { for await _ in reached.stream {} }
    func release() { released.continuation.finish() }
    func waitUntilEnded() async { for await _ in ended.stream {} }
}

/// A server with one command: it claims its key and accepts an operation in one transaction, as every operation endpoint does.
private struct CommandServer {
    private let client: PostgresClient

    private func run(_ request: Request, stop: @Sendable (Moment) async throws -> Void) async throws -> Response {
        guard let key = request.headers["Idempotency-Key"] else { throw IdempotencyError.keyReused }
        let call = try makeCall(key)
        // Each call is about a graph of its own: of one graph only one operation may be under way.
        let new = Operations.Operation.fixture(graph: "kg0123456789abcdef012" + key.suffix(1))
        try await stop(.begun)
        let store = PlainStore(client: client)
        let replayed = try await client.withTransaction(scope: .org(someOrg.uuid)) { postgres in
            let transaction = TestTransaction(postgres: postgres, dateSource: TestClock.fixed())
            let decision = try await transaction.claim(call, for: new.id, isSettled: true, expiringAt: start + .hours(24), now: start)
            if let first = try decision.operation() { return Optional(first) }
            try await stop(.claimed)
            try await transaction.insert(new)
            try await stop(.stored)
            return nil
        }
        try await stop(.committed)
        let operation = try await store.operation(replayed ?? new.id) ?? new
        return try .json(OperationEnvelope(operation, idempotentReplay: replayed != nil), status: .accepted)
    }

    private struct PlainStore: PostgresOperationStore {
        let client: PostgresClient
    }

    static func with(
        _ configuration: PostgresConfiguration, stop: @escaping @Sendable (Moment) async throws -> Void,
        _ body: (String, CurlTransport) async throws -> Void
    ) async throws {
        let loops = try EventLoopGroup(count: 1, name: "command")
        let client = PostgresClient(configuration: configuration, loops: loops)
        let command = CommandServer(client: client)
        var router = Router()
        router.add(.post, "/command") { request in try await command.run(request, stop: stop) }
        let server = Server(configuration: ServerConfiguration(port: 0), router: router, loops: loops)
        let port = try await server.start()
        var settings = CurlTransport.Configuration()
        settings.allowsPlainLoopback = true
        let transport = CurlTransport(configuration: settings)
        let result: Result<Void, any Error>
        do { result = .success(try await body("http://127.0.0.1:\(port)/command", transport)) } catch { result = .failure(error) }
        transport.close()
        await server.drain()
        await client.close()
        loops.shutdown()
        try result.get()
    }

    static func send(_ url: String, _ key: String, by transport: CurlTransport) async throws -> (status: Int, body: JSONValue) {
        let answer = try await transport.send(ClientRequest("POST", url, headers: ["Idempotency-Key": key]))
        return (answer.status, try JSON.decode(JSONValue.self, from: answer.body))
    }
}

@Suite struct RequestTests {
    private func stored(in database: TestDatabase) async throws -> [Int64] {
        try await ["operation", "idempotency_record"].asyncMap { table in
            try await database.adminClient.query("SELECT count(*) FROM operations.\(identifier: table)")[0].decode(Int64.self)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-005 a client that goes away, whenever that is, stops nothing that has begun, and the answer is there by key and by id`()
        async throws
    {
        try await TestDatabase.withOperations { database in
            let holds = Dictionary(uniqueKeysWithValues: Moment.allCases.map { ($0, Hold()) })
            let current = Mutex<Moment?>(nil)
            try await CommandServer.with(
                database.configuration(),
                stop: { moment in
                    guard let held = current.withLock(\.self) else { return }
                    if moment == held { await holds[held]?.stop() }
                    if moment == .committed { holds[held]?.end() }
                }
            ) { url, transport in
                for (number, moment) in Moment.allCases.enumerated() {
                    let hold = try #require(holds[moment])
                    current.withLock { $0 = moment }
                    let client = Task { try await CommandServer.send(url, "key\(number)", by: transport) }
                    await hold.waitUntilReached()
                    client.cancel()
                    // The connection is gone when the client's call has ended.
                    guard case .failure = await client.result else {
                        Issue.record("the client got an answer")
                        return
                    }
                    hold.release()
                    await hold.waitUntilEnded()
                    #expect(try await stored(in: database) == [Int64(number + 1), Int64(number + 1)])
                    current.withLock { $0 = nil }
                    let again = try await CommandServer.send(url, "key\(number)", by: transport)
                    #expect(again.status == 202 && again.body["idempotentReplay"] == true)
                    let text = try #require(again.body["operationId"]?.stringValue)
                    let id = try #require(Operations.Operation.ID(text))
                    #expect(try await database.store.operation(id)?.status == .pending)
                    #expect(try await stored(in: database) == [Int64(number + 1), Int64(number + 1)])
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-010 a database that goes away at any moment leaves record and effect or neither, and the answer is 503`() async throws {
        try await TestDatabase.withOperations { database in
            let broken = Mutex<Moment?>(nil)
            var configuration = database.configuration()
            configuration.applicationName = "trellis-command"
            let name = configuration.applicationName
            try await CommandServer.with(
                configuration,
                stop: { moment in
                    guard moment == broken.withLock(\.self) else { return }
                    // The server has ended its connection before anything more is said on it.
                    try await database.adminClient.execute(
                        """
                        SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
                        WHERE datname = current_database() AND application_name = \(name)
                        """)
                }
            ) { url, transport in
                for (number, moment) in [Moment.claimed, .stored].enumerated() {
                    broken.withLock { $0 = moment }
                    let refused = try await CommandServer.send(url, "key\(number)", by: transport)
                    #expect(refused.status == 503 && refused.body["code"] == "DATABASE_ERROR", "\(moment): \(refused)")
                    #expect(try await stored(in: database) == [Int64(number), Int64(number)])
                    broken.withLock { $0 = nil }
                    let first = try await CommandServer.send(url, "key\(number)", by: transport)
                    #expect(first.status == 202 && first.body["idempotentReplay"] == false)
                    #expect(try await stored(in: database) == [Int64(number + 1), Int64(number + 1)])
                }
            }
        }
    }

    @Test func `OPS-010 without a database nothing is done, and nothing is answered from memory`() async throws {
        var configuration = PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/nothing")
        configuration.acquireTimeout = .milliseconds(100)
        let came = Mutex<[Moment]>([])
        try await CommandServer.with(configuration, stop: { moment in came.withLock { $0.append(moment) } }) { url, transport in
            for _ in 1...2 {
                let answer = try await CommandServer.send(url, "key", by: transport)
                #expect(answer.status == 503 && answer.body["code"] == "DATABASE_ERROR", "\(answer)")
            }
        }
        #expect(came.withLock(\.self) == [.begun, .begun])
    }

    @Test func `OPS-010 one statement writes records of keys, in the transaction it is given, and nobody remembers them elsewhere`() throws
    {
        let packages = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let walk = try #require(FileManager.default.enumerator(at: packages, includingPropertiesForKeys: nil))
        var writers: [String: Int] = [:]
        for case let file as URL in walk where file.pathExtension == "swift" && file.path.contains("/Sources/") {
            let text = try String(contentsOf: file, encoding: .utf8)
            let count = text.ranges(of: "INSERT INTO operations.idempotency_record").count
            if count > 0 { writers[file.lastPathComponent] = count }
        }
        #expect(writers == ["PostgresOperationTransaction.swift": 1])
        let writer = packages.appending(path: "Operations/Sources/OperationsPostgres/PostgresOperationTransaction.swift")
        let text = try String(contentsOf: writer, encoding: .utf8)
        let statement = try #require(text.components(separatedBy: "INSERT INTO operations.idempotency_record").last)
        #expect(statement.prefix(400).contains("ON CONFLICT (scope_hash) DO UPDATE"))
        // What a transaction of a store can do is asked of a transaction: without one there is no way to the statement.
        #expect(text.contains("var postgres: PostgresTransaction { get }") && !text.contains("PostgresClient"))
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
