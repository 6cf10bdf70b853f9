public import Core
public import EventLoops
public import Lifecycle
public import Observability

/// The levels of log lines that were changed for a while, for all processes at once (ADM-065).
public struct LogLevelStore: Sendable {
    private let client: PostgresClient

    /// Makes a store.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// Lets a part write its lines from a level on, for a while; it takes the place of what was said of that part before.
    ///
    /// The time is the database's, which all processes share, so that a business clock that was moved changes nothing.
    /// - Throws: ``PostgresError`` for a name that is none, a time above 15 minutes or a reason that is not of 10 to 500 characters.
    public func set(_ component: String, to level: LogLevel, for duration: Duration, because reason: String) async throws {
        _ = try await client.execute(
            """
            INSERT INTO trellis.log_level (component, level, until, reason, changed_at)
            VALUES (\(component), \(level.rawValue), now() + \(duration.wholeMilliseconds) * interval '1 millisecond', \(reason), now())
            ON CONFLICT (component) DO UPDATE
            SET level = excluded.level, until = excluded.until, reason = excluded.reason, changed_at = excluded.changed_at
            """)
    }

    /// What holds at present, as instants of a process's own clock.
    ///
    /// - Throws: ``PostgresError`` when the database cannot be reached.
    public func overrides(at now: Instant) async throws -> [LogLevels.Override] {
        try await client.query(
            """
            SELECT component, level, (extract(epoch FROM until - now()) * 1000)::bigint AS rest FROM trellis.log_level WHERE until > now()
            ORDER BY component
            """
        ).compactMap { row in
            guard let level = LogLevel(rawValue: try row.decode("level")) else { return nil }
            let rest = Duration.milliseconds(try row.decode("rest", as: Int64.self))
            return LogLevels.Override(component: try row.decode("component"), level: level, until: now + rest)
        }
    }
}

/// Makes the changed levels hold in this process, five seconds late at most.
public struct LogLevelFollower: Service {
    private let store: LogLevelStore
    private let levels: LogLevels
    private let loop: EventLoop

    /// Makes the service; `levels` are those that the process's logs ask.
    public init(_ store: LogLevelStore, levels: LogLevels = .process, loop: EventLoop) {
        self.store = store
        self.levels = levels
        self.loop = loop
    }

    /// Runs until a shutdown is asked for. While the database cannot be reached, what was read last holds until its time is over.
    public func run() async throws {
        let shutdown = GracefulShutdown.current
        repeat { try? await follow() } while await shutdown.pause { [loop] in try await loop.sleep(for: .seconds(5)) }
    }

    /// Reads once.
    func follow() async throws {
        levels.replace(by: try await store.overrides(at: SystemDateSource().now))
    }
}
