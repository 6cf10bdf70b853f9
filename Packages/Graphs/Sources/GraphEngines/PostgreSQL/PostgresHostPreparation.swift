public import Core
internal import Cryptography
public import EventLoops
internal import Graphs
public import Observability
internal import Postgres

/// What an administrator does once on each host, before it can hold graphs (graphs.md, section 7). Done again it changes nothing.
public struct PostgresHostPreparation: Sendable {
    /// The database every graph is copied from.
    static let template = "trellis_template"
    /// The role that makes and destroys graphs; no superuser.
    public static let maintenanceRole = "trellis_maint"
    /// Databases that no tenant may open.
    static let administrativeDatabases = ["postgres", "template1"]

    private let connections: HostConnections
    private let host: PostgresGraphHost

    /// Makes a preparation of the host that a superuser's URL leads to.
    public init(host: PostgresGraphHost, loops: EventLoopGroup, log: Log) {
        self.host = host
        connections = HostConnections(loops: loops, log: log)
    }

    /// Makes the maintenance role and the template, and closes databases to everybody who was not named.
    ///
    /// - Parameter password: the maintenance role's; without one it cannot log in by password.
    /// - Parameter closing: further databases on the host that tenants must not open, such as the control database.
    /// - Parameter admitting: roles that may go on opening those.
    public func run(password: SecretString? = nil, closing: [String] = [], admitting: [String] = []) async throws {
        do {
            try await prepare(password: password, closing: closing, admitting: admitting)
        } catch {
            await connections.close()
            throw error
        }
        await connections.close()
    }

    private func prepare(password: SecretString?, closing: [String], admitting: [String]) async throws {
        try await engineErrors {
            let client = try connections.maintenance(of: host)
            try await client.withTransaction(scope: .none) { transaction in
                // Two processes that start at once prepare one after the other.
                _ = try await transaction.query("SELECT pg_advisory_xact_lock(7266837, 1)")
                try await makeRole(password: password, in: transaction)
                try await close(Self.administrativeDatabases + closing, admitting: admitting, in: transaction)
            }
            try await makeTemplate(client)
        }
    }

    private func makeRole(password: SecretString?, in transaction: PostgresTransaction) async throws {
        let role = Self.maintenanceRole
        if try await transaction.query("SELECT 1 AS found FROM pg_roles WHERE rolname = \(role)").isEmpty {
            _ = try await transaction.execute(utility("CREATE ROLE \(role) LOGIN CREATEDB CREATEROLE"))
        }
        if let password {
            let verifier = SCRAMVerifier(password: password, salt: RandomBytes.make(count: 16))
            _ = try await transaction.execute(utility("ALTER ROLE \(role) PASSWORD \(quotedLiteral(verifier.text))"))
        }
        for statement in [
            "GRANT pg_signal_backend, pg_read_all_stats TO \(role)", "GRANT SET ON PARAMETER temp_file_limit TO \(role)",
        ] {
            _ = try await transaction.execute(utility(statement))
        }
    }

    private func close(_ databases: [String], admitting: [String], in transaction: PostgresTransaction) async throws {
        let present = try await transaction.query("SELECT datname::text AS name FROM pg_database WHERE datname = ANY(\(databases))")
        let roles = try await transaction.query("SELECT rolname::text AS name FROM pg_roles WHERE rolname = ANY(\(admitting))")
        for row in present {
            let name = quotedName(try row.decode("name"))
            _ = try await transaction.execute(utility("REVOKE CONNECT ON DATABASE \(name) FROM PUBLIC"))
            for role in roles {
                let admitted = quotedName(try role.decode("name"))
                _ = try await transaction.execute(utility("GRANT CONNECT ON DATABASE \(name) TO \(admitted)"))
            }
        }
        let entrance = quotedName(host.database)
        _ = try await transaction.execute(utility("GRANT CONNECT ON DATABASE \(entrance) TO \(Self.maintenanceRole)"))
    }

    /// The template: nothing for PUBLIC, no schema, no large objects. It is made under another name, so that it is whole once it is there.
    private func makeTemplate(_ client: PostgresClient) async throws {
        let isThere = "SELECT 1 AS found FROM pg_database WHERE datname = '\(Self.template)'"
        guard try await client.query(utility(isThere)).isEmpty else { return }
        let draft = Self.template + "_" + Hex.encode(RandomBytes.make(count: 4))
        _ = try await client.execute(utility("CREATE DATABASE \(draft) TEMPLATE template0"))
        try await connections.once(url: host.url(ofDatabase: draft), statementTimeout: .seconds(60)) { draftClient in
            try await draftClient.withTransaction(scope: .none) { transaction in
                let functions = try await transaction.query(
                    """
                    SELECT p.oid::regprocedure::text AS signature FROM pg_proc p
                    WHERE p.pronamespace = 'pg_catalog'::regnamespace
                      AND (p.proname LIKE 'lo\\_%' OR p.proname IN ('loread', 'lowrite'))
                    """)
                for row in functions {
                    let signature: String = try row.decode("signature")
                    _ = try await transaction.execute(utility("REVOKE EXECUTE ON FUNCTION \(signature) FROM PUBLIC"))
                }
                _ = try await transaction.execute("DROP SCHEMA IF EXISTS public CASCADE")
            }
        }
        do {
            for statement in [
                "REVOKE ALL ON DATABASE \(draft) FROM PUBLIC", "ALTER DATABASE \(draft) ALLOW_CONNECTIONS false IS_TEMPLATE true",
                "ALTER DATABASE \(draft) RENAME TO \(Self.template)",
            ] {
                _ = try await client.execute(utility(statement))
            }
        } catch {
            _ = try await client.execute(utility("ALTER DATABASE \(draft) IS_TEMPLATE false"))
            _ = try await client.execute(utility("DROP DATABASE \(draft) WITH (FORCE)"))
            // Another process may have been faster; then its template is as good.
            guard try await !client.query(utility(isThere)).isEmpty else { throw error }
        }
    }
}
