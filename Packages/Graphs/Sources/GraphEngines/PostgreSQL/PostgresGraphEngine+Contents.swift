internal import Core
public import Graphs
internal import Operations
internal import Postgres
internal import Synchronization

extension PostgresGraphEngine {
    /// Size and counts, read from the counters kept with the rows; a host that takes longer is as one that does not answer.
    public func facts(_ graph: EngineGraph, within budget: Duration) async throws -> GraphFacts {
        try await withThrowingTaskGroup(of: GraphFacts.self) { group in
            group.addTask { try await read(graph, within: budget) }
            group.addTask {
                try await connections.sleep(for: budget)
                throw EngineError.unavailable("no answer within \(budget)")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw EngineError.unavailable("no answer") }
            return first
        }
    }

    private func read(_ graph: EngineGraph, within budget: Duration) async throws -> GraphFacts {
        try await requireOurs(graph, .database)
        return try await onDatabase(of: graph, statementTimeout: budget) { client in
            let counters = try await client.query(
                """
                SELECT kind, name, sum(count)::bigint AS total, max(changed_at) AS changed_at FROM graph.counter GROUP BY kind, name
                """)
            let pattern = graph.graph.databasePattern + "\\_\\_u%"
            let rows = try await client.query(
                """
                SELECT pg_database_size(current_database()) AS bytes, pg_postmaster_start_time() AS started,
                    (SELECT value FROM graph.meta WHERE key = 'schema_version') AS version,
                    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE \(pattern)) AS sessions,
                    \(fragment: PostgresCounters.columns)
                FROM pg_stat_database s WHERE s.datname = current_database()
                """)
            guard let row = rows.first else { throw EngineError.refused("no facts") }
            var totals: [String: [String: Int64]] = [:]
            for counter in counters {
                let total = try counter.decode("total", as: Int64.self)
                if total > 0 { totals[try counter.decode("kind"), default: [:]][try counter.decode("name")] = total }
            }
            return GraphFacts(
                bytes: try row.decode("bytes"), nodes: totals["node"] ?? [:], edges: totals["edge"] ?? [:],
                lastModified: try counters.map { try $0.decode("changed_at", as: Instant.self) }.max(),
                schemaVersion: try row.decode("version"), serverStartedAt: try row.decode("started"),
                sessions: Int(try row.decode("sessions", as: Int64.self)), counters: try PostgresCounters.read(row))
        }
    }

    /// Counts in one snapshot, without keeping a writer waiting: what is missing is added in a slot of its own, beside whatever is counted now.
    public func recount(_ graph: EngineGraph, timeout: Duration) async throws -> [CountDrift] {
        try await requireOurs(graph, .database)
        let owner = quotedName(graph.graph.databaseName)
        return try await onDatabase(of: graph, statementTimeout: timeout) { client in
            let moves = try await client.query("SELECT count(*) AS n FROM pg_trigger WHERE tgname = 'count_moved' AND NOT tgisinternal")
            if try moves.first?.decode("n", as: Int64.self) != 2 {
                try await client.withTransaction(scope: .none) { transaction in
                    try await run(
                        ["SET LOCAL ROLE \(owner)"] + GraphSchemaSQL.countMoves + ["REVOKE ALL ON FUNCTION graph.count_move() FROM PUBLIC"],
                        in: transaction)
                }
            }
            return try await client.withTransaction(TransactionOptions(isolation: .repeatableRead), scope: .none) { transaction in
                try await run(["SET LOCAL ROLE \(owner)"], in: transaction)
                return try await transaction.query(utility(GraphSchemaSQL.recount)).map { row in
                    CountDrift(
                        kind: try row.decode("kind"), name: try row.decode("name"), counted: try row.decode("counted"),
                        found: try row.decode("found"))
                }
            }
        }
    }

    /// The size of every database that carries this deployment's marker; scratch databases are no graphs. Asked again when one is dropped meanwhile, which
    /// fails the question for all (3D000).
    public func measure(_ host: HostReference) async throws -> [GraphMeasure] {
        try await engineErrors {
            var attempts = 5
            while true {
                do {
                    return try await sizes(on: host)
                } catch  where PostgresError.found(in: error)?.sqlState == .invalidCatalogName && attempts > 1 {
                    attempts -= 1
                }
            }
        }
    }

    private func sizes(on host: HostReference) async throws -> [GraphMeasure] {
        try await maintenance(host).query(
            """
            SELECT d.datname::text AS name, pg_database_size(d.oid) AS bytes, shobj_description(d.oid, 'pg_database') AS marker,
                \(fragment: PostgresCounters.columns)
            FROM pg_database d LEFT JOIN pg_stat_database s ON s.datid = d.oid WHERE d.datname LIKE 'kg%' ORDER BY d.datname
            """
        ).compactMap { row in
            guard let graph = GraphID(try row.decode("name", as: String.self)),
                marker(EngineGraph(host: host, graph: graph), nil).owns(try row.decode("marker", as: String?.self))
            else { return nil }
            return GraphMeasure(graph: graph, bytes: try row.decode("bytes"), counters: try PostgresCounters.read(row))
        }
    }

