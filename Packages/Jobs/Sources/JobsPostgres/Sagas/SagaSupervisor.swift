public import Core
internal import Jobs
internal import Postgres

/// Finds sagas under way whose job got lost and lets them go on at their step, in the direction in which they went (OPS-102 to OPS-104).
///
/// It is a net: the job of the next step is enqueued with the end of the one before, so that normally nothing is found. What is found is
/// enqueued under the key that the lost job had; two supervisors enqueue it once.
public struct SagaSupervisor: Sendable {
    /// How long a saga may have been without a job: longer than any transaction in which it changes hands.
    public static var patience: Duration { .minutes(1) }
    static let page: Int64 = 1_000

    private let store: PostgresJobStore
    private let dateSource: any DateSource

    /// Makes a supervisor over a store of the system role.
    public init(store: PostgresJobStore, dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
    }

    /// Looks once.
    ///
    /// - Returns: the kinds of the sagas that go on, in order; at most a thousand at a time.
    @discardableResult
    public func run() async throws -> [String] {
        let before = dateSource.now - Self.patience
        return try await store.withTransaction { transaction in
            let rows = try await transaction.postgres.query(
                """
                SELECT s.id, s.kind, s.step, s.is_undoing FROM jobs.saga s
                WHERE s.state IN ('running', 'compensating') AND s.updated_at <= \(before)
                    AND NOT EXISTS (SELECT FROM jobs.job j WHERE j.saga_id = s.id)
                ORDER BY s.updated_at, s.id LIMIT \(Self.page) FOR UPDATE SKIP LOCKED
                """)
            var kinds: [String] = []
            for row in rows {
                let (saga, kind, step, isUndoing) = try row.decode((SagaID, String, Int32, Bool).self)
                if try await transaction.enqueueStep(Int(step), of: saga, isUndoing: isUndoing) { kinds.append(kind) }
            }
            return kinds
        }
    }
}
