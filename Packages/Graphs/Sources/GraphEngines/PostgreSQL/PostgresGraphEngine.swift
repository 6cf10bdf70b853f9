public import Cryptography
public import EventLoops
public import Graphs
public import Observability
internal import Operations
internal import Postgres

/// Graphs as databases of PostgreSQL servers (graphs.md, section 7).
///
/// Each graph is a database of its own with an owner role that cannot log in; tenants' logins are members of its group roles and of
/// nothing else. Every object carries a marker, and an object without the right one is never touched.
public struct PostgresGraphEngine: GraphEngine {
    let hosts: [String: PostgresGraphHost]
    let deployment: String
    let tools: PostgresTools
    let connections: HostConnections
    let sealer: SecretSealer?

    /// Makes an engine over hosts.
    ///
    /// - Parameters:
    ///   - deployment: the name of this deployment in markers, of letters, digits and hyphens; two deployments that share a host must differ
    ///     in it.
    ///   - sealer: seals what lets logins come to another host with their graph; without one they end when it moves.
    public init(
        hosts: [PostgresGraphHost], deployment: String, tools: PostgresTools, sealer: SecretSealer? = nil, loops: EventLoopGroup, log: Log
    ) {
        self.sealer = sealer
        self.hosts = Dictionary(hosts.map { ($0.name, $0) }) { first, _ in first }
        self.deployment = deployment
        self.tools = tools
        connections = HostConnections(loops: loops, log: log)
    }

    /// Closes the connections it keeps.
    public func close() async {
        await connections.close()
    }

    func host(_ reference: HostReference) throws(EngineError) -> PostgresGraphHost {
        guard let host = hosts[reference.name] else { throw .unknownHost(reference.name) }
        return host
    }

    func marker(_ graph: EngineGraph, _ warrant: StepWarrant?) -> Marker {
        Marker(deployment: deployment, graph: graph.graph, operation: warrant?.operation)
    }

    /// The long-lived client of a host's administrative database.
    func maintenance(_ reference: HostReference) throws -> PostgresClient {
        try connections.maintenance(of: host(reference))
    }

    /// Works on a graph's own database through a connection that is closed afterwards, since an open one would block a rename or copy.
    func onDatabase<Value: Sendable>(
        of graph: EngineGraph, statementTimeout: Duration = .seconds(30), _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        try await onDatabase(named: graph.graph.databaseName, on: graph.host, statementTimeout: statementTimeout, body)
    }

    /// The same on a database of another name.
    func onDatabase<Value: Sendable>(
        named name: String, on reference: HostReference, statementTimeout: Duration, _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        let host = try host(reference)
        return try await engineErrors {
            try await connections.once(url: host.url(ofDatabase: name), statementTimeout: statementTimeout, body)
        }
    }

    /// Runs statements one after the other in one transaction.
    func run(_ statements: [String], in transaction: PostgresTransaction) async throws {
        for statement in statements { _ = try await transaction.execute(utility(statement)) }
    }
}

/// Calls a host, and says of what went wrong whether another attempt can help.
func engineErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as EngineError {
        throw error
    } catch {
        guard let found = PostgresError.found(in: error) else { throw error }
        switch (found.kind, found.sqlState?.errorClass) {
        // XX among them: two that grant or alter on one host at once are told "tuple concurrently updated", an internal error.
        case (.statement, "53"), (.statement, "57"), (.statement, "55"), (.statement, "40"), (.statement, "08"), (.statement, "58"),
            (.statement, "XX"):
            throw EngineError.unavailable(found.description)
        case (.statement, _), (.invalidStatement, _):
            throw EngineError.refused(found.description)
        // The connection went while the host was at it.
        case (.connectionLost, _):
            throw EngineError.uncertain(found.description)
        default:
            throw EngineError.unavailable(found.description)
        }
    }
}
