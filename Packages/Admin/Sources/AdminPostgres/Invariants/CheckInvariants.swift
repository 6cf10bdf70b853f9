public import Core
public import Jobs
public import JobsPostgres
public import Observability
public import Postgres

/// The order to look whether the data is as it must be (OPS-141).
public struct CheckInvariants: Job {
    /// `admin.check_invariants`
    public static let kind = "admin.check_invariants"
    /// Nobody waits for it.
    public static let lane = Lane.maintenance
    /// It reads whole tables.
    public static let timeout: Duration = .minutes(30)

    /// Orders it.
    public init() {}

    /// Every night, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("45 4 * * *").map { Schedule("operations.check_invariants", $0, missed: .once, job: CheckInvariants()) }
    }
}

/// What of one invariant is broken.
public struct BrokenInvariant: Sendable, Hashable {
    /// Which invariant.
    public let name: String
    /// How much breaks it.
    public let count: Int
    /// Ids of some of it.
    public let examples: [String]
}

/// Looks at all invariants, alarms about what breaks them, and changes nothing: what is wrong is for people to look into.
public struct InvariantCheck: Sendable {
    private let client: PostgresClient
    private let metrics: Metrics
    private let log: Log

    /// Makes the check.
    ///
    /// - Parameter client: as the system role.
    public init(client: PostgresClient, metrics: Metrics, log: Log) {
        self.client = client
        self.metrics = metrics
        self.log = log
    }

    /// Adds the job to a worker's registry; a second time is a defect and ends the program.
    public func register(on registry: inout JobRegistry) {
        registry.register(CheckInvariantsHandler(check: self))
        if let schedule = CheckInvariants.schedule { registry.add(schedule) }
    }

    /// Looks once, one statement after the other, each of which may only read.
    ///
    /// - Returns: what is broken, in the order of the invariants.
    @discardableResult
    public func run(at now: Instant) async throws -> [BrokenInvariant] {
        var broken: [BrokenInvariant] = []
        for invariant in Invariant.all(at: now) {
            let found = try await client.withTransaction(
                .init(isReadOnly: true, statementTimeout: .minutes(10)), scope: .system
            ) { transaction in
                try await transaction.query(
                    """
                    SELECT count(*), coalesce((array_agg(id ORDER BY id COLLATE "C"))[1:5], '{}') AS examples
                    FROM (\(fragment: invariant.broken)) AS broken
                    """
                ).first?.decode((Int64, [String]).self)
            }
            let count = Int(found?.0 ?? 0)
            metrics.gauge(
                "trellis_invariant_broken", help: "How much of the data is not as it must be, as the nightly check found it.",
                labels: [Label("invariant", invariant.name)]
            ).set(count)
            guard count > 0, let examples = found?.1 else { continue }
            broken.append(BrokenInvariant(name: invariant.name, count: count, examples: examples))
            log.error(
                "the data is not as it must be",
                [
                    "invariant": .string(invariant.name), "count": .integer(Int64(count)),
                    "examples": .array(examples.map { .string($0) }),
                ])
        }
        return broken
    }
}

struct CheckInvariantsHandler: JobHandler {
    let check: InvariantCheck

    func run(_ job: CheckInvariants, context: JobContext) async throws -> JobOutcome {
        try await check.run(at: context.now)
        return .completed
    }
}
