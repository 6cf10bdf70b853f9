public import Admin
public import Core
public import Observability
public import Postgres

/// Levels of log lines in PostgreSQL, where every process reads them.
public struct PostgresLogLevels: LogLevelControl {
    private let store: LogLevelStore

    /// Makes the control.
    public init(_ store: LogLevelStore) {
        self.store = store
    }

    /// One statement.
    public func overrides(at now: Instant) async throws -> [LogLevels.Override] { try await store.overrides(at: now) }

    /// One statement.
    public func set(_ component: String, to level: LogLevel, for duration: Duration, because reason: String) async throws {
        try await store.set(component, to: level, for: duration, because: reason)
    }
}
