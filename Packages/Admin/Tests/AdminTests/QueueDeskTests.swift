import Admin
import AdminPostgres
import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// The queue by the operators' API.
@Suite struct QueueDeskTests {
    private let why = "asked for in ticket 4711"

    private func letter(_ office: Office, _ kind: String, _ reason: String, lane: Int16 = 1) async throws -> String {
        let rows = try await office.database.adminClient.query(
            """
            INSERT INTO jobs.job_dead (id, lane, kind_id, attempt, crash_count, created_at, run_at, died_at, reason, args, priority, max_attempts,
                timeout_ms)
            SELECT nextval('jobs.job_id_seq'), \(lane), jobs.kind_id(\(kind)), 3, 0, \(office.clock.now), \(office.clock.now), \(office.clock.now),
                \(reason), '{"n": 1}', 2, 5, 1000 RETURNING id
            """)
        let id = try #require(rows.first).decode(Int64.self)
        try await office.database.adminClient.execute(
            "INSERT INTO jobs.job_error (job_id, attempt, at, error) VALUES (\(id), 3, \(office.clock.now), \(reason))")
        return String(id)
    }

    @Test func `ADM-031 OPS-065 jobs that were given up are grouped, looked at, run again once, in number with a preview, and laid aside`()
        async throws
    {
        try await Office.with { office in
            let (engineer, viewer) = (try await office.token(.engineer).token, try await office.token(.viewer).token)
            let one = try await letter(office, "billing.try_it", "the provider says no")
            let two = try await letter(office, "billing.try_it", "the provider says no")
            let other = try await letter(office, "mail.try_it", "no relay", lane: 4)
            let groups = try await office.call(.get, "/v1/admin/dead-letters", as: viewer).body["groups"]?.arrayValue ?? []
            #expect(groups.map { $0["count"] } == [2, 1] && groups.first?["reason"] == "the provider says no", "\(groups)")
            let listed = try await office.call(.get, "/v1/admin/jobs?state=dead&kind=billing.try_it", as: viewer).body
            #expect(listed["items"]?.arrayValue?.count == 2)
            let detail = try await office.call(.get, "/v1/admin/jobs/\(one)", as: viewer).body
            #expect(detail["payload"]?["n"] == 1 && detail["errors"]?.arrayValue?.first?["error"] == "the provider says no", "\(detail)")

            #expect(try await office.call(.post, "/v1/admin/jobs/\(one)/retry", as: viewer, reason: why).status == 403)
            #expect(try await office.call(.post, "/v1/admin/jobs/\(one)/retry", as: engineer).status == 422)
            let retried = try await office.call(.post, "/v1/admin/jobs/\(one)/retry", as: engineer, reason: why)
            #expect(retried.status == 202)
            let new = try #require(retried.body["retried_as"]?.stringValue)
            #expect(try await office.call(.get, "/v1/admin/jobs/\(new)", as: viewer).body["state"] == "waiting")
            #expect(try await office.call(.get, "/v1/admin/jobs/\(one)", as: viewer).body["requeued_as"] == .string(new))
            let again = try await office.call(.post, "/v1/admin/jobs/\(one)/retry", as: engineer, reason: why)
            #expect(again.status == 409 && again.body["code"] == "WRONG_STATE")

            // The preview shows what would be, and does nothing.
            let wish: JSONValue = ["kind": "billing.try_it", "per_minute": 30, "reason": .string(why)]
            let preview = try await office.call(.post, "/v1/admin/dead-letters/retry?validate_only=true", as: engineer, wish)
            #expect(preview.body["entries"]?.arrayValue?.count == 1 && preview.body["jobs"]?.arrayValue?.count == 1, "\(preview.body)")
            #expect(try await office.call(.get, "/v1/admin/jobs/\(two)", as: viewer).body["state"] == "dead")
            let all = try await office.call(.post, "/v1/admin/dead-letters/retry", as: engineer, wish)
            #expect(all.body["count"] == 1 && all.body["jobs"]?.arrayValue?.first?["job_id"] == .string(two), "\(all.body)")
            #expect(try await office.call(.post, "/v1/admin/dead-letters/retry", as: engineer, ["limit": 5], reason: why).status == 422)

            // Laid aside one by one and in number, with a preview too; what is meant has to be said.
            let spare = try await letter(office, "mail.try_it", "no relay", lane: 4)
            #expect(try await office.call(.post, "/v1/admin/jobs/\(spare)/discard", as: engineer, reason: why).status == 204)
            #expect(try await office.call(.get, "/v1/admin/jobs/\(spare)", as: viewer).body["state"] == "discarded")
            let aside: JSONValue = ["lane": "mail", "reason_contains": "relay", "reason": .string(why)]
            #expect(try await office.call(.post, "/v1/admin/dead-letters/discard", as: viewer, aside).status == 403)
            #expect(try await office.call(.post, "/v1/admin/dead-letters/discard", as: engineer, reason: why).status >= 400)
            let look = try await office.call(.post, "/v1/admin/dead-letters/discard?validate_only=true", as: engineer, aside)
            #expect(look.body["entries"]?.arrayValue?.count == 1 && look.body["takes_two_because"] == .null, "\(look.body)")
            #expect(try await office.call(.get, "/v1/admin/jobs/\(other)", as: viewer).body["state"] == "dead")
            let laid = try await office.call(.post, "/v1/admin/dead-letters/discard", as: engineer, aside)
            #expect(laid.body["jobs"] == [["job_id": .string(other)]], "\(laid.body)")
            #expect(try await office.call(.get, "/v1/admin/jobs/\(other)", as: viewer).body["state"] == "discarded")
            #expect(try await office.call(.get, "/v1/admin/dead-letters", as: viewer).body["groups"]?.arrayValue?.isEmpty == true)
            #expect(try await office.entries("dead_letter_requeued").count == 2)
            #expect(try await office.entries("job_discarded").count == 2)
        }
    }

