internal import Core
public import Graphs
internal import Operations
internal import Postgres

extension PostgresGraphEngine {
    /// Asks the host for its version and whether the login may make databases and roles.
    public func probe(_ host: HostReference) async throws -> HostFacts {
        try await engineErrors {
            let rows = try await maintenance(host).query(
                """
                SELECT current_setting('server_version') AS version, rolsuper OR (rolcreatedb AND rolcreaterole) AS may,
                    pg_size_bytes(current_setting('shared_buffers')) AS memory
                FROM pg_roles WHERE rolname = current_user
                """)
            guard let row = rows.first else { throw EngineError.refused("the maintenance login has no role") }
            let memory: Int64 = try row.decode("memory")
            return HostFacts(
                serverVersion: try row.decode("version"), mayMaintain: try row.decode("may"), memoryMegabytes: Int(memory >> 20))
        }
    }

    /// Databases and roles named after a graph, with the text on them.
    public func objects(of graph: EngineGraph) async throws -> [EngineObject] {
        let name = graph.graph.databaseName
        let pattern = graph.graph.databasePattern + "\\_\\_%"
        return try await engineErrors {
            let rows = try await maintenance(graph.host).query(
                """
                SELECT 'database' AS kind, datname::text AS name, shobj_description(oid, 'pg_database') AS marker
                FROM pg_database WHERE datname = \(name) OR datname LIKE \(pattern)
                UNION ALL
                SELECT 'role', rolname::text, shobj_description(oid, 'pg_authid')
                FROM pg_roles WHERE rolname = \(name) OR rolname LIKE \(pattern)
                ORDER BY 1, 2
                """)
            return try rows.map(object)
        }
    }

