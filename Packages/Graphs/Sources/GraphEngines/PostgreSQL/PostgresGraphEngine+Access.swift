internal import Core
internal import Cryptography
public import Graphs
internal import Operations
internal import Postgres

extension PostgresGraphEngine {
    /// Writes, reads and deletes with a temporary login, and makes sure that it may open no other database of ours.
    public func verify(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        let role = graph.graph.loginRole(UInt32(truncatingIfNeeded: warrant.operation.low))
        let limits = EngineLimits(
            connections: 2, statementTimeout: .seconds(10), idleInTransactionTimeout: .seconds(10), lockTimeout: .seconds(5),
            temporaryFilesGB: 1)
        // It says for whom it was made, so that one whose process died is known for what it is (GRA-125).
        let login = try await issue(
            LoginSpecification(role: role, access: .readWrite), for: graph, limits: limits, marker: marker(graph, warrant))
        do {
            try await probe(graph, with: login)
            try await requireNoOtherDoor(graph, role: role)
        } catch {
            try await revoke(role: role, of: graph)
            throw error
        }
        try await revoke(role: role, of: graph)
    }

    private func probe(_ graph: EngineGraph, with login: IssuedLogin) async throws {
        let host = try host(graph.host)
        let url = host.url(ofDatabase: graph.graph.databaseName, user: login.role, password: login.password)
        let edges: Int64 = try await engineErrors {
            try await connections.once(url: url, statementTimeout: .seconds(10)) { client in
                try await client.withTransaction(scope: .none) { transaction in
                    // Ids below zero are never given out by the sequence, so the probe meets no one's rows.
                    try await run(
                        [
                            "INSERT INTO graph.node (id, label) VALUES (-1, 'trellis_probe'), (-2, 'trellis_probe')",
                            "INSERT INTO graph.edge (id, type, src, dst) VALUES (-1, 'TRELLIS_PROBE', -1, -2)",
                        ], in: transaction)
                    let rows = try await transaction.query(
                        "SELECT count(*) AS found FROM graph.edge e JOIN graph.node n ON n.id = e.src WHERE e.id = -1")
                    try await run(["DELETE FROM graph.node WHERE id < 0"], in: transaction)
                    return try rows.first?.decode("found", as: Int64.self) ?? 0
                }
            }
        }
        guard edges == 1 else { throw EngineError.refused("the probe did not read what it wrote") }
    }

    /// A login of one graph may connect to no other graph and to no administrative database (GRA-107); what an attempt that died left beside
    /// the graph's own database is no other's.
    private func requireNoOtherDoor(_ graph: EngineGraph, role: String) async throws {
        let host = try host(graph.host)
        let closed = PostgresHostPreparation.administrativeDatabases + [host.database]
        let own = graph.graph.databasePattern + "\\_\\_r%"
        // By oid: a database that is dropped meanwhile is then no door; by name it would be an error.
        let rows = try await engineErrors {
            try await maintenance(graph.host).query(
                """
                SELECT datname::text AS name FROM pg_database
                WHERE datname <> \(graph.graph.databaseName) AND datname NOT LIKE \(own) AND has_database_privilege(\(role), oid, 'CONNECT') AND datallowconn
                  AND (datname = ANY(\(closed)) OR shobj_description(oid, 'pg_database') LIKE 'trellis deployment=%')
                """)
        }
        if let open = try rows.first?.decode("name", as: String.self) {
            throw EngineError.refused("a login of \(graph.graph) may connect to \(open)")
        }
    }

    /// Sets the privileges of a mode; for `none` logins are refused and sessions ended.
    public func setMode(_ mode: EngineMode, epoch: Int64, of graph: EngineGraph) async throws {
        try await requireOurs(graph, .database)
        let applied = try await onDatabase(of: graph) { client in
            try await client.withTransaction(scope: .none) { transaction in
                let row = try await transaction.query("SELECT value::bigint AS epoch FROM graph.meta WHERE key = 'mode_epoch' FOR UPDATE")
                    .first
                guard try row?.decode("epoch", as: Int64.self) ?? 0 <= epoch else { return false }
                try await run(GraphSchemaSQL.grants(for: mode, of: graph.graph), in: transaction)
                _ = try await transaction.execute(
                    """
                    UPDATE graph.meta SET value = CASE key WHEN 'mode' THEN \(mode.rawValue) ELSE \(String(epoch)) END
                    WHERE key IN ('mode', 'mode_epoch')
                    """)
                let logins = try await logins(of: graph.graph, in: transaction)
                try await run(
                    logins.map { "ALTER ROLE \(quotedName($0)) \(mode == .none ? "NOLOGIN" : "LOGIN")" }, in: transaction)
                return true
            }
        }
        if applied, mode == .none { try await endSessions(of: graph, role: nil) }
    }

    /// Makes a login with a new password; only its verifier reaches the host.
    public func issue(_ login: LoginSpecification, for graph: EngineGraph, limits: EngineLimits) async throws -> IssuedLogin {
        try await issue(login, for: graph, limits: limits, marker: marker(graph, nil))
    }

    private func issue(
        _ login: LoginSpecification, for graph: EngineGraph, limits: EngineLimits, marker: Marker
    ) async throws -> IssuedLogin {
        let host = try host(graph.host)
        let password = SecretString(RandomBytes.token(byteCount: 32))
        let verifier = SCRAMVerifier(password: password, salt: RandomBytes.make(count: 16))
        try await put(login, verifier.text, into: graph, limits: limits, marker: marker)
        let database = graph.graph.databaseName
        return IssuedLogin(
            role: login.role, password: password,
            connectionString: host.connectionString(role: login.role, password: password, database: database), address: host.address,
            port: host.port, database: database,
            sealed: try sealer?.seal(Array(verifier.text.utf8), place: Self.place(of: login)))
    }

