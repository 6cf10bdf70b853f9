public import Core
public import EventLoops
public import Lifecycle
public import Observability
public import Postgres
internal import Synchronization

/// The movable clock of the sandbox mode, the same in every process: a row of the database says how far it is ahead of the machine's clock,
/// or at which instant it stands still. Every process hears of a change at once, and looks every second by itself.
///
/// It exists in the sandbox mode only: without it, there is no row (OPS-090).
public final class SandboxClock: DateSource, Service {
    struct Setting: Sendable, Hashable {
        var generation: Int64
        var frozenAt: Instant?
        var ahead: Duration
    }

    static let channel = "trellis_clock"
    let client: PostgresClient
    private let database: PostgresConfiguration
    private let loops: EventLoopGroup
    private let log: Log
    private let setting = Mutex(Setting(generation: 0, frozenAt: nil, ahead: .zero))

    /// Makes a clock that shows the machine's time until ``load()`` or ``run()``.
    ///
    /// - Parameters:
    ///   - client: works as the system role: moving the clock fires schedules.
    ///   - database: how to reach the database, for listening.
    ///   - loops: where the listening connection lives.
    public init(client: PostgresClient, database: PostgresConfiguration, loops: EventLoopGroup, log: Log = .silent) {
        self.client = client
        self.database = database
        self.loops = loops
        self.log = log
    }

    /// The business time as it stands in a database, for a command that is over before anybody moves the clock; the machine's where it cannot be moved.
    ///
    /// - Throws: `PostgresError` when the clock's row cannot be read.
    public static func present(in client: PostgresClient) async throws -> any DateSource {
        let row = try await client.query("SELECT frozen_at, ahead_us FROM jobs.clock_state").first
        guard let (frozenAt, ahead) = try row?.decode((Instant?, Int64).self) else { return SystemDateSource() }
        return frozenAt.map { SteppedDateSource(startingAt: $0) } ?? SteppedDateSource(offset: .microseconds(ahead))
    }

    /// The present business time.
    public var now: Instant {
        setting.withLock { $0.frozenAt ?? Instant.systemNow() + $0.ahead }
    }

    /// Which setting of the clock this process follows; it grows with every move.
    public var generation: Int64 { setting.withLock { $0.generation } }

    /// Reads the clock's row, and makes it when there is none. To be called before anything asks for the time.
    public func load() async throws {
        try await client.execute("INSERT INTO jobs.clock_state (generation) VALUES (1) ON CONFLICT DO NOTHING")
        try await refresh()
    }

    /// Follows the row until the process ends.
    public func run() async throws {
        try await load()
        let listener = PostgresListener(channels: [Self.channel], configuration: database, loops: loops)
        let loop = loops.next()
        let shutdown = GracefulShutdown.current
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                for await _ in listener.events { await refreshQuietly() }
            }
            group.addTask { [self] in
                while !Task.isCancelled {
                    await refreshQuietly()
                    guard (try? await loop.sleep(for: .seconds(1))) != nil else { return }
                }
            }
            group.addTask { await shutdown.wait() }
            await group.next()
            listener.close()
            group.cancelAll()
        }
    }

    /// Sets the clock of every process to an instant, and keeps it running from there, or standing still where it stood still before.
    func move(to instant: Instant) async throws {
        let current = setting.withLock(\.self)
        let ahead = (instant - Instant.systemNow()).wholeMicroseconds
        _ = try await client.pipeline([
            """
            UPDATE jobs.clock_state SET generation = generation + 1,
                frozen_at = CASE WHEN frozen_at IS NULL THEN NULL ELSE greatest(frozen_at, \(instant)) END,
                ahead_us = CASE WHEN frozen_at IS NULL THEN greatest(ahead_us, \(ahead)) ELSE ahead_us END
            """,
            "SELECT pg_notify(\(Self.channel), \(String(current.generation + 1)))",
        ])
        try await refresh()
    }

    /// Stops the clock at its present instant, for runs that must be the same each time.
    public func freeze() async throws {
        let instant = now
        _ = try await client.pipeline([
            "UPDATE jobs.clock_state SET generation = generation + 1, frozen_at = coalesce(frozen_at, \(instant))",
            "SELECT pg_notify(\(Self.channel), 'frozen')",
        ])
        try await refresh()
    }

    /// Whether this process follows the clock as it is set at the moment.
    ///
    /// - Throws: `PostgresError` when the clock's row cannot be read.
    public func isCurrent() async throws -> Bool {
        try await client.query("SELECT generation FROM jobs.clock_state").first?.decode(Int64.self) ?? 0 <= generation
    }

    private func refreshQuietly() async {
        do {
            try await refresh()
        } catch {
            log.warning("the clock could not be read", ["error": .string(errorChain(error))])
        }
    }

    private func refresh() async throws {
        let rows = try await client.query("SELECT generation, frozen_at, ahead_us FROM jobs.clock_state")
        guard let row = rows.first else { return }
        let (generation, frozenAt, ahead) = try row.decode((Int64, Instant?, Int64).self)
        setting.withLock { setting in
            guard generation > setting.generation else { return }
            setting = Setting(generation: generation, frozenAt: frozenAt, ahead: .microseconds(ahead))
        }
    }
}