    /// Makes owner role and group roles in one transaction; those that are there must carry this operation's marker.
    public func createPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        let marker = marker(graph, warrant)
        let names = [graph.graph.databaseName, graph.graph.writersRole, graph.graph.readersRole]
        let present = try await objects(of: graph).filter { $0.kind == .role && names.contains($0.name) }
        for object in present where object.marker != marker.text { throw EngineError.foreignObject(object.name) }
        let missing = names.filter { name in !present.contains { $0.name == name } }
        guard !missing.isEmpty else { return }
        try await engineErrors {
            try await maintenance(graph.host).withTransaction(scope: .none) { transaction in
                for name in missing {
                    try await run(
                        [
                            "CREATE ROLE \(quotedName(name)) NOLOGIN",
                            "COMMENT ON ROLE \(quotedName(name)) IS \(quotedLiteral(marker.text))",
                        ], in: transaction)
                }
                if missing.contains(graph.graph.databaseName) {
                    try await run(["GRANT \(quotedName(graph.graph.databaseName)) TO CURRENT_USER"], in: transaction)
                }
            }
        }
    }

    /// Makes the empty database from the template.
    ///
    /// It is made under a scratch name, marked, and then renamed: a process that dies in between leaves a scratch database that is
    /// certainly ours, never an unmarked one under the graph's name.
    public func createDatabase(_ graph: EngineGraph, limits: EngineLimits, _ warrant: StepWarrant) async throws {
        let marker = marker(graph, warrant)
        let name = graph.graph.databaseName
        let scratch = scratchName(graph, warrant)
        let databases = try await objects(of: graph).filter { $0.kind == .database }
        if let present = databases.first(where: { $0.name == name }) {
            guard present.marker == marker.text else { throw EngineError.foreignObject(name) }
            return
        }
        try await engineErrors {
            let client = try maintenance(graph.host)
            if databases.contains(where: { $0.name == scratch }) {
                _ = try await client.execute(utility("DROP DATABASE \(quotedName(scratch)) WITH (FORCE)"))
            }
            _ = try await client.execute(
                utility(
                    "CREATE DATABASE \(quotedName(scratch)) TEMPLATE \(PostgresHostPreparation.template) CONNECTION LIMIT \(limits.connections)"
                ))
            _ = try await client.execute(utility("REVOKE ALL ON DATABASE \(quotedName(scratch)) FROM PUBLIC"))
            _ = try await client.execute(utility("COMMENT ON DATABASE \(quotedName(scratch)) IS \(quotedLiteral(marker.text))"))
            _ = try await client.execute(utility("ALTER DATABASE \(quotedName(scratch)) RENAME TO \(quotedName(name))"))
        }
    }

    /// Sets final values: who may connect, how many, how long.
    public func applyLimits(_ limits: EngineLimits, to graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await requireOurs(graph, .database)
        let name = quotedName(graph.graph.databaseName)
        let groups = "\(quotedName(graph.graph.writersRole)), \(quotedName(graph.graph.readersRole))"
        try await engineErrors {
            try await maintenance(graph.host).withTransaction(scope: .none) { transaction in
                try await run(limitStatements(limits, database: name, groups: groups), in: transaction)
            }
        }
    }

    /// Who may connect to a database, how many, how long.
    func limitStatements(_ limits: EngineLimits, database name: String, groups: String) -> [String] {
        [
            "REVOKE ALL ON DATABASE \(name) FROM PUBLIC",
            "GRANT CONNECT ON DATABASE \(name) TO \(groups)",
            "ALTER DATABASE \(name) CONNECTION LIMIT \(limits.connections)",
            "ALTER DATABASE \(name) SET search_path = graph",
        ] + limits.settings.map { "ALTER DATABASE \(name) SET \($0.0) = \(quotedLiteral($0.1))" }
    }

    /// Installs everything in one transaction; the meta row with the operation's id says that it is done.
    public func install(_ plan: SchemaPlan, in graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await requireOurs(graph, .database)
        let owner = quotedName(graph.graph.databaseName)
        try await onDatabase(of: graph) { client in
            try await client.withTransaction(scope: .none) { transaction in
                let present = try await transaction.query("SELECT to_regclass('graph.meta') IS NOT NULL AS present")
                if try present.first?.decode("present", as: Bool.self) == true {
                    let made = try await transaction.query("SELECT value FROM graph.meta WHERE key = 'operation'").first
                    guard try made?.decode("value", as: String.self) == warrant.operation.description else {
                        throw EngineError.foreignObject(graph.graph.databaseName + ".graph")
                    }
                    return
                }
                try await run(["CREATE SCHEMA graph AUTHORIZATION \(owner)", "SET LOCAL ROLE \(owner)"], in: transaction)
                try await run(GraphSchemaSQL.base, in: transaction)
                try await declare(plan, in: transaction)
                try await run(GraphSchemaSQL.privileges(of: graph.graph), in: transaction)
                let meta = [
                    "operation": warrant.operation.description, "graph": graph.graph.description, "schema_version": plan.version,
                    "format": "1", "mode_epoch": "0", "mode": EngineMode.full.rawValue,
                ]
                for (key, value) in meta.sorted(by: { $0.key < $1.key }) {
                    _ = try await transaction.execute("INSERT INTO graph.meta (key, value) VALUES (\(key), \(value))")
                }
            }
        }
    }

    private func declare(_ plan: SchemaPlan, in transaction: PostgresTransaction) async throws {
        for label in plan.labels {
            _ = try await transaction.execute("INSERT INTO graph.label (name) VALUES (\(label.name)) ON CONFLICT DO NOTHING")
            try await declare(label.properties, of: label.name, kind: "node", in: transaction)
        }
        for type in plan.edgeTypes {
            _ = try await transaction.execute(
                """
                INSERT INTO graph.edge_type (name, from_label, to_label) VALUES (\(type.name), \(type.from as String?), \(type.to as String?))
                ON CONFLICT DO NOTHING
                """)
            try await declare(type.properties, of: type.name, kind: "edge", in: transaction)
        }
        if let entity = plan.entity {
            let properties = JSONValue.object(entity.filter { $0.value != .null })
            let key = entity["uri"]?.stringValue
            _ = try await transaction.execute(
                "INSERT INTO graph.node (label, key, props) VALUES ('Entity', \(key as String?), \(properties))")
        }
    }

    private func declare(
        _ properties: [SchemaPlan.Property], of owner: String, kind: String, in transaction: PostgresTransaction
    ) async throws {
        for property in properties {
            _ = try await transaction.execute(
                """
                INSERT INTO graph.property_rule (kind, owner, property, type, is_required)
                VALUES (\(kind), \(owner), \(property.name), \(property.type.rawValue), \(property.isRequired)) ON CONFLICT DO NOTHING
                """)
            if property.isKey, kind == "node" {
                let (label, name) = (quotedLiteral(owner), quotedLiteral(property.name))
                try await run(["CREATE UNIQUE INDEX ON graph.node ((props ->> \(name))) WHERE label = \(label)"], in: transaction)
            }
        }
    }

    /// The name of the database while it is being made, after the operation.
    func scratchName(_ graph: EngineGraph, _ warrant: StepWarrant) -> String {
        let digits = String(UInt32(truncatingIfNeeded: warrant.operation.low), radix: 16)
        return graph.graph.databaseName + "__r" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }

    /// Refuses an object of the graph's name that does not carry our marker; one that is not there is refused as well.
    func requireOurs(_ graph: EngineGraph, _ kind: EngineObject.Kind) async throws {
        let object = try await objects(of: graph).first { $0.kind == kind && $0.name == graph.graph.databaseName }
        guard let object else { throw EngineError.refused("\(kind.rawValue) \(graph.graph) does not exist") }
        guard marker(graph, nil).owns(object.marker) else { throw EngineError.foreignObject(object.name) }
    }
}

extension EngineLimits {
    /// The settings of a database and of its logins.
    var settings: [(String, String)] {
        [
            ("statement_timeout", "\(statementTimeout.wholeMilliseconds)ms"),
            ("idle_in_transaction_session_timeout", "\(idleInTransactionTimeout.wholeMilliseconds)ms"),
            ("lock_timeout", "\(lockTimeout.wholeMilliseconds)ms"),
        ]
    }
}
