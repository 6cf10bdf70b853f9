import Admin
import AdminPostgres
import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

@testable import AdminHTTP

/// What takes two operators, and what one may give away on a day.
@Suite struct ApprovalTests {
    private let why = "asked for in ticket 4711"
    private let fine: JSONValue = ["reason": "looked at, and it is right"]

    private func grant(_ org: String, _ amount: Int64, _ source: String = "goodwill") -> JSONValue {
        [
            "org_id": .string(org), "amount": .integer(amount), "currency": "usd", "source": .string(source), "reason": .string(why),
        ]
    }

    @Test func `ADM-016 a credit above 500.00 waits for a second operator, who is no token, and is granted once, by whoever asked`()
        async throws
    {
        try await Office.with { office in
            let (clerk, other) = (try await office.person(.billing), try await office.person(.billing))
            let (viewer, chief) = (try await office.person(.viewer), try await office.token(.superadmin))
            let org = try await office.org("Alpha").description
            let path = "/v1/admin/billing/credits"

            // What would follow is told before anybody is asked, and asking does nothing but have those told who may decide.
            let mark = try await office.everything()
            let said = try await office.console(.post, path + "?validate_only=true", as: clerk, grant(org, 50_001))
            #expect(said.body["would_answer"] == 202 && said.body["takes_two_because"]?.stringValue?.contains("500.00") == true, "\(said)")
            let asked = try await office.console(.post, path, as: clerk, grant(org, 50_001))
            #expect(asked.status == 202, "\(asked.body)")
            #expect(try await office.written(since: mark) == ["entry approval_requested", "event notifications.approval_asked"])
            let id = try #require(asked.body["approval_id"]?.stringValue)
            let approval = "/v1/admin/approvals/\(id)"
            let shown = try await office.console(.get, approval, as: other).body
            #expect(shown["status"] == "open" && shown["body"]?["amount"] == 50_001 && shown["reason"]?.stringValue == why, "\(shown)")
            func types(_ effects: JSONValue?) -> [JSONValue?] { (effects?["entries"]?.arrayValue ?? []).map { $0["type"] } }
            #expect(types(shown["effects"]) == types(said.body) && !types(said.body).isEmpty, "the dry run is kept with it")
            let document = try AdminRoutes.document(office.router)
            #expect(document.misfits(of: "POST \(path)", status: asked.status, body: asked.body).isEmpty, "\(asked.body)")
            #expect(document.misfits(of: "GET /v1/admin/approvals/{approval_id}", status: 200, body: shown).isEmpty, "\(shown)")

            // Not without consent, not by oneself, not by a token, not by whoever could not do it, and not without a reason.
            #expect(try await office.console(.post, approval + "/carry-out", as: clerk, fine).body["code"] == "WRONG_STATE")
            #expect(try await office.console(.post, approval + "/approve", as: clerk, fine).body["code"] == "OWN_REQUEST")
            #expect(try await office.call(.post, approval + "/approve", as: chief.token, fine).body["code"] == "CONSOLE_ONLY")
            #expect(try await office.console(.post, approval + "/approve", as: viewer, fine).body["code"] == "FORBIDDEN")
            #expect(try await office.console(.post, approval + "/approve", as: other, ["reason": "short"]).status == 422)
            #expect(try await office.number("billing.account_credit") == 0)
            #expect(try await office.console(.post, approval + "/approve", as: other, fine).status == 204)
            #expect(try await office.console(.post, approval + "/approve", as: other, fine).body["code"] == "WRONG_STATE")
            #expect(try await office.console(.post, approval + "/carry-out", as: other, fine).body["code"] == "ANOTHERS_REQUEST")

            // Of two calls at once one carries it out.
            async let first = office.console(.post, approval + "/carry-out", as: clerk, fine).status
            async let second = office.console(.post, approval + "/carry-out", as: clerk, fine).status
            let answers = try await [first, second].sorted()
            #expect(answers == [201, 409])
            #expect(try await office.number("billing.account_credit") == 1)
            #expect(try await office.console(.get, approval, as: clerk).body["status"] == "done")
            let entries = try await office.entries("approval_given")
            #expect(entries.map { $0["approval_id"]?.stringValue } == [id] && entries[0]["asked_by"]?.stringValue == clerk.id.description)

            // A refusal ends it.
            let again = try await office.console(.post, path, as: clerk, grant(org, 60_000)).body["approval_id"]?.stringValue ?? ""
            #expect(try await office.console(.post, "/v1/admin/approvals/\(again)/refuse", as: other, fine).status == 204)
            #expect(try await office.console(.post, "/v1/admin/approvals/\(again)/approve", as: other, fine).status == 409)
            #expect(try await office.entries("approval_refused").count == 1)
            #expect(try await office.number("billing.account_credit") == 1)
        }
    }

