public import Core
internal import JobsPostgres
public import Postgres

/// The business time for commands that run once: what they write is read by processes that go by it (OPS-094).
public enum BusinessTime {
    /// The time as it stands in a deployment: that of the sandbox's clock where it has one, else the machine's.
    ///
    /// - Throws: `PostgresError` when the clock's row cannot be read.
    public static func present(in client: PostgresClient) async throws -> any DateSource { try await SandboxClock.present(in: client) }
}

extension Product {
    /// The business time.
    public var now: Instant { foundations.dateSource.now }
}
