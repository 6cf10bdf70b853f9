import Core
import EventLoops
import Graphs
import GraphsPostgres
import HTTPClient
import HTTPServer
import Operations
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import GraphEngines

/// A server that speaks the graph API as far as an engine does, on a port of loopback: its databases are in memory, it keeps a transcript, and it fails as a
/// test says.
final class GraphAPIStand: Sendable {
    struct Database {
        var nodes: Int64 = 0
        var edges: Int64 = 0
        var statements: [String] = []
    }

    private struct BrokenOff: Error {}

    enum Fault: Hashable {
        /// Nothing is done, and the answer has this status.
        case status(Int)
        /// It is done, and the answer breaks off.
        case lost
        /// Nothing is done, and nothing is answered before the test ends.
        case silent
    }

    private struct State {
        var databases: [String: Database] = [:]
        var calls: [String] = []
        var keys: Set<String> = []
        var faults: [String: [Fault]] = [:]
        /// What a task says each time it is asked; the last again and again.
        var tasks: [String: [JSONValue]] = [:]
        /// The task that the next creation names.
        var nextTask: String?
        var capacity = 100
        var archive: [UInt8]?
    }

    private let state = Mutex(State())
    private let isOver = AsyncStream<Void>.makeStream()
    static let key = "k3y"

    // MARK: What a test says and sees

    var calls: [String] { state.withLock(\.calls) }
    var keys: Set<String> { state.withLock(\.keys) }
    func forgetCalls() { state.withLock { $0.calls = [] } }
    func database(_ name: String) -> Database? { state.withLock { $0.databases[name] } }
    func put(_ database: Database?, as name: String) { state.withLock { $0.databases[name] = database } }
    func fail(_ call: String, _ faults: Fault...) { state.withLock { $0.faults[call, default: []] += faults } }
    func heal() { state.withLock { $0.faults = [:] } }
    func fill() { state.withLock { $0.capacity = 0 } }
    func send(_ archive: [UInt8]?) { state.withLock { $0.archive = archive } }
    func takeUp(_ task: String, saying states: [JSONValue]) {
        state.withLock {
            $0.nextTask = task
            $0.tasks[task] = states
        }
    }

