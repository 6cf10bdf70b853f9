internal import Core
public import Graphs
internal import Operations
internal import Postgres

extension PostgresGraphEngine {
    /// Makes a database beside the graph's, lets `pg_restore` fill it as the owner role, and gives it the privileges and limits that an
    /// archive does not carry (GRA-087).
    public func load(
        _ source: any ByteSource, beside graph: EngineGraph, limits: EngineLimits, timeout: Duration, _ warrant: StepWarrant
    ) async throws {
        try await discardLoaded(graph, warrant)
        let name = scratchName(graph, warrant)
        let owner = quotedName(graph.graph.databaseName)
        try await engineErrors {
            let client = try maintenance(graph.host)
            _ = try await client.execute(
                utility(
                    "CREATE DATABASE \(quotedName(name)) TEMPLATE \(PostgresHostPreparation.template) CONNECTION LIMIT \(limits.connections)"
                ))
            for statement in [
                "REVOKE ALL ON DATABASE \(quotedName(name)) FROM PUBLIC",
                "COMMENT ON DATABASE \(quotedName(name)) IS \(quotedLiteral(marker(graph, warrant).text))",
            ] { _ = try await client.execute(utility(statement)) }
        }
        try await onDatabase(named: name, on: graph.host, statementTimeout: .seconds(30)) { client in
            _ = try await client.execute(utility("CREATE SCHEMA graph AUTHORIZATION \(owner)"))
        }
        try await tools.restore(source, into: name, on: host(graph.host), as: graph.graph.databaseName, timeout: timeout)
        try await onDatabase(named: name, on: graph.host, statementTimeout: .seconds(30)) { client in
            try await client.withTransaction(scope: .none) { transaction in
                try await run(["SET LOCAL ROLE \(owner)"] + GraphSchemaSQL.privileges(of: graph.graph), in: transaction)
            }
        }
        let groups = "\(quotedName(graph.graph.writersRole)), \(quotedName(graph.graph.readersRole))"
        let statements = limitStatements(limits, database: quotedName(name), groups: groups)
        try await engineErrors {
            try await maintenance(graph.host).withTransaction(scope: .none) { try await run(statements, in: $0) }
        }
    }

    /// Counts what was loaded.
    public func loaded(beside graph: EngineGraph, _ warrant: StepWarrant) async throws -> ContentSummary {
        try await onDatabase(named: scratchName(graph, warrant), on: graph.host, statementTimeout: .seconds(3_600)) { client in
            try await client.withTransaction(TransactionOptions(isolation: .repeatableRead), scope: .none) { try await contents(in: $0) }
        }
    }

    /// Drops the database beside the graph's, if it is ours.
    public func discardLoaded(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await drop(database: scratchName(graph, warrant), of: graph)
    }

    /// Ends all sessions and changes both names in one transaction of the host.
    ///
    /// After the switch the graph's database carries this operation's marker, which tells a second call that it was done.
    public func switchOver(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        let (name, new, old) = (graph.graph.databaseName, scratchName(graph, warrant), replacedName(graph, warrant))
        let databases = try await objects(of: graph).filter { $0.kind == .database }
        let own = databases.first { $0.name == name }
        if own?.marker == marker(graph, warrant).text, databases.contains(where: { $0.name == old }) { return }
        for database in databases where database.name == name || database.name == new {
            guard marker(graph, nil).owns(database.marker) else { throw EngineError.foreignObject(database.name) }
        }
        guard own != nil, databases.contains(where: { $0.name == new }) else {
            throw EngineError.refused("there are no two databases of \(graph.graph) to change over")
        }
        try await engineErrors {
            try await maintenance(graph.host).withTransaction(scope: .none) { transaction in
                _ = try await transaction.query(
                    "SELECT pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity WHERE datname IN (\(name), \(new))")
                try await run(
                    [
                        "ALTER DATABASE \(quotedName(name)) RENAME TO \(quotedName(old))",
                        "ALTER DATABASE \(quotedName(new)) RENAME TO \(quotedName(name))",
                        // Nobody works in what was replaced.
                        "ALTER DATABASE \(quotedName(old)) CONNECTION LIMIT 0",
                        "REVOKE ALL ON DATABASE \(quotedName(old)) FROM \(quotedName(graph.graph.writersRole)), \(quotedName(graph.graph.readersRole))",
                    ], in: transaction)
            }
        }
    }

    /// Reads the marker of the graph's own database.
    public func hasSwitchedOver(_ graph: EngineGraph, _ warrant: StepWarrant) async throws -> Bool {
        try await objects(of: graph).contains {
            $0.kind == .database && $0.name == graph.graph.databaseName && $0.marker == marker(graph, warrant).text
        }
    }

    /// Drops what a switch left under another name.
    public func dropReplaced(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await drop(database: replacedName(graph, warrant), of: graph)
    }

    /// The name under which the replaced database is kept.
    func replacedName(_ graph: EngineGraph, _ warrant: StepWarrant) -> String {
        let digits = String(UInt32(truncatingIfNeeded: warrant.operation.low >> 32), radix: 16)
        return graph.graph.databaseName + "__r" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }

    /// Counts rows and sums up a digest of each, which does not depend on their order.
    func contents(in transaction: PostgresTransaction) async throws -> ContentSummary {
        try await run(["SET LOCAL TimeZone = 'UTC'", "SET LOCAL DateStyle = 'ISO'", "SET LOCAL search_path = graph"], in: transaction)
        var digests: [String] = []
        var counts: [String: Int64] = [:]
        for table in GraphSchemaSQL.writableTables {
            let rows = try await transaction.query(
                utility(
                    """
                    SELECT count(*) AS rows, coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0)::text AS digest
                    FROM graph.\(table) t
                    """))
            guard let row = rows.first else { throw EngineError.refused("graph.\(table) cannot be counted") }
            counts[table] = try row.decode("rows")
            digests.append("\(table):\(try row.decode("rows", as: Int64.self)):\(try row.decode("digest", as: String.self))")
        }
        let size = try await transaction.query("SELECT pg_database_size(current_database()) AS bytes")
        return ContentSummary(
            nodes: counts["node"] ?? 0, edges: counts["edge"] ?? 0, digest: digests.joined(separator: " "),
            bytes: try size.first?.decode("bytes") ?? 0)
    }

    func drop(database name: String, of graph: EngineGraph) async throws {
        guard let object = try await objects(of: graph).first(where: { $0.kind == .database && $0.name == name }) else { return }
        // A process that died between making and marking it leaves it without a marker; the name is ours alone.
        guard object.marker == nil || marker(graph, nil).owns(object.marker) else { throw EngineError.foreignObject(name) }
        try await engineErrors {
            _ = try await maintenance(graph.host).execute(utility("DROP DATABASE IF EXISTS \(quotedName(name)) WITH (FORCE)"))
        }
    }
}
