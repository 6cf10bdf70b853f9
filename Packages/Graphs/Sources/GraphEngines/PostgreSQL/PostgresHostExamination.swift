internal import Core
public import Graphs
internal import Postgres

/// What was seen of a host and of the tools of this machine, to be judged (GRA-097, GRA-104).
struct PostgresHostExamination: Sendable, Hashable {
    /// The oldest server that holds graphs.
    static let oldestServer = 15
    /// How far a host's clock may be from ours.
    static let allowedSkew: Duration = .seconds(2)

    /// The maintenance login.
    let login: String
    /// The server's version, and its first number.
    let serverVersion: String
    let serverMajor: Int
    /// The first number of the version of the tools here; `nil` when they cannot be run.
    var toolsMajor: Int?
    /// Whether our connection is encrypted, and whether it leaves this machine.
    var isEncrypted = true
    var isRemote = false
    /// Whether the server speaks TLS at all, how tenants are told to connect, and whether they come from elsewhere.
    var offersTLS = true
    var tenantTLS = "verify-full"
    var hasRemoteTenants = false
    /// Whether the login may do everything.
    var isSuperuser = false
    /// Statements that would give the login what it lacks.
    var missingGrants: [String] = []
    /// Whether the database that graphs are copied from is there and closed.
    var hasTemplate = true
    /// Databases that any login may open.
    var openDatabases: [String] = []
    /// How far its clock is from ours at the least.
    var skew: Duration = .zero

    init(login: String, serverVersion: String, serverMajor: Int, toolsMajor: Int?) {
        self.login = login
        self.serverVersion = serverVersion
        self.serverMajor = serverMajor
        self.toolsMajor = toolsMajor
    }

    /// What keeps the host from holding graphs, with what to run.
    var faults: [HostFault] {
        guard serverMajor >= Self.oldestServer else {
            return [
                HostFault(
                    .version, "the server is PostgreSQL \(serverVersion), and graphs take \(Self.oldestServer) or newer",
                    remedy: "pg_upgrade to PostgreSQL \(Self.oldestServer) or newer")
            ]
        }
        return encryption + rights + doors + tools + clock
    }

    private var encryption: [HostFault] {
        var found: [HostFault] = []
        if isRemote, !isEncrypted {
            found.append(
                HostFault(
                    .tls, "the maintenance login's connection is not encrypted",
                    remedy: "ssl = on on the server, and sslmode=verify-full in TRELLIS_GRAPH_HOSTS"))
        }
        if hasRemoteTenants, !offersTLS || !["require", "verify-ca", "verify-full"].contains(tenantTLS) {
            found.append(
                HostFault(
                    .tls, "tenants would connect with sslmode=\(tenantTLS) to a server \(offersTLS ? "with" : "without") TLS",
                    remedy: "ssl = on on the server, and tenant_sslmode=verify-full in TRELLIS_GRAPH_HOSTS"))
        }
        return found
    }

    private var rights: [HostFault] {
        let prepare = "trellis hosts prepare, with an administrator's address in TRELLIS_GRAPH_HOSTS"
        var found: [HostFault] = []
        if isSuperuser {
            found.append(
                HostFault(
                    .maintenanceRights, "the maintenance login \(login) is a superuser",
                    remedy: "\(prepare); then name \(PostgresHostPreparation.maintenanceRole) there"))
        }
        found += missingGrants.map { HostFault(.maintenanceRights, "the maintenance login \(login) lacks rights", remedy: $0) }
        if !hasTemplate {
            found.append(
                HostFault(
                    .maintenanceRights,
                    "the database \(PostgresHostPreparation.template), which graphs are copied from, is not there or open",
                    remedy: prepare))
        }
        return found
    }

    private var doors: [HostFault] {
        openDatabases.map {
            HostFault(
                .administrativeDatabases, "tenants may connect to the database \($0)",
                remedy: "REVOKE CONNECT ON DATABASE \(quotedName($0)) FROM PUBLIC;")
        }
    }

    private var tools: [HostFault] {
        guard toolsMajor ?? 0 < serverMajor else { return [] }
        return [
            HostFault(
                .dumpTools, "pg_dump is of version \(toolsMajor.map(String.init) ?? "unknown"), the server of version \(serverMajor)",
                remedy: "apt-get install postgresql-client-\(serverMajor), on each machine with a worker")
        ]
    }

    private var clock: [HostFault] {
        guard skew >= Self.allowedSkew else { return [] }
        let seconds = skew.components.seconds
        return [
            HostFault(
                .clock, "the host's clock is \(seconds) s or more from ours", remedy: "timedatectl set-ntp true, on the host and here")
        ]
    }
}