    /// A ZIP archive with one stored file, as the API packs a database.
    static func archive(of name: String) -> [UInt8] {
        let (file, content) = (Array("\(name).lbug".utf8), Array("contents of \(name)".utf8))
        func number(_ value: Int, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let fields =
            number(20, 2) + number(0, 8) + number(0, 4) + number(content.count, 4) + number(content.count, 4) + number(file.count, 2)
        let local = [0x50, 0x4B, 3, 4] + fields + number(0, 2) + file + content
        let entry = [0x50, 0x4B, 1, 2] + number(20, 2) + fields + number(0, 2 + 2 + 2 + 2 + 4 + 4) + file
        let end =
            [0x50, 0x4B, 5, 6] + number(0, 4) + number(1, 2) + number(1, 2) + number(entry.count, 4) + number(local.count, 4) + number(0, 2)
        return local + entry + end
    }

    // MARK: The server

    /// Two hosts on one server, `one` and `two`, an engine over them, and marks in a control database.
    static func with<Value: Sendable>(
        _ body: @Sendable (GraphAPIStand, GraphAPIWorld) async throws -> Value
    ) async throws -> Value {
        try await TestDatabase.withGraphs { database in
            let stand = GraphAPIStand()
            let server = Server(configuration: ServerConfiguration(port: 0), router: stand.router, loops: database.loops)
            let port = try await server.start()
            let transport = CurlTransport(configuration: GraphAPIEngine.transportConfiguration)
            let hosts = try ["one", "two"].map { name in
                try #require(GraphAPIHost("\(name)=graph-api+http://:\(key)@127.0.0.1:\(port)/\(name)?slots=5"))
            }
            let world = GraphAPIWorld(
                hosts: hosts, marks: PostgresEngineMarks(client: database.systemClient), transport: transport,
                clock: SteppedDateSource(startingAt: start))
            let result: Result<Value, any Error>
            do { result = .success(try await body(stand, world)) } catch { result = .failure(error) }
            stand.isOver.continuation.finish()
            transport.close()
            await server.drain()
            return try result.get()
        }
    }

    private var router: Router {
        var router = Router()
        for host in ["one", "two"] { add(host, to: &router) }
        return router
    }

    private func add(_ host: String, to router: inout Router) {
        func add(_ method: HTTPServer.Method, _ path: String, _ answer: @escaping @Sendable (Request) throws -> Response) {
            router.add(method, "/\(host)" + path) { [self] request in try await play(request, on: host, answer) }
        }
        add(.get, "/health") { _ in try .json(["status": "healthy"] as JSONValue) }
        add(.get, "/info") { _ in
            try .json(
                [
                    "cluster_version": "1.4.0", "read_only": false, "uptime_seconds": 60.5,
                    "configuration": ["memory_limits": ["instance_max_mb": 4_096]],
                ] as JSONValue)
        }
        add(.get, "/databases") { [self] _ in
            let all = state.withLock { $0.databases }.keys.sorted().map { name -> JSONValue in
                ["graph_id": .string(name), "size_bytes": 8_192, "is_healthy": true, "read_only": false]
            }
            return try .json(["databases": .array(all), "total_databases": .integer(Int64(all.count))] as JSONValue)
        }
        add(.post, "/databases") { [self] request in try create(request) }
        add(.get, "/databases/{name}") { [self] request in
            try about(request) { name, _ in ["graph_id": .string(name), "size_bytes": 8_192, "is_healthy": true, "read_only": false] }
        }
        add(.delete, "/databases/{name}") { [self] request in
            try about(request) { name, database in
                database = nil
                return ["status": "success", "graph_id": .string(name)]
            }
        }
        add(.get, "/databases/{name}/metrics") { [self] request in
            try about(request) { _, database in
                [
                    "size_bytes": 8_192, "node_count": .integer(database?.nodes ?? 0), "relationship_count": .integer(database?.edges ?? 0),
                    "last_modified": "2026-03-01T09:59:00.123456",
                ]
            }
        }
        add(.post, "/databases/{name}/schema") { [self] request in
            let ddl = try request.decode(JSONValue.self)["ddl"]?.stringValue ?? ""
            return try about(request) { _, database in
                database?.statements += ddl.split(separator: ";\n").map(String.init)
                return ["success": true, "message": "ok", "statements_executed": 1]
            }
        }
        add(.post, "/databases/{name}/query") { [self] request in
            let statement = try request.decode(JSONValue.self)["cypher"]?.stringValue ?? ""
            return try about(request) { _, database in
                if statement.hasPrefix("MERGE"), database?.statements.contains(statement) == false {
                    database?.statements.append(statement)
                    database?.nodes += 1
                }
                guard statement.hasPrefix("MATCH") else { return ["data": []] }
                return ["data": [["name": "Entity", "total": .integer(database?.nodes ?? 0)]]]
            }
        }
        add(.post, "/databases/{name}/backup-download") { [self] request in
            let name = request.pathParameters["name"] ?? ""
            guard database(name) != nil else { return try .json(["detail": "none"] as JSONValue, status: .notFound) }
            let bytes = state.withLock(\.archive) ?? Self.archive(of: name)
            return Response(status: .ok, headers: ["Content-Type": "application/zip"], body: .bytes(bytes))
        }
        add(.get, "/tasks/{task}/status") { [self] request in
            let said = state.withLock { state -> JSONValue? in
                guard let states = state.tasks[request.pathParameters["task"] ?? ""], let first = states.first else { return nil }
                if states.count > 1 { state.tasks[request.pathParameters["task"] ?? ""] = Array(states.dropFirst()) }
                return first
            }
            guard let said else { return try .json(["detail": "none"] as JSONValue, status: .notFound) }
            return try .json(said)
        }
    }

    private func create(_ request: Request) throws -> Response {
        let name = try request.decode(JSONValue.self)["graph_id"]?.stringValue ?? ""
        return try state.withLock { state in
            if state.databases.count >= state.capacity { return try .json(["detail": "full"] as JSONValue, status: Status(rawValue: 507)) }
            if state.databases[name] != nil { return try .json(["detail": "exists"] as JSONValue, status: .conflict) }
            state.databases[name] = Database()
            guard let task = state.nextTask else { return try .json(["status": "success", "graph_id": .string(name)] as JSONValue) }
            state.nextTask = nil
            return try .json(["task_id": .string(task), "status": "initiated"] as JSONValue, status: .accepted)
        }
    }

    private func about(_ request: Request, _ work: (String, inout Database?) throws -> JSONValue) throws -> Response {
        let name = request.pathParameters["name"] ?? ""
        return try state.withLock { state in
            guard state.databases[name] != nil else { return try .json(["detail": "none"] as JSONValue, status: .notFound) }
            return try .json(work(name, &state.databases[name]))
        }
    }

    private func play(_ request: Request, on host: String, _ answer: (Request) throws -> Response) async throws -> Response {
        let call = "\(request.method.rawValue) \(request.path.dropFirst(host.count + 1))"
        let fault = state.withLock { state -> Fault? in
            state.calls.append(call)
            state.keys.insert(request.headers["X-Graph-API-Key"] ?? "none")
            guard let next = state.faults[call]?.first else { return nil }
            state.faults[call]?.removeFirst()
            return next
        }
        switch fault {
        case nil: return try answer(request)
        case .status(let status)?: return try .json(["detail": "as the test said"] as JSONValue, status: Status(rawValue: status))
        case .lost?:
            _ = try answer(request)
            return Response(
                status: .ok, headers: ["Content-Type": "application/json"],
                body: .stream { writer in
                    try await writer.write(Array("{".utf8))
                    // Any other error than that of a stream that was ended: the server breaks off (RFC 9112, section 7.1).
                    throw BrokenOff()
                })
        case .silent?:
            for await _ in isOver.stream {}
            return try .json(["detail": "too late"] as JSONValue, status: .serviceUnavailable)
        }
    }
}

/// What an engine needs, and the engines over it.
struct GraphAPIWorld: Sendable {
    let hosts: [GraphAPIHost]
    let marks: PostgresEngineMarks
    let transport: CurlTransport
    /// Moves by hand, and by each pause that the engine makes.
    let clock: SteppedDateSource
    let pauses = Pauses()
    let limits = GraphCatalogue.standard.tiers[0].engineLimits

    final class Pauses: Sendable {
        private let all = Mutex<[Duration]>([])
        var lengths: [Duration] { all.withLock(\.self) }
        func note(_ length: Duration) { all.withLock { $0.append(length) } }
    }

    func engine(callTimeout: Duration = .seconds(300)) -> GraphAPIEngine {
        GraphAPIEngine(
            hosts: hosts, deployment: "test", marks: marks, transport: transport, dateSource: clock, callTimeout: callTimeout,
            pause: { [clock, pauses] length in
                pauses.note(length)
                clock.advance(by: length)
            })
    }

    func client(of host: HostReference, callTimeout: Duration) throws -> GraphAPIClient {
        let found = try engine().client(host)
        return GraphAPIClient(
            host: found.host, transport: transport, circuit: HostCircuit(), dateSource: clock, callTimeout: callTimeout, pause: { _ in })
    }

    func graph(on host: String = "one") -> EngineGraph { EngineGraph(host: HostReference(name: host), graph: .make()) }
    func warrant() -> StepWarrant { StepWarrant(operation: Operations.Operation.ID.make(at: clock.now)) }
}
