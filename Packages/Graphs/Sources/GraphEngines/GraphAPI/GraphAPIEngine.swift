public import Core
public import Graphs
public import HTTPClient
internal import Operations

/// Graphs as databases of servers that speak the graph API (GRA-119 to GRA-121).
///
/// The API has neither logins nor modes, and loads a backup only from an object store: what it lacks is declared, refused, and where it is a mode, held by our
/// own API. Its databases carry no text, so that their markers are kept by us (``EngineMarking``).
public struct GraphAPIEngine: GraphEngine {
    let clients: [String: GraphAPIClient]
    let deployment: String
    let marks: any EngineMarking
    let dateSource: any DateSource
    /// How long work of the host may take that no caller gives a time for.
    static let workTimeout = Duration.seconds(900)
    /// How long a call may take that is no long one, when nobody says otherwise.
    public static let callTimeout = Duration.seconds(30)

    /// Makes an engine over hosts.
    ///
    /// - Parameters:
    ///   - deployment: the name of this deployment in markers.
    ///   - transport: made with ``transportConfiguration``.
    ///   - dateSource: the time that passes for hosts, which nothing moves but a test.
    ///   - callTimeout: how long a call may take that is no long one.
    ///   - pause: waits between two looks at a task, and before a call is sent again.
    public init(
        hosts: [GraphAPIHost], deployment: String, marks: any EngineMarking, transport: any StreamingTransport, dateSource: any DateSource,
        callTimeout: Duration, pause: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.deployment = deployment
        self.marks = marks
        self.dateSource = dateSource
        clients = Dictionary(
            hosts.map { host in
                let client = GraphAPIClient(
                    host: host, transport: transport, circuit: HostCircuit(), dateSource: dateSource, callTimeout: callTimeout, pause: pause
                )
                return (host.name, client)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// How its hosts are reached: 5 s for a connection; how long an exchange takes is said with each.
    public static var transportConfiguration: CurlTransport.Configuration {
        var configuration = CurlTransport.Configuration()
        configuration.connectTimeout = .seconds(5)
        configuration.totalTimeout = .seconds(3_600)
        configuration.idleTimeout = .seconds(3_600)
        configuration.allowsPlainLoopback = true
        return configuration
    }

    /// Neither logins, modes, restores nor compaction.
    public func capabilities(of host: HostReference) -> Set<EngineCapability> { [] }

    func client(_ reference: HostReference) throws(EngineError) -> GraphAPIClient {
        guard let client = clients[reference.name] else { throw .unknownHost(reference.name) }
        return client
    }

    /// What the host says of a database; `nil` when it has none of the name.
    func database(_ name: String, on host: HostReference) async throws -> JSONValue? {
        let answer = try await client(host).call("GET", GraphAPIClient.path(of: name), isRepeatable: true)
        guard answer.status != 404 else { return nil }
        guard (200...299).contains(answer.status) else { throw EngineError.unavailable("the host said \(answer.status)") }
        return answer.body
    }

    /// How much a database holds, and how large it is.
    func metrics(of graph: EngineGraph) async throws -> (nodes: Int64, edges: Int64, bytes: Int64, modified: Instant?) {
        let path = try GraphAPIClient.path(of: graph.graph.databaseName, "/metrics")
        let answer = try await client(graph.host).call("GET", path, isRepeatable: true)
        guard (200...299).contains(answer.status), let nodes = answer.body["node_count"]?.wholeNumber,
            let edges = answer.body["relationship_count"]?.wholeNumber, let bytes = answer.body["size_bytes"]?.wholeNumber
        else { throw EngineError.unavailable("the host said nothing of the size of \(graph.graph): \(answer.status)") }
        return (nodes, edges, bytes, answer.body["last_modified"]?.stringValue.flatMap(Self.instant))
    }

    /// Refuses a database that is not there by our doing.
    @discardableResult
    func requireOurs(_ graph: EngineGraph) async throws -> EngineMark {
        guard let mark = try await marks.mark(of: graph.graph.databaseName, on: graph.host) else {
            throw EngineError.foreignObject(graph.graph.databaseName)
        }
        return mark
    }

    func marker(_ mark: EngineMark) -> String? {
        GraphID(mark.name).map { Marker(deployment: deployment, graph: $0, operation: mark.operation).text }
    }

    /// The API's servers run in UTC and do not always say so.
    private static func instant(_ text: String) -> Instant? {
        let isZoned = text.hasSuffix("Z") || text.dropFirst(10).contains { $0 == "+" || $0 == "-" }
        return Instant(isZoned ? text : text + "Z")
    }
}

extension JSONValue {
    var wholeNumber: Int64? {
        switch self {
        case .integer(let number): number
        case .number(let number): Int64(exactly: number)
        default: nil
        }
    }
}
