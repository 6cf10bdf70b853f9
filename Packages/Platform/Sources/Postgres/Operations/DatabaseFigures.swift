internal import Core
public import EventLoops
public import Lifecycle
public import Observability
internal import Synchronization

/// A figure that the database knows: one statement that gives a number for each of a few known words.
public struct DatabaseFigure: Sendable {
    /// The metric's name.
    public let name: String
    /// What it says.
    public let help: String
    /// The name of its label; `nil` where the statement gives one number alone.
    public let label: String?
    /// Gives `value`, and `label` where there is one: words of a closed set, never ids.
    public let statement: Statement

    /// Describes a figure.
    public init(_ name: String, _ help: String, by label: String? = nil, _ statement: Statement) {
        self.name = name
        self.help = help
        self.label = label
        self.statement = statement
    }

    /// What the server says of this database itself (ADM-061).
    public static let server = [
        DatabaseFigure(
            "trellis_database_connections", "Connections to the database, by what they do.", by: "state",
            """
            SELECT coalesce(state, 'other') AS label, count(*) AS value FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1
            """),
        DatabaseFigure(
            "trellis_database_lock_waits", "Connections that wait for a lock.",
            "SELECT count(*) AS value FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"),
        DatabaseFigure(
            "trellis_database_oldest_transaction_seconds", "Age of the oldest open transaction.",
            """
            SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::bigint AS value FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """),
    ]
}

/// Looks figures up in the database every fifteen seconds, whoever asks how often, and shows them as metrics.
public final class DatabaseFigures: Service, Sendable {
    private let client: PostgresClient
    private let figures: [DatabaseFigure]
    private let metrics: Metrics
    private let loop: EventLoop
    private let log: Log
    private let shown = Mutex<[String: [String: Gauge]]>([:])

    /// Makes the service; the client must see all that the figures count.
    public init(client: PostgresClient, figures: [DatabaseFigure], metrics: Metrics, loop: EventLoop, log: Log) {
        self.client = client
        self.figures = figures
        self.metrics = metrics
        self.loop = loop
        self.log = log
    }

    /// Runs until a shutdown is asked for.
    public func run() async throws {
        let shutdown = GracefulShutdown.current
        repeat { await refresh() } while await shutdown.pause { [loop] in try await loop.sleep(for: .seconds(15)) }
    }

    /// Looks all of them up once. One that cannot be looked up keeps its last value, and the others go on.
    public func refresh() async {
        for figure in figures {
            do {
                try await show(figure)
            } catch {
                log.warning("a figure could not be looked up", ["figure": .string(figure.name), "error": .string("\(error)")])
            }
        }
    }

    private func show(_ figure: DatabaseFigure) async throws {
        var values: [String: Int] = [:]
        for row in try await client.query(figure.statement, scope: .system) {
            let word = figure.label == nil ? "" : try row.decode("label", as: String.self)
            values[word] = try row.decode("value", as: Int.self)
        }
        shown.withLock { shown in
            var gauges = shown[figure.name] ?? [:]
            for word in values.keys where gauges[word] == nil {
                let labels = figure.label.map { [Label($0, word)] } ?? []
                gauges[word] = metrics.gauge(figure.name, help: figure.help, labels: labels)
            }
            // A word that no row has any more is at zero, not at what it was.
            for (word, gauge) in gauges { gauge.set(values[word] ?? 0) }
            shown[figure.name] = gauges
        }
    }
}
