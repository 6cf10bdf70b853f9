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

    @Test
    func `OPS-069 waiting jobs are found by kind, key, org, error and age, and canceled or run in number, with a preview and a reason`()
        async throws
    {
        try await Office.with { office in
            let (engineer, viewer) = (try await office.token(.engineer).token, try await office.token(.viewer).token)
            let (org, now) = (try await office.org("Alpha"), office.clock.now)
            // Five jobs of a minute each, the first the oldest; the last is at work, and one is due.
            try await office.database.adminClient.execute(
                """
                INSERT INTO jobs.job (lane, kind_id, priority, max_attempts, timeout_ms, run_at, created_at, args, org, lease_by, origin, unique_key)
                SELECT 4, jobs.kind_id('mail.try_it'), 2, 5, 1000, \(now) + CASE n WHEN 1 THEN interval '-1 minute' ELSE interval '1 day' END,
                    \(now) - (6 - n) * interval '1 minute', '{}', CASE WHEN n < 4 THEN \(org.uuid) END, CASE n WHEN 5 THEN 7 END, 'baud_1',
                    CASE n WHEN 2 THEN substr(sha256(convert_to('mail.try_it' || chr(31) || 'renewal 7', 'UTF8')), 1, 16) END
                FROM generate_series(1, 5) AS n
                """)
            let ids = try await office.database.adminClient.query("SELECT id FROM jobs.job ORDER BY created_at").map {
                String(try $0.decode(Int64.self))
            }
            try await office.database.adminClient.execute(
                """
                INSERT INTO jobs.job_error (job_id, attempt, at, error) SELECT \(Int64(ids[2]) ?? 0), n, \(now) + n * interval '1 second',
                    CASE n WHEN 2 THEN E'no relay\\nat all' ELSE 'something else' END FROM generate_series(1, 2) AS n
                """)
            func found(_ filters: String) async throws -> Set<String> {
                let answer = try await office.call(.get, "/v1/admin/jobs?kind=mail.try_it&" + filters, as: viewer)
                #expect(answer.status == 200, "\(filters): \(answer.body)")
                return Set(answer.body["items"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? [])
            }
            #expect(try await found("key=renewal%207") == [ids[1]])
            #expect(try await found("error=no%20relay") == [ids[2]])
            #expect(try await found("org_id=\(org)") == Set(ids[0...2]))
            #expect(try await found("state=running") == [ids[4]])
            #expect(try await found("created_at_before=\(now - .minutes(3))") == Set(ids[0...1]))
            #expect(try await found("created_at_after=\(now - .minutes(3))") == Set(ids[2...4]))
            #expect(try await office.call(.get, "/v1/admin/jobs?created_at_before=soon", as: viewer).status == 400)
            let shown = try await office.call(.get, "/v1/admin/jobs/\(ids[2])", as: viewer).body
            #expect(shown["error"] == "no relay" && shown["max_attempts"] == 5 && shown["cause"] == "baud_1", "\(shown)")
            #expect(shown["errors"]?.arrayValue?.count == 2)

            // Two that wait for their time run now, one a minute; who may not, who says nothing and who names nothing is refused.
            let wish: JSONValue = ["org_id": .string(org.description), "per_minute": 1, "reason": .string(why)]
            let path = "/v1/admin/jobs/"
            #expect(try await office.call(.post, path + "run-now", as: viewer, wish).status == 403)
            #expect(try await office.call(.post, path + "run-now", as: engineer, ["lane": "mail"]).status == 422)
            #expect(try await office.call(.post, path + "run-now", as: engineer, ["reason": .string(why)]).status == 422)
            let look = try await office.call(.post, path + "run-now?validate_only=true", as: engineer, wish)
            #expect(look.body["entries"]?.arrayValue?.count == 2, "\(look.body)")
            #expect(try await office.entries("job_retried").isEmpty)
            let run = try await office.call(.post, path + "run-now", as: engineer, wish)
            #expect(run.body["jobs"] == [["job_id": .string(ids[1])], ["job_id": .string(ids[2])]], "\(run.body)")
            let times = try await office.database.adminClient.query("SELECT run_at FROM jobs.job ORDER BY created_at").map {
                try $0.decode(Instant.self)
            }
            #expect(times == [now - .minutes(1), now, now + .minutes(1), now + .days(1), now + .days(1)])
            #expect(try await office.entries("job_retried").count == 2)

            // What is left of it is stopped by canceling it; the one at work is left alone, and stopped by itself.
            let rest: JSONValue = [
                "kind": "mail.try_it", "enqueued_before": .string((now - .minutes(2)).description), "reason": .string(why),
            ]
            let preview = try await office.call(.post, path + "cancel?validate_only=true", as: engineer, rest)
            #expect(preview.body["entries"]?.arrayValue?.count == 3 && preview.body["takes_two_because"] == .null, "\(preview.body)")
            #expect(try await office.number("jobs.job") == 5)
            #expect(try await office.call(.post, path + "cancel", as: engineer, rest).body["count"] == 3)
            #expect(try await found("state=canceled") == Set(ids[0...2]))
            #expect(try await office.call(.post, path + ids[3] + "/stop", as: engineer, reason: why).status == 409)
            #expect(try await office.call(.post, path + ids[4] + "/stop", as: engineer, reason: why).status == 204)
            #expect(try await office.call(.get, path + ids[4], as: viewer).body["reason"] == "stopped by an operator")
            #expect(try await office.entries("job_canceled").count == 4)
            #expect(try await office.number("jobs.job") == 1)
        }
    }

    @Test func `OPS-069 the jobs of a lane are counted up to a limit, in the order in which they are due`() async throws {
        try await Office.with { office in
            let now = office.clock.now
            try await office.database.adminClient.execute(
                """
                INSERT INTO jobs.job (lane, kind_id, priority, max_attempts, timeout_ms, run_at, created_at, args, lease_by)
                SELECT 5, jobs.kind_id('care.try_it'), 2, 5, 1000, \(now) + (n - 4) * interval '1 minute', \(now), '{}',
                    CASE n WHEN 1 THEN 7 END FROM generate_series(1, 9) AS n
                """)
            func lane(counting: Int) async throws -> LaneFigures? {
                let queue = PostgresOperatorQueue(client: office.database.client, dateSource: office.clock, counted: counting)
                return try await queue.lanes().first { $0.name == "maintenance" }
            }
            let few = try #require(try await lane(counting: 5))
            #expect([few.running, few.due, few.later] == [1, 3, 1])
            #expect(few.isMore)
            #expect(few.oldestDue == now - .minutes(2))
            let all = try #require(try await lane(counting: 10))
            #expect([all.running, all.due, all.later] == [1, 3, 5])
            #expect(!all.isMore)
        }
    }
}
