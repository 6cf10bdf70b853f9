internal import Core
public import FoundationEssentials

/// On whose behalf a transaction works: what row-level security lets it see.
///
/// It is set for the transaction alone, and read by the SQL functions `trellis_is_system()`, `trellis_org_id()` and `trellis_user_id()`.
public enum TransactionScope: Hashable, Sendable {
    /// The product itself: rows of every org.
    case system
    /// One org: its rows.
    case org(UUID)
    /// One user: rows that belong to the user.
    case user(UUID)
    /// Nobody: no row of any tenant table.
    case none
}

/// How a transaction runs.
public struct TransactionOptions: Hashable, Sendable {
    /// How far a transaction is kept apart from others (PostgreSQL manual 13.2).
    public enum Isolation: String, Hashable, Sendable {
        /// Each statement sees what was committed before it.
        case readCommitted = "READ COMMITTED"
        /// All statements see what was committed before the first.
        case repeatableRead = "REPEATABLE READ"
        /// As if transactions ran one after the other.
        case serializable = "SERIALIZABLE"
    }

    /// How far the transaction is kept apart from others.
    public var isolation: Isolation
    /// Whether the transaction may only read.
    public var isReadOnly: Bool
    /// How often the whole transaction, its body included, is done again when it failed for no fault of its own: serialization failure,
    /// deadlock, or a connection lost before the commit was sent. The body must have no effect outside of the transaction.
    public var retries: Int
    /// The most that a statement may take, when not the configuration's.
    public var statementTimeout: Duration?
    /// The most that a statement may wait for a lock, when not the configuration's.
    public var lockTimeout: Duration?

    /// Makes options.
    public init(
        isolation: Isolation = .readCommitted, isReadOnly: Bool = false, retries: Int = 0, statementTimeout: Duration? = nil,
        lockTimeout: Duration? = nil
    ) {
        self.isolation = isolation
        self.isReadOnly = isReadOnly
        self.retries = retries
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
    }

    var begin: Statement {
        switch (isolation, isReadOnly) {
        case (.readCommitted, false): "BEGIN"
        case (.readCommitted, true): "BEGIN READ ONLY"
        case (_, false): Statement("BEGIN ISOLATION LEVEL " + isolation.rawValue)
        case (_, true): Statement("BEGIN ISOLATION LEVEL " + isolation.rawValue + " READ ONLY")
        }
    }

    var settings: Statement? {
        switch (statementTimeout, lockTimeout) {
        case (nil, nil): nil
        case (let statement?, nil): "SELECT set_config('statement_timeout', \(Self.text(statement)), true)"
        case (nil, let lock?): "SELECT set_config('lock_timeout', \(Self.text(lock)), true)"
        case (let statement?, let lock?):
            """
            SELECT set_config('statement_timeout', \(Self.text(statement)), true), set_config('lock_timeout', \(Self.text(lock)), true)
            """
        }
    }

    private static func text(_ duration: Duration) -> String { "\(duration.wholeMilliseconds)ms" }
}

extension TransactionScope {
    /// Sets the scope for the transaction under way; nothing for nobody, which is how every transaction begins.
    var statement: Statement? {
        switch self {
        case .system: "SELECT set_config('trellis.scope', 'system', true)"
        case .org(let id):
            "SELECT set_config('trellis.scope', 'org', true), set_config('trellis.org_id', \(id.uuidString), true)"
        case .user(let id):
            "SELECT set_config('trellis.scope', 'user', true), set_config('trellis.user_id', \(id.uuidString), true)"
        case .none: nil
        }
    }
}