extension PostgresGraphEngine {
    /// Looks at everything that a host of graphs must have, by the maintenance login alone.
    public func faults(of host: HostReference) async throws -> [HostFault] {
        try await faults(of: host, by: SystemDateSource())
    }

    /// The same by another clock.
    func faults(of host: HostReference, by dateSource: any DateSource) async throws -> [HostFault] {
        let setting = try self.host(host)
        let tools = try? await tools.majorVersion()
        do {
            // By a connection of its own: one of the pool may be busy, which says nothing of the host.
            return try await connections.once(url: setting.url, statementTimeout: .seconds(30)) { client in
                try await examination(of: setting, tools: tools, client, by: dateSource).faults
            }
        } catch {
            guard let found = PostgresError.found(in: error) else { throw error }
            // What has a code was said by the server: it is there, and does not let this login work.
            let remedy = "psql as \(setting.user) on \(setting.maintenanceAddress), port \(setting.maintenancePort), from this machine"
            return [HostFault(found.sqlState == nil ? .reachability : .login, found.description, remedy: remedy)]
        }
    }

    private func examination(
        of setting: PostgresGraphHost, tools: Int?, _ client: PostgresClient, by dateSource: any DateSource
    ) async throws -> PostgresHostExamination {
        let before = dateSource.now
        let seen = try await client.query(
            """
            SELECT current_setting('server_version') AS version, current_setting('server_version_num')::bigint / 10000 AS major,
                current_user::text AS login, current_setting('ssl') = 'on' AS offers_tls, clock_timestamp() AS clock,
                coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted
            """)
        let after = dateSource.now
        guard let row = seen.first else { throw EngineError.refused("the host says nothing of itself") }
        var found = PostgresHostExamination(
            login: try row.decode("login"), serverVersion: try row.decode("version"),
            serverMajor: Int(try row.decode("major", as: Int64.self)), toolsMajor: tools)
        // What an old server lacks cannot be asked for.
        guard found.serverMajor >= PostgresHostExamination.oldestServer else { return found }
        let clock: Instant = try row.decode("clock")
        found.skew = max(before - clock, clock - after, .zero)
        found.isEncrypted = try row.decode("encrypted")
        found.offersTLS = try row.decode("offers_tls")
        found.isRemote = !PostgresGraphHost.isThisMachine(setting.maintenanceAddress)
        found.hasRemoteTenants = !PostgresGraphHost.isThisMachine(setting.address)
        found.tenantTLS = setting.tenantTLS
        try await examineRights(&found, client)
        let open = try await client.query(
            """
            SELECT datname::text AS name FROM pg_database
            WHERE datallowconn AND has_database_privilege('public', oid, 'CONNECT')
                AND coalesce(shobj_description(oid, 'pg_database'), '') NOT LIKE 'trellis deployment=%'
            ORDER BY 1 LIMIT 20
            """)
        found.openDatabases = try open.map { try $0.decode("name") }
        return found
    }

    private func examineRights(_ found: inout PostgresHostExamination, _ client: PostgresClient) async throws {
        let rows = try await client.query(
            """
            SELECT rolsuper AS super, rolcreatedb AND rolcreaterole AS creates,
                pg_has_role('pg_signal_backend', 'USAGE') AND pg_has_role('pg_read_all_stats', 'USAGE') AS watches,
                has_parameter_privilege('temp_file_limit', 'SET') AS limits,
                EXISTS (SELECT FROM pg_database WHERE datname = \(PostgresHostPreparation.template) AND datistemplate
                    AND NOT has_database_privilege('public', oid, 'CONNECT')) AS template
            FROM pg_roles WHERE rolname = current_user
            """)
        guard let row = rows.first else { throw EngineError.refused("the maintenance login has no role") }
        let login = quotedName(found.login)
        found.isSuperuser = try row.decode("super")
        found.hasTemplate = try row.decode("template")
        if !found.isSuperuser {
            if try !row.decode("creates", as: Bool.self) { found.missingGrants.append("ALTER ROLE \(login) CREATEDB CREATEROLE;") }
            if try !row.decode("watches", as: Bool.self) {
                found.missingGrants.append("GRANT pg_signal_backend, pg_read_all_stats TO \(login);")
            }
            if try !row.decode("limits", as: Bool.self) {
                found.missingGrants.append("GRANT SET ON PARAMETER temp_file_limit TO \(login);")
            }
        }
    }
}
