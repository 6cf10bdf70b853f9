public import Core
public import Observability

/// Changes from which level on the parts of the product write their lines, on all nodes, for a while (ADM-065).
public protocol LogLevelControl: Sendable {
    /// What differs at present.
    func overrides(at now: Instant) async throws -> [LogLevels.Override]
    /// Changes one part for a while, at most ``LogLevels/maximumDuration``.
    func set(_ component: String, to level: LogLevel, for duration: Duration, because reason: String) async throws
}
