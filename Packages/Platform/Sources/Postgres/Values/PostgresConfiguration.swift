public import Core

/// How a client reaches the database, and how it behaves there.
public struct PostgresConfiguration: Sendable {
    /// The group role that a connection works as, whoever logged in.
    public enum Role: String, Hashable, Sendable, CaseIterable {
        /// What serves requests.
        case app = "trellis_app"
        /// What works in the background.
        case system = "trellis_system"
        /// What owns the schema and changes it.
        case owner = "trellis_owner"
    }

    /// `postgres://user:password@host:port/database`, or any other text that libpq takes (PostgreSQL manual 34.1.1).
    public var url: SecretString
    /// The role to work as; `nil` is the one that logs in.
    public var role: Role?
    /// Connections of each loop. All loops of all processes together must stay below the server's `max_connections`.
    public var poolSizePerLoop: Int
    /// How long a caller waits for a connection, a restart of the server included.
    public var acquireTimeout: Duration
    /// How long making a connection may take.
    public var connectTimeout: Duration
    /// The most that a statement may take; zero is without end.
    public var statementTimeout: Duration
    /// The most that a statement may wait for a lock; zero is without end.
    public var lockTimeout: Duration
    /// The most that a transaction may stand idle before the server ends it; zero is without end.
    public var idleTransactionTimeout: Duration
    /// What the server shows in `pg_stat_activity`.
    public var applicationName: String
    /// Whether statements are prepared on first use. Off for proxies that pool transactions, where a name may meet another connection.
    public var preparesStatements: Bool

    /// Makes a configuration with the settings of a service: 8 connections a loop, statements of 30 s, locks of 5 s.
    public init(url: SecretString, role: Role? = nil) {
        self.url = url
        self.role = role
        poolSizePerLoop = 8
        acquireTimeout = .seconds(10)
        connectTimeout = .seconds(5)
        statementTimeout = .seconds(30)
        lockTimeout = .seconds(5)
        idleTransactionTimeout = .seconds(60)
        applicationName = "trellis"
        preparesStatements = true
    }

    /// Makes a configuration with the settings of a service.
    public init(url: String, role: Role? = nil) {
        self.init(url: SecretString(url), role: role)
    }

    /// The parameters of a connection; later ones win over the URL's.
    var connectionParameters: [(name: String, value: String)] {
        // `options` gives settings before the first statement, so that there is no moment without them (PostgreSQL manual 34.1.2).
        var options = [
            "statement_timeout=\(statementTimeout.wholeMilliseconds)", "lock_timeout=\(lockTimeout.wholeMilliseconds)",
            "idle_in_transaction_session_timeout=\(idleTransactionTimeout.wholeMilliseconds)",
        ]
        if let role { options.append("role=\(role.rawValue)") }
        return [
            ("dbname", url.withValue { $0 }),
            ("application_name", applicationName),
            ("client_encoding", "UTF8"),
            ("options", options.map { "-c \($0)" }.joined(separator: " ")),
            // A peer that vanished is noticed within half a minute.
            ("keepalives_idle", "15"), ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "30000"),
        ]
    }
}