    /// Makes the login with the verifier it had on the host it comes from; the password was never anywhere but with its owner.
    public func admit(_ login: SealedLogin, to graph: EngineGraph, limits: EngineLimits) async throws {
        guard let sealer else { throw EngineError.refused("there is no key that opens logins") }
        let verifier: String
        do {
            verifier = String(decoding: try sealer.open(login.sealed, place: Self.place(of: login.specification)), as: UTF8.self)
        } catch {
            throw EngineError.refused("a login does not open: \(error)")
        }
        try await put(login.specification, verifier, into: graph, limits: limits, marker: marker(graph, nil))
    }

    private static func place(of login: LoginSpecification) -> String { "graphs.graph_credential/sealed_verifier/\(login.role)" }

    /// Where tenants reach it.
    public func address(of host: HostReference) -> HostAddress? {
        hosts[host.name].map { HostAddress(host: $0.address, port: $0.port) }
    }

    private func put(
        _ login: LoginSpecification, _ verifier: String, into graph: EngineGraph, limits: EngineLimits, marker: Marker
    ) async throws {
        try await requireOurs(graph, .database)
        let group = login.access == .readWrite ? graph.graph.writersRole : graph.graph.readersRole
        let role = quotedName(login.role)
        try await engineErrors {
            try await maintenance(graph.host).withTransaction(scope: .none) { transaction in
                let present = try await transaction.query(
                    "SELECT shobj_description(oid, 'pg_authid') AS marker FROM pg_roles WHERE rolname = \(login.role)")
                if let row = present.first {
                    guard marker.owns(try row.decode("marker")) else { throw EngineError.foreignObject(login.role) }
                } else {
                    try await run(
                        [
                            "CREATE ROLE \(role) NOLOGIN IN ROLE \(quotedName(group))",
                            "COMMENT ON ROLE \(role) IS \(quotedLiteral(marker.text))",
                        ], in: transaction)
                }
                let settings = limits.loginSettings
                try await run(
                    ["ALTER ROLE \(role) CONNECTION LIMIT \(limits.connections) PASSWORD \(quotedLiteral(verifier))"]
                        + settings.map { "ALTER ROLE \(role) SET \($0.0) = \(quotedLiteral($0.1))" }, in: transaction)
            }
        }
        // Under the lock of the mode: whoever closes the graph at this moment comes before, or finds the login and refuses it (GRA-108).
        try await onDatabase(of: graph) { client in
            try await client.withTransaction(scope: .none) { transaction in
                _ = try await transaction.query("SELECT value FROM graph.meta WHERE key = 'mode_epoch' FOR UPDATE")
                let mode = try await transaction.query("SELECT value FROM graph.meta WHERE key = 'mode'").first
                guard try mode?.decode("value", as: String.self) != EngineMode.none.rawValue else { return }
                try await run(["ALTER ROLE \(role) LOGIN"], in: transaction)
            }
        }
    }

    /// Refuses a login at once, ends its sessions, and removes its role.
    public func revoke(role: String, of graph: EngineGraph) async throws {
        guard let object = try await objects(of: graph).first(where: { $0.kind == .role && $0.name == role }) else { return }
        guard marker(graph, nil).owns(object.marker), role.hasPrefix(graph.graph.databaseName + "__u") else {
            throw EngineError.foreignObject(role)
        }
        try await engineErrors {
            _ = try await maintenance(graph.host).execute(utility("ALTER ROLE \(quotedName(role)) NOLOGIN"))
            try await endSessions(of: graph, role: role)
            _ = try await maintenance(graph.host).execute(utility("DROP ROLE IF EXISTS \(quotedName(role))"))
        }
    }

    func logins(of graph: GraphID, in transaction: PostgresTransaction) async throws -> [String] {
        let pattern = graph.databasePattern + "\\_\\_u%"
        return try await transaction.query("SELECT rolname::text AS name FROM pg_roles WHERE rolname LIKE \(pattern) ORDER BY 1")
            .map { try $0.decode("name") }
    }

    /// Ends tenants' sessions; the maintenance login's own stay.
    private func endSessions(of graph: EngineGraph, role: String?) async throws {
        let pattern = role.map(likeLiteral) ?? graph.graph.databasePattern + "\\_\\_u%"
        try await engineErrors {
            _ = try await maintenance(graph.host).query(
                """
                SELECT pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity
                WHERE datname = \(graph.graph.databaseName) AND usename LIKE \(pattern)
                """)
        }
    }

    /// What was begun before a mode was set may have written already; its sessions end. What begins later is held to the mode.
    public func endTransactions(of graph: EngineGraph) async throws {
        let pattern = graph.graph.databasePattern + "\\_\\_u%"
        let rows = try await engineErrors {
            try await maintenance(graph.host).query(
                """
                SELECT pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity
                WHERE datname = \(graph.graph.databaseName) AND usename LIKE \(pattern) AND xact_start IS NOT NULL
                """)
        }
        guard try rows.allSatisfy({ try $0.decode("ended", as: Bool.self) }) else {
            throw EngineError.unavailable("a session does not end")
        }
    }

    private func likeLiteral(_ text: String) -> String {
        text.map { $0 == "_" || $0 == "%" ? "\\\($0)" : String($0) }.joined()
    }
}
