public import Core
public import Jobs
public import Postgres

/// The order to forget finished and given up jobs whose time is over (OPS-139).
public struct ForgetJobs: Job {
    /// `jobs.forget`
    public static let kind = "jobs.forget"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// Orders it.
    public init() {}

    /// Every night, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("15 4 * * *").map { Schedule(kind, $0, missed: .once, job: ForgetJobs()) }
    }
}

/// Forgets the history of jobs by whole days, and given up jobs in pages; each step is a transaction of its own.
public struct JobRetention: Sendable {
    private let client: PostgresClient
    private let historyDays: Int
    private let lettersKept: Duration
    private let page: Int

    /// Makes it, with the times that a worker has.
    ///
    /// - Parameter client: as the system role.
    public init(client: PostgresClient, configuration: WorkerConfiguration = WorkerConfiguration(), page: Int = 1_000) {
        self.client = client
        historyDays = configuration.historyDays
        lettersKept = configuration.lettersKept
        self.page = page
    }

    /// Adds the job to a worker's registry; a second time is a defect and ends the program.
    public func register(on registry: inout JobRegistry) {
        registry.register(ForgetJobsHandler(retention: self))
        if let schedule = ForgetJobs.schedule { registry.add(schedule) }
    }

    /// Forgets what is old enough; days that somebody reads just now are left for the next night.
    public func forget(at now: Instant) async throws {
        while try await forgetDay() {}
        try await DeadLetters.forget(before: now - lettersKept, with: client, page: page)
    }

    private func forgetDay() async throws -> Bool {
        let rows = try await client.query("SELECT jobs.forget_history(\(Int32(historyDays)), \(Int32(page))) AS goes_on", scope: .system)
        return try rows.first?.decode("goes_on", as: Bool.self) ?? false
    }
}

struct ForgetJobsHandler: JobHandler {
    let retention: JobRetention

    func run(_ job: ForgetJobs, context: JobContext) async throws -> JobOutcome {
        try await retention.forget(at: context.now)
        return .completed
    }
}