    @Test func `ADM-016 consent to what has changed meanwhile, or is a day old, is void`() async throws {
        try await Office.with { office in
            let (clerk, other) = (try await office.person(.billing), try await office.person(.billing))
            let org = try await office.org("Alpha").description
            func ask(_ amount: Int64) async throws -> String {
                let asked = try await office.console(.post, "/v1/admin/billing/credits", as: clerk, grant(org, amount))
                return "/v1/admin/approvals/" + (try #require(asked.body["approval_id"]?.stringValue))
            }
            // Somebody else grants one in between: first before the consent, then after it.
            let early = try await ask(70_000)
            #expect(try await office.console(.post, "/v1/admin/billing/credits", as: other, grant(org, 100)).status == 201)
            #expect(try await office.console(.post, early + "/approve", as: other, fine).body["code"] == "APPROVAL_STALE")
            #expect(try await office.console(.get, early, as: clerk).body["status"] == "stale")
            #expect(try await office.console(.post, early + "/approve", as: other, fine).body["code"] == "WRONG_STATE")
            let late = try await ask(70_000)
            #expect(try await office.console(.post, late + "/approve", as: other, fine).status == 204)
            office.clock.advance(by: .seconds(1))
            #expect(try await office.console(.post, "/v1/admin/billing/credits", as: other, grant(org, 100)).status == 201)
            #expect(try await office.console(.post, late + "/carry-out", as: clerk, fine).body["code"] == "APPROVAL_STALE")
            #expect(try await office.number("billing.account_credit") == 2)

            let (open, given) = (try await ask(80_000), try await ask(90_000))
            #expect(try await office.console(.post, given + "/approve", as: other, fine).status == 204)
            office.clock.advance(by: .hours(24))
            #expect(try await office.console(.post, open + "/approve", as: other, fine).body["code"] == "APPROVAL_EXPIRED")
            #expect(try await office.console(.post, given + "/carry-out", as: clerk, fine).body["code"] == "APPROVAL_EXPIRED")
            #expect(try await office.number("billing.account_credit") == 2)
        }
    }

    @Test func `ADM-016 more than 25 jobs at once take two, and run again only as they were when the second one looked`() async throws {
        try await Office.with { office in
            let (one, two) = (try await office.person(.engineer), try await office.person(.engineer))
            func letters(_ count: Int64) async throws {
                try await office.database.adminClient.execute(
                    """
                    INSERT INTO jobs.job_dead (id, lane, kind_id, attempt, crash_count, created_at, run_at, died_at, reason, args, priority,
                        max_attempts, timeout_ms)
                    SELECT nextval('jobs.job_id_seq'), 4, jobs.kind_id('mail.try_it'), 3, 0, \(office.clock.now), \(office.clock.now),
                        \(office.clock.now), 'no relay', '{}', 2, 5, 1000 FROM generate_series(1, \(count))
                    """)
            }
            try await letters(26)
            let wish: JSONValue = ["lane": "mail", "reason": .string(why)]
            let few: JSONValue = ["lane": "mail", "limit": 25, "reason": .string(why)]
            let asked = try await office.console(.post, "/v1/admin/dead-letters/retry", as: one, wish)
            let approval = "/v1/admin/approvals/" + (try #require(asked.body["approval_id"]?.stringValue, "\(asked.body)"))
            #expect(try await office.console(.post, approval + "/approve", as: two, fine).status == 204)
            #expect(try await office.number("jobs.job_dead WHERE requeued_as IS NOT NULL") == 0)
            try await letters(1)
            #expect(try await office.console(.post, approval + "/carry-out", as: one, fine).body["code"] == "APPROVAL_STALE")
            #expect(try await office.console(.post, "/v1/admin/dead-letters/discard", as: one, few).body["count"] == 25)
            #expect(try await office.console(.post, "/v1/admin/dead-letters/retry", as: one, wish).body["count"] == 2)
        }
    }

    @Test func `ADM-017 an operator gives 2000.00 a day away and has 200 people shown alone; beyond that it takes two`() async throws {
        try await Office.with { office in
            let (clerk, other) = (try await office.person(.billing), try await office.person(.billing))
            let org = try await office.org("Alpha").description
            let path = "/v1/admin/billing/credits"
            for amount in [50_000, 50_000, 50_000, 40_000] as [Int64] {
                #expect(try await office.console(.post, path, as: clerk, grant(org, amount)).status == 201)
                office.clock.advance(by: .seconds(1))
            }
            // What is refused is not counted, and neither is a rehearsal.
            #expect(try await office.console(.post, path, as: clerk, grant(org, 9_000, "nothing")).status == 422)
            let gone: JSONValue = ["org_id": .string(org), "payment_id": "pi_1", "amount": 9_000, "reason": .string(why)]
            #expect(try await office.console(.post, "/v1/admin/billing/refunds", as: clerk, gone).status >= 400)
            let look = try await office.console(.post, path + "?validate_only=true", as: clerk, grant(org, 10_001)).body
            #expect(look["would_answer"] == 202 && look["takes_two_because"]?.stringValue?.contains("2000.00") == true, "\(look)")
            #expect(
                try await office.console(.post, path + "?validate_only=true", as: clerk, grant(org, 10_000)).body["would_answer"] == 201)
            let asked = try await office.console(.post, path, as: clerk, grant(org, 10_001))
            #expect(asked.status == 202, "\(asked.body)")
            // Of two at once that fit one by one, one is given alone.
            async let first = office.console(.post, path, as: clerk, grant(org, 6_000)).status
            async let second = office.console(.post, path, as: clerk, grant(org, 6_000)).status
            let answers = try await [first, second].sorted()
            #expect(answers == [201, 202])
            #expect(try await office.console(.post, path, as: other, grant(org, 6_000)).status == 201, "each has a sum of their own")
            office.clock.advance(by: .days(1))
            #expect(try await office.console(.post, path, as: clerk, grant(org, 6_000)).status == 201, "and each day")

            // Records of people.
            let (engineer, auditor) = (try await office.person(.engineer), try await office.person(.auditor))
            let user = try #require(
                try await office.console(.get, "/v1/admin/users", as: other).body["items"]?.arrayValue?.first?["id"]?.stringValue)
            let day = office.clock.now
            try await office.rows(
                """
                INSERT INTO admin.operator_allowance (operator_id, kind, day, used)
                VALUES (\(engineer.id), 'reveals', (\(day) AT TIME ZONE 'UTC')::date, 199)
                """)
            func reveal() async throws -> (status: Int, code: JSONValue?) {
                let token = try await office.accounts.issueToken(for: engineer.id, lifetime: .days(1), from: []).withValue { $0 }
                let shown = try await office.call(.get, "/v1/admin/users/\(user)?reveal=true", as: token, reason: why)
                return (shown.status, shown.body["code"])
            }
            #expect(try await reveal().status == 200)
            let refused = try await reveal()
            #expect(refused.status == 403 && refused.code == "APPROVAL_REQUIRED")
            let more: JSONValue = ["count": 1, "reason": .string(why)]
            let wish = try await office.console(.post, "/v1/admin/reveals", as: engineer, more)
            let approval = "/v1/admin/approvals/" + (try #require(wish.body["approval_id"]?.stringValue, "\(wish.body)"))
            #expect(
                try await office.console(.post, approval + "/approve", as: other, fine).status == 403, "who reads the whole log consents")
            #expect(try await office.console(.post, approval + "/approve", as: auditor, fine).status == 204)
            #expect(try await reveal().status == 403)
            #expect(try await office.console(.post, approval + "/carry-out", as: engineer, fine).status == 204)
            #expect(try await reveal().status == 200)
            #expect(try await reveal().status == 403)
            #expect(try await office.entries("personal_data_revealed").count == 2)
        }
    }
}
