import Core
import EventLoops
import Jobs
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct FigureTests {
    @Test func `ADM-061 the queue is shown by lane, with the same names however much is in it`() async throws {
        try await Queue.with { queue in
            let metrics = Metrics()
            let figures = DatabaseFigures(
                client: queue.database.systemClient, figures: DatabaseFigure.server + JobFigures.all, metrics: metrics,
                loop: queue.database.loops.next(), log: .silent)
            await figures.refresh()
            let names = metrics.inventory
            #expect(
                names == [
                    "trellis_database_connections state", "trellis_database_lock_waits", "trellis_database_oldest_transaction_seconds",
                    "trellis_jobs_dead lane", "trellis_jobs_due lane", "trellis_jobs_oldest_due_seconds lane", "trellis_jobs_running lane",
                    "trellis_schedules_overdue",
                ])
            func line(_ start: String) -> String? { metrics.render().split(separator: "\n").first { $0.hasPrefix(start) }.map(String.init) }
            #expect(line(#"trellis_jobs_due{lane="maintenance"}"#)?.hasSuffix(" 0") == true)
            for number in 0..<50 { try await queue.enqueue(Note(text: "\(number)")) }
            try await queue.database.adminClient.execute("UPDATE jobs.job SET run_at = now() - interval '90 seconds'")
            await figures.refresh()
            let lane = "\(Note.lane)"
            #expect(line("trellis_jobs_due{lane=\"\(lane)\"}")?.hasSuffix(" 50") == true)
            let age = line("trellis_jobs_oldest_due_seconds{lane=\"\(lane)\"}")?.split(separator: " ").last.flatMap { Int($0) }
            #expect((89...100).contains(age ?? 0))
            #expect(metrics.inventory == names)
            try await queue.database.adminClient.execute("DELETE FROM jobs.job")
            await figures.refresh()
            #expect(line("trellis_jobs_due{lane=\"\(lane)\"}")?.hasSuffix(" 0") == true)
        }
    }
}
