internal import Core
internal import Jobs
internal import Observability
internal import Postgres
internal import Synchronization

/// Takes back the jobs of workers that are gone, and of handlers past their deadline; a job that has ended its process three times is a dead letter.
///
/// Everything goes by the database's clock. Two that do it at once find each row once.
struct Rescue: Sendable {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let worker: Worker?
    private let crashesUntilPoison: Int

    init(_ worker: Worker) {
        client = worker.engine
        dateSource = worker.dateSource
        self.worker = worker
        crashesUntilPoison = worker.configuration.crashesUntilPoison
    }

    init(client: PostgresClient, dateSource: any DateSource) {
        self.client = client
        self.dateSource = dateSource
        worker = nil
        crashesUntilPoison = 3
    }

    /// Gives the number of jobs that were taken back.
    ///
    /// - Parameter sweeping: whether to look through the whole queue although no worker is known to be gone.
    @discardableResult
    func run(sweeping: Bool) async throws -> Int {
        let now = dateSource.now
        let crashes = Int16(clamping: crashesUntilPoison)
        let rescued = try await client.withTransaction(scope: .system) { transaction in
            let gone = try await transaction.execute("DELETE FROM jobs.worker WHERE lease_until < now()")
            guard gone > 0 || sweeping else { return 0 }
            let rescued = try await transaction.execute(
                """
                UPDATE jobs.job j
                SET lease_by = NULL, deadline = NULL, lease_token = lease_token + 1, crash_count = crash_count + 1
                WHERE lease_by IS NOT NULL
                    AND (deadline < now() OR NOT EXISTS (SELECT FROM jobs.worker w WHERE w.id = j.lease_by))
                """)
            guard rescued > 0 else { return 0 }
            try await transaction.execute(
                """
                WITH gone AS (
                    DELETE FROM jobs.job WHERE crash_count >= \(crashes) AND lease_by IS NULL
                    RETURNING *, 'poison: its process ended ' || crash_count || ' times' AS reason
                ), \(fragment: DeadLetters.written(now: now))
                """)
            return rescued
        }
        guard rescued > 0, let worker else { return rescued }
        worker.meters.rescued.increment(by: rescued)
        worker.log.warning("jobs were taken back from workers that are gone", ["jobs": .integer(Int64(rescued))])
        worker.state.withLock { $0.restartOrders() }
        worker.wake.fire()
        return rescued
    }
}
