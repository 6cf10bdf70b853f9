internal import Core
public import Graphs
internal import Operations
internal import Postgres

extension PostgresGraphEngine {
    /// A tenant may set the time limits of its own session and even of its login, so what it does is looked at from outside (GRA-110).
    public func supervise(_ tenants: [HostTenant], on host: HostReference) async throws -> Supervision {
        let stopped = try await stop(tenants, on: host)
        return Supervision(cancelled: stopped.cancelled, ended: stopped.ended, reset: try await resetLogins(of: tenants, on: host))
    }

    /// Statements over their time are cancelled; transactions that do nothing for longer than theirs, and what does not stop, are ended.
    private func stop(_ tenants: [HostTenant], on host: HostReference) async throws -> (cancelled: Int, ended: Int) {
        let names = tenants.map(\.graph.databaseName)
        let statements = tenants.map { $0.limits.statementTimeout.wholeMilliseconds }
        let idles = tenants.map { $0.limits.idleInTransactionTimeout.wholeMilliseconds }
        let row = try await engineErrors {
            // Only logins of the graph itself: the maintenance login is none of them, whatever it does in the database.
            try await maintenance(host).query(
                """
                WITH watched AS (
                    SELECT a.pid, a.state, extract(epoch FROM clock_timestamp() - a.query_start) * 1000 AS running,
                        extract(epoch FROM clock_timestamp() - a.state_change) * 1000 AS idle, w.statement_ms, w.idle_ms
                    FROM unnest(\(names), \(statements), \(idles)) AS w (name, statement_ms, idle_ms)
                    JOIN pg_stat_activity a ON a.datname = w.name AND starts_with(a.usename::text, w.name || '__u')
                    WHERE a.backend_type = 'client backend'
                )
                SELECT count(*) FILTER (WHERE CASE WHEN state = 'active' AND running > statement_ms AND running <= statement_ms + 30000
                        THEN pg_cancel_backend(pid) END) AS cancelled,
                    count(*) FILTER (WHERE CASE WHEN (state = 'active' AND running > statement_ms + 30000)
                        OR (starts_with(state, 'idle in transaction') AND idle > idle_ms) THEN pg_terminate_backend(pid) END) AS ended
                FROM watched
                """
            ).first
        }
        guard let row else { return (0, 0) }
        return (Int(try row.decode("cancelled", as: Int64.self)), Int(try row.decode("ended", as: Int64.self)))
    }

    /// Every setting of a login is as it was made, in whatever database it was changed.
    private func resetLogins(of tenants: [HostTenant], on host: HostReference) async throws -> Int {
        var limits: [String: EngineLimits] = [:]
        for tenant in tenants {
            for login in tenant.logins where login.hasPrefix(tenant.graph.databaseName + "__u") { limits[login] = tenant.limits }
        }
        guard !limits.isEmpty else { return 0 }
        let client = try maintenance(host)
        let rows = try await engineErrors {
            try await client.query(
                """
                SELECT r.rolname::text AS login, d.datname::text AS database, coalesce(s.setconfig, '{}') AS settings
                FROM pg_roles r LEFT JOIN pg_db_role_setting s ON s.setrole = r.oid LEFT JOIN pg_database d ON d.oid = s.setdatabase
                WHERE r.rolname = ANY (\(limits.keys.sorted())) ORDER BY 1, 2
                """)
        }
        var altered: Set<String> = []
        for row in rows {
            let (login, database): (String, String?) = (try row.decode("login"), try row.decode("database"))
            guard let wanted = limits[login]?.loginSettings else { continue }
            let found = Set(try row.decode("settings", as: [String].self))
            if database == nil, found == Set(wanted.map { "\($0.0)=\($0.1)" }) { continue }
            altered.insert(login)
            var statements = [
                database.map { "ALTER ROLE \(quotedName(login)) IN DATABASE \(quotedName($0)) RESET ALL" }
                    ?? "ALTER ROLE \(quotedName(login)) RESET ALL"
            ]
            if database == nil { statements += wanted.map { "ALTER ROLE \(quotedName(login)) SET \($0.0) = \(quotedLiteral($0.1))" } }
            // A login that is being ended at this moment is nobody's any more.
            do {
                try await engineErrors { try await client.withTransaction(scope: .none) { try await run(statements, in: $0) } }
            } catch is EngineError {
                altered.remove(login)
            }
        }
        return altered.count
    }
}

extension EngineLimits {
    /// The settings of a login: those of the database, and its temporary files.
    var loginSettings: [(String, String)] { settings + [("temp_file_limit", "\(temporaryFilesGB)GB")] }
}
