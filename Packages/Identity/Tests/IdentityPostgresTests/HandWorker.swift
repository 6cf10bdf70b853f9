import Core
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import PlatformTesting
import Postgres
import Testing

/// Nothing in this package calls anybody outside.
struct NoEffects: EffectLedger {
    func perform<Response: Codable & Sendable>(
        _ key: EffectKey, destination: String, requestHash: [UInt8],
        send: @Sendable (EffectKey) async throws -> EffectOutcome<Response>,
        readBack: @Sendable (EffectKey) async throws -> EffectOutcome<Response>
    ) async throws -> Response {
        Issue.record("a call to \(destination)")
        throw CancellationError()
    }
}

extension House {
    /// The parts as a worker has them.
    var workerEnvironment: IdentityEnvironment<PostgresIdentityStore> {
        IdentityEnvironment(
            store: PostgresIdentityStore(client: database.systemClient, dateSource: clock), passwords: environment.passwords,
            tokens: environment.tokens, secrets: environment.secrets, captcha: nil, dateSource: clock, settings: environment.settings)
    }

    func enqueue(_ job: some Job) async throws {
        try await store.withTransaction(.system) { try await $0.enqueue(job, .standard) }
    }

    /// Does the jobs of one kind that are due, as a worker would: each under a lease of its own.
    ///
    /// - Returns: how many were done.
    @discardableResult
    func run<Handler: JobHandler>(_ handler: Handler) async throws -> Int {
        var done = 0
        while let (id, token, args) = try await lease(Handler.Work.kind) {
            let context = JobContext(
                lease: JobLease(job: JobID(rawValue: id), worker: 1, token: token), attempt: 1, isLastAttempt: false, dateSource: clock,
                effects: NoEffects())
            switch try await handler.run(JSON.decode(Handler.Work.self, from: Array(args.utf8)), context: context) {
            case .committed: break
            case .completed, .cancelled, .discarded:
                try await database.adminClient.execute("DELETE FROM jobs.job WHERE id = \(id)")
            case .snoozed(let until):
                try await database.adminClient.execute("UPDATE jobs.job SET run_at = \(until), lease_by = NULL WHERE id = \(id)")
            case .retry(let after):
                try await database.adminClient.execute(
                    "UPDATE jobs.job SET run_at = \(clock.now + after), lease_by = NULL WHERE id = \(id)")
            }
            done += 1
        }
        return done
    }

    /// Of any version of the kind.
    private func lease(_ kind: String) async throws -> (Int64, Int32, String)? {
        try await database.adminClient.query(
            """
            UPDATE jobs.job SET lease_by = 1, lease_token = lease_token + 1 WHERE id = (
                SELECT j.id FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id
                WHERE split_part(k.name, '#', 1) = \(kind) AND j.run_at <= \(clock.now) AND j.lease_by IS NULL ORDER BY j.id LIMIT 1)
            RETURNING id, lease_token, args::text
            """
        ).first.map { try $0.decode((Int64, Int32, String).self) }
    }
}
