import Core
import Jobs
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct WorkerMetricsTests {
    private func value(_ name: String, _ labels: String = "", in metrics: Metrics) -> Double? {
        metrics.render().split(separator: "\n").first { $0.hasPrefix(name + labels + " ") }?.split(separator: " ").last.flatMap {
            Double($0)
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-143 what is enqueued, taken, done, failed, put off and given up is counted by lane and kind`()
        async throws
    {
        try await Queue.with { queue in
            let metrics = Metrics()
            let notifier = queue.notifier
            let store = PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock, notifier: notifier)
            var registry = JobRegistry()
            registry.register(
                Handler(Note.self) { job, context in
                    switch job.text {
                    case "later": return .snoozed(until: context.now + .hours(1))
                    case "dead": return .discarded(reason: "wrong")
                    case "fails": return .retry(after: .hours(1))
                    default: return .completed
                    }
                })
            try await queue.working(registry, metrics: metrics, notifier: notifier) { _ in
                _ = try await store.withTransaction { transaction in
                    try await transaction.enqueue(
                        ["a", "b", "later", "dead", "fails"].map { (job: Note(text: $0), options: JobOptions.standard) })
                }
                try await queue.until(
                    """
                    (SELECT count(*) FROM jobs.job) = 2 AND NOT EXISTS (SELECT FROM jobs.job WHERE lease_by IS NOT NULL)
                    AND (SELECT count(*) FROM jobs.job WHERE snoozes > 0 OR attempt > 0) = 2
                    """)
            }
            let labels = "{kind=\"\(Note.kind)\",lane=\"\(Note.lane)\"}"
            let swapped = "{lane=\"\(Note.lane)\",kind=\"\(Note.kind)\"}"
            func count(_ name: String) -> Double? { value(name, labels, in: metrics) ?? value(name, swapped, in: metrics) }
            #expect(count("trellis_jobs_enqueued_total") == 5)
            #expect(count("trellis_jobs_claimed_total") == 5)
            #expect(count("trellis_jobs_finished_total") == 2)
            #expect(count("trellis_jobs_snoozed_total") == 1)
            #expect(count("trellis_jobs_failed_total") == 1)
            #expect(count("trellis_jobs_dead_total") == 1)
            #expect(count("trellis_jobs_queue_delay_seconds_count") == 5)
            #expect(count("trellis_jobs_run_seconds_count") == 5)
            #expect((value("trellis_jobs_claim_batch_count", in: metrics) ?? 0) >= 1)
            #expect((value("trellis_jobs_flush_batch_count", in: metrics) ?? 0) >= 1)
            #expect(value("trellis_jobs_in_flight", in: metrics) == 0)
            #expect(!metrics.render().contains("job_0"))
        }
    }

    @Test func `OPS-143 the queue's depth, its oldest job, dead letters, sagas, effects, dead rows and the oldest snapshot are read`()
        async throws
    {
        try await Queue.with { queue in
            let metrics = Metrics()
            let meters = QueueMetrics(metrics)
            try await queue.enqueue(Note(text: "a"))
            try await queue.enqueue(Note(text: "b"))
            try await queue.enqueue(Note(text: "c"), JobOptions(runAt: queue.clock.now + .hours(9)))
            queue.clock.advance(by: .seconds(40))
            try await meters.measure(with: queue.database.systemClient, now: queue.clock.now)
            let lane = "{lane=\"\(Note.lane)\"}"
            #expect(value("trellis_jobs_depth", lane, in: metrics) == 2)
            #expect(value("trellis_jobs_oldest_due_seconds", lane, in: metrics) == 40)
            #expect(value("trellis_jobs_leased", lane, in: metrics) == 0)
            for state in ["running", "compensating", "stuck", "completed", "compensated"] {
                #expect(value("trellis_sagas", "{state=\"\(state)\"}", in: metrics) == 0, "\(state)")
            }
            for name in ["trellis_effects_unknown", "trellis_jobs_dead_letters"] { #expect(value(name, in: metrics) == 0, "\(name)") }
            for name in ["trellis_jobs_dead_rows", "trellis_jobs_oldest_snapshot"] { #expect(value(name, in: metrics) != nil, "\(name)") }
            // Of three that were given up one runs again and one is laid aside: one waits for an operator.
            try await queue.database.adminClient.execute(
                """
                WITH given_up AS (DELETE FROM jobs.job RETURNING *)
                INSERT INTO jobs.job_dead (id, lane, kind_id, attempt, crash_count, created_at, run_at, died_at, reason, args, requeued_as,
                    discarded_because)
                SELECT id, lane, kind_id, attempt, 0, run_at, run_at, run_at, 'failed', '{}', CASE row_number() OVER (ORDER BY id) WHEN 1 THEN id END,
                    CASE row_number() OVER (ORDER BY id) WHEN 2 THEN 'test' END
                FROM given_up
                """)
            try await meters.measure(with: queue.database.systemClient, now: queue.clock.now)
            #expect(value("trellis_jobs_depth", lane, in: metrics) == 0)
            #expect(value("trellis_jobs_dead_letters", in: metrics) == 1)
            meters.ticked(late: .seconds(3))
            #expect(value("trellis_schedule_tick_lag_seconds_count", in: metrics) == 1)
        }
    }
}