    /// Streams `pg_dump --format=custom` of the schema into a sink; the password travels in a private file, never in arguments.
    public func dump(
        _ graph: EngineGraph, into sink: any ByteSink, timeout: Duration, _ warrant: StepWarrant
    ) async throws -> DumpSummary {
        try await requireOurs(graph, .database)
        let version = try await probe(graph.host).serverVersion
        let counted = CountingSink(sink)
        let name = graph.graph.databaseName
        // Counted in the very snapshot that is dumped, so that a restored copy can be held against the figures (manual 9.28.5).
        let summary = try await onDatabase(of: graph, statementTimeout: timeout) { client in
            try await client.withTransaction(TransactionOptions(isolation: .repeatableRead), scope: .none) { transaction in
                try await run(["SET LOCAL idle_in_transaction_session_timeout = 0"], in: transaction)
                guard let row = try await transaction.query("SELECT pg_export_snapshot() AS snapshot").first else {
                    throw EngineError.refused("no snapshot")
                }
                let summary = try await contents(in: transaction)
                try await tools.dump(
                    database: name, on: host(graph.host), snapshot: row.decode("snapshot"), into: counted, timeout: timeout)
                return summary
            }
        }
        return DumpSummary(
            bytes: counted.bytes, nodes: summary.nodes, edges: summary.edges, engineVersion: "PostgreSQL " + version, digest: summary.digest
        )
    }

    /// Has `pg_restore --list` read the table of contents of an archive.
    public func tables(inArchive source: any ByteSource) async throws -> Set<String> {
        try await tools.tables(inArchive: source)
    }

    /// Destroys the database, sessions or not; the proof is of this very graph, or nothing happens.
    public func drop(_ graph: EngineGraph, proof: FinalBackupProof, _ warrant: StepWarrant) async throws {
        guard proof.graph == graph.graph else { throw EngineError.refused("the proof is of another graph") }
        try await dropDatabases(graph)
    }

    /// Removes logins, groups and owner in one transaction.
    public func dropPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        let roles = try await objects(of: graph).filter { $0.kind == .role }
        for role in roles where !marker(graph, nil).owns(role.marker) { throw EngineError.foreignObject(role.name) }
        // Members go before the groups they belong to, and the owner last: names sort in that order backwards.
        let names = roles.map(\.name).sorted { $0.utf8.count > $1.utf8.count }
        guard !names.isEmpty else { return }
        try await engineErrors {
            try await maintenance(graph.host).withTransaction(scope: .none) { transaction in
                try await run(names.map { "DROP ROLE IF EXISTS \(quotedName($0))" }, in: transaction)
            }
        }
    }

    /// Undoes a creation. A graph with logins, or with more in it than its creation put there, has been in use.
    public func discardUnused(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        let objects = try await objects(of: graph)
        let temporary = graph.graph.loginRole(UInt32(truncatingIfNeeded: warrant.operation.low))
        let hasLogins = objects.contains {
            $0.kind == .role && $0.name.hasPrefix(graph.graph.databaseName + "__u") && $0.name != temporary
        }
        guard !hasLogins else { throw EngineError.notUnused(graph.graph) }
        if objects.contains(where: { $0.kind == .database && $0.name == graph.graph.databaseName }) {
            let isInstalled = try await onDatabase(of: graph) { client in
                try await client.query("SELECT to_regclass('graph.node') IS NOT NULL AS present").first?.decode("present", as: Bool.self)
            }
            if isInstalled == true {
                // A copy holds what its backup holds; without a login nobody could write to it yet.
                let facts = try await facts(graph, within: .seconds(30))
                let isEmpty = facts.nodes.values.reduce(0, +) <= 1 && facts.edges.isEmpty
                let isCopy = try await isAdopted(graph, by: warrant)
                guard isEmpty || isCopy else { throw EngineError.notUnused(graph.graph) }
            }
        }
        try await dropDatabases(graph)
        try await dropPrincipals(graph, warrant)
    }

    private func dropDatabases(_ graph: EngineGraph) async throws {
        let scratch = graph.graph.databaseName + "__r"
        for object in try await objects(of: graph) where object.kind == .database {
            // A scratch database is named after us before it can be marked.
            guard marker(graph, nil).owns(object.marker) || (object.marker == nil && object.name.hasPrefix(scratch)) else {
                throw EngineError.foreignObject(object.name)
            }
            try await engineErrors {
                _ = try await maintenance(graph.host).execute(
                    utility("DROP DATABASE IF EXISTS \(quotedName(object.name)) WITH (FORCE)"))
            }
        }
    }
}

/// Counts what goes through.
private final class CountingSink: ByteSink {
    private let sink: any ByteSink
    private let count = Mutex<Int64>(0)

    init(_ sink: any ByteSink) {
        self.sink = sink
    }

    var bytes: Int64 { count.withLock(\.self) }

    func write(_ bytes: [UInt8]) throws {
        try sink.write(bytes)
        count.withLock { $0 += Int64(bytes.count) }
    }
}
