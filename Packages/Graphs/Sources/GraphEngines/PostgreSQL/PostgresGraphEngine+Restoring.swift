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
                _ = try await transaction.query(endingSessions(in: name, new))
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

    /// Ends whoever works in two databases. A worker of autovacuum has no user and may be ended by superusers alone; a renaming has it end by itself.
    private func endingSessions(in one: String, _ other: String) -> Statement {
        "SELECT pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity WHERE datname IN (\(one), \(other)) AND usesysid IS NOT NULL"
    }

    /// Reads the marker of the graph's own database.
    public func hasSwitchedOver(_ graph: EngineGraph, _ warrant: StepWarrant) async throws -> Bool {
        try await objects(of: graph).contains {
            $0.kind == .database && $0.name == graph.graph.databaseName && $0.marker == marker(graph, warrant).text
        }
    }

    /// What was loaded says whose it is now and that its counting of modes begins anew, and takes the place of the empty database.
    ///
    /// The empty database is known by its number: a worker that is woken after another has done this finds a database of another number
    /// under the name once it has the lock, and changes nothing.
    public func adoptLoaded(_ graph: EngineGraph, _ copy: StepWarrant, for creation: StepWarrant) async throws {
        let empty = try await number(ofDatabase: graph.graph.databaseName, markedBy: marker(graph, creation), on: graph.host)
        if try await isAdopted(graph, by: creation) { return try await discardLoaded(graph, copy) }
        try await sign(scratchName(graph, copy), as: graph, for: creation)
        let (name, new, old) = (graph.graph.databaseName, scratchName(graph, copy), replacedName(graph, creation))
        try await engineErrors {
            try await maintenance(graph.host).withTransaction(scope: .none) { transaction in
                _ = try await transaction.query(endingSessions(in: name, new))
                try await run(["ALTER DATABASE \(quotedName(name)) RENAME TO \(quotedName(old))"], in: transaction)
                let locked = try await transaction.query("SELECT oid::bigint AS number FROM pg_database WHERE datname = \(old)").first
                guard try locked?.decode("number", as: Int64.self) == empty else { throw EngineError.unavailable("another has done it") }
                try await run(
                    [
                        "ALTER DATABASE \(quotedName(new)) RENAME TO \(quotedName(name))",
                        "COMMENT ON DATABASE \(quotedName(name)) IS \(quotedLiteral(marker(graph, creation).text))",
                    ], in: transaction)
            }
        }
    }

    private func number(ofDatabase name: String, markedBy marker: Marker, on host: HostReference) async throws -> Int64 {
        let found = try await engineErrors {
            try await maintenance(host).query(
                """
                SELECT oid::bigint AS number, shobj_description(oid, 'pg_database') AS marker FROM pg_database WHERE datname = \(name)
                """)
        }.first
        guard let found, try found.decode("marker", as: String?.self) == marker.text else { throw EngineError.foreignObject(name) }
        return try found.decode("number")
    }

    /// Writes into a database that was loaded of which graph it is, and for which operation.
    private func sign(_ database: String, as graph: EngineGraph, for creation: StepWarrant) async throws {
        let meta = [
            "adopted": creation.operation.description, "graph": graph.graph.description, "mode": EngineMode.full.rawValue,
            "mode_epoch": "0", "operation": creation.operation.description,
        ]
        try await onDatabase(named: database, on: graph.host, statementTimeout: .seconds(30)) { client in
            try await client.withTransaction(scope: .none) { transaction in
                try await run(["SET LOCAL ROLE \(quotedName(graph.graph.databaseName))"], in: transaction)
                for (key, value) in meta.sorted(by: { $0.key < $1.key }) {
                    _ = try await transaction.execute(
                        """
                        INSERT INTO graph.meta (key, value) VALUES (\(key), \(value)) ON CONFLICT (key) DO UPDATE SET value = excluded.value
                        """)
                }
            }
        }
    }

    /// Reads what the graph's own database says of itself.
    public func isAdopted(_ graph: EngineGraph, by creation: StepWarrant) async throws -> Bool {
        try await requireOurs(graph, .database)
        return try await onDatabase(of: graph) { client in
            let present = try await client.query("SELECT to_regclass('graph.meta') IS NOT NULL AS present").first
            guard try present?.decode("present", as: Bool.self) == true else { return false }
            let operation = try await client.query("SELECT value FROM graph.meta WHERE key = 'adopted'").first
            return try operation?.decode("value", as: String.self) == creation.operation.description
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
