internal import Core
public import Postgres

/// How long entries have waited for their link, and what that means (AUD-041). Writing goes on whatever it means.
public struct AuditBacklog: Error, Sendable, Hashable, CustomStringConvertible {
    /// What it means.
    public enum State: Sendable, Hashable {
        /// Sealing keeps up.
        case prompt
        /// The oldest has waited for more than 30 seconds: somebody has to be told.
        case late
        /// The oldest has waited for more than 5 minutes: the process is degraded.
        case degraded
    }

    /// How long the oldest has waited.
    public let age: Duration
    /// How many wait.
    public let count: Int64

    /// The reason that a degraded process gives.
    public static let reason = "audit_sealing"

    /// Tells of a backlog.
    public init(age: Duration, count: Int64) {
        self.age = age
        self.count = count
    }

    /// What it means.
    public var state: State {
        if age > .minutes(5) { return .degraded }
        return age > .seconds(30) ? .late : .prompt
    }

    /// How far behind sealing is.
    public var description: String { "\(count) entries wait, the oldest for \(age.components.seconds) s" }

    /// Looks, by the clock by which entries are filed.
    ///
    /// - Throws: ``PostgresError`` when the log cannot be read.
    public static func current(in client: PostgresClient) async throws -> AuditBacklog {
        let row = try await client.query("SELECT * FROM audit.backlog()", scope: .none)[0]
        return AuditBacklog(age: .microseconds(try row.decode("age", as: Int64.self)), count: try row.decode("waiting"))
    }

    /// How many bytes of entries lie outside of all months, because theirs was not there when they came (AUD-064).
    ///
    /// - Throws: ``PostgresError`` when the database refuses.
    public static func unfiled(in client: PostgresClient) async throws -> Int64 {
        try await client.query("SELECT audit.unfiled_bytes()", scope: .none)[0].decode(Int64.self)
    }
}