    @Test func `ADM-030 OPS-068 OPS-080 lanes and schedules are shown, held, let go and run on request, each with its entry`() async throws
    {
        try await Office.with { office in
            let (engineer, viewer) = (try await office.token(.engineer).token, try await office.token(.viewer).token)
            try await office.database.adminClient.execute(
                """
                INSERT INTO jobs.job (lane, kind_id, priority, max_attempts, timeout_ms, run_at, created_at, args)
                SELECT 1, jobs.kind_id('billing.try_it'), 2, 5, 1000, \(office.clock.now - .seconds(90)), \(office.clock.now), '{}' FROM generate_series(1, 2)
                """)
            func lane() async throws -> JSONValue? {
                try await office.call(.get, "/v1/admin/lanes", as: viewer).body["lanes"]?.arrayValue?.first { $0["lane"] == "money" }
            }
            #expect(try await lane()?["due"] == 2)
            #expect(try await lane()?["oldest_due_seconds"] == 90)
            for _ in 1...2 { #expect(try await office.call(.post, "/v1/admin/lanes/money/pause", as: engineer, reason: why).status == 204) }
            #expect(try await lane()?["held_because"]?.stringValue == why)
            #expect(try await office.call(.post, "/v1/admin/lanes/money/resume", as: engineer, reason: why).status == 204)
            #expect(try await lane()?["held_because"] == .null)
            #expect(try await office.call(.post, "/v1/admin/lanes/gold/pause", as: engineer, reason: why).status == 404)
            #expect(try await office.call(.post, "/v1/admin/job-kinds/billing.try_it/pause", as: engineer, reason: why).status == 204)
            #expect(try await office.call(.post, "/v1/admin/job-kinds/no.such/pause", as: engineer, reason: why).status == 404)
            let kinds = try await office.call(.get, "/v1/admin/lanes", as: viewer).body["held_kinds"]?.arrayValue
            #expect(kinds?.map { $0["kind"] } == ["billing.try_it"])
            #expect(try await office.entries("queue_paused") == [["lane": "money"], ["kind": "billing.try_it"]], "twice is once")
            #expect(try await office.entries("queue_resumed").count == 1)

            try await office.database.adminClient.execute(
                "INSERT INTO jobs.cron (name, expression, last_tick) VALUES ('care.sweep', '*/5 * * * *', \(office.clock.now))")
            func schedule() async throws -> JSONValue? {
                try await office.call(.get, "/v1/admin/schedules", as: viewer).body["schedules"]?.arrayValue?.first
            }
            #expect(try await schedule()?["paused"] == false)
            #expect(try await schedule()?["next_run_at"] != .null)
            for word in ["pause", "run", "run", "resume"] {
                #expect(try await office.call(.post, "/v1/admin/schedules/care.sweep/\(word)", as: viewer, reason: why).status == 403)
                #expect(try await office.call(.post, "/v1/admin/schedules/care.sweep/\(word)", as: engineer, reason: why).status == 204)
                if word == "pause" { #expect(try await schedule()?["paused_because"]?.stringValue == why) }
            }
            #expect(try await schedule()?["run_requested"] == true)
            #expect(try await schedule()?["paused"] == false)
            #expect(try await office.call(.post, "/v1/admin/schedules/no.such/run", as: engineer, reason: why).status == 404)
            for type in ["schedule_paused", "schedule_run_requested", "schedule_resumed"] {
                #expect(try await office.entries(type).count == 1, "\(type)")
            }

            // A job that waits runs at once, or not at all; one that is over is left alone.
            let jobs = try await office.call(.get, "/v1/admin/jobs?state=waiting&lane=money", as: viewer).body["items"]?.arrayValue ?? []
            let ids = jobs.compactMap { $0["id"]?.stringValue }
            #expect(try await office.call(.post, "/v1/admin/jobs/\(ids[0])/cancel", as: engineer, reason: why).status == 204)
            #expect(try await office.call(.post, "/v1/admin/jobs/\(ids[0])/run-now", as: engineer, reason: why).status == 409)
            #expect(try await office.call(.post, "/v1/admin/jobs/\(ids[0])/retry", as: engineer, reason: why).status == 409)
            #expect(try await office.call(.get, "/v1/admin/jobs/\(ids[0])", as: viewer).body["state"] == "canceled")
            #expect(try await office.call(.post, "/v1/admin/jobs/\(ids[1])/run-now", as: engineer, reason: why).status == 204)
            #expect(try await office.call(.post, "/v1/admin/jobs/99999999/retry", as: engineer, reason: why).status == 404)
        }
    }
}
