import Core
import HTTPServer
import Identity
import PlatformTesting
import Postgres
import Testing

/// Members and figures over HTTP.
@Suite struct MemberRoutesTests {
    @Test func `ORG-015 the list of members has every field the client reads`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            front.clock.advance(by: .seconds(1))
            let ben = try await front.member("Ben", of: ada.org, as: .member)
            let list = try await front.call(.get, "/v1/orgs/\(ada.org)/members", as: ben)
            #expect(list.status == 200 && list.body["total"] == 2 && list.body["org_id"] == .string(ada.org))
            let row = try #require(list.body["members"]?.arrayValue?.last)
            #expect(row["user_id"] == .string(ben.user) && row["name"] == "Ben" && row["email"] == "ben@example.com")
            #expect(row["role"] == "member" && row["is_active"] == true && row["joined_at"]?.stringValue.flatMap { Instant($0) } != nil)
        }
    }

    @Test func `ORG-018 ORG-019 roles over HTTP, with the refusal of each rule`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .admin)
            let cleo = try await front.member("Cleo", of: ada.org, as: .member)
            let stranger = try await front.register("Dan")
            func set(_ role: JSONValue, _ user: String, as caller: Front.Caller) async throws -> Front.Answer {
                try await front.call(.put, "/v1/orgs/\(ada.org)/members/\(user)", ["role": role], as: caller)
            }
            let promoted = try await set("admin", cleo.user, as: ben)
            #expect(promoted.status == 200 && promoted.body["role"] == "admin" && promoted.body["user_id"] == .string(cleo.user))
            let cases: [(JSONValue, String, Front.Caller, Int, String)] = [
                ("member", ada.user, ben, 400, "OWNER_ROLE_PROTECTED"), ("owner", cleo.user, ada, 400, "OWNER_ROLE_PROTECTED"),
                ("member", ben.user, ben, 400, "OWN_ROLE"), ("admin", stranger.user, ada, 404, "NOT_FOUND"),
                ("chief", cleo.user, ada, 422, "INVALID_INPUT"), ("admin", ada.user, ada, 400, "LAST_OWNER"),
                ("admin", "user_nonsense", ada, 404, "NOT_FOUND"),
            ]
            for (role, user, caller, status, code) in cases {
                let answer = try await set(role, user, as: caller)
                #expect(answer.status == status && answer.code == code, "\(role) \(user)")
            }
            try await front.join(stranger, ada.org, as: .owner)
            let down = try await set("member", ada.user, as: ada)
            #expect(down.status == 200 && down.body["role"] == "member")
            // The next request knows.
            let refused = try await set("member", cleo.user, as: ada)
            #expect(refused.status == 403 && refused.code == "ADMIN_REQUIRED")
        }
    }

    @Test
    func
        `AUD-126 asking for a role above the own one is an attempt at more than that, in the log once for each call, and other refusals are not`()
        async throws
    {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .admin)
            let cleo = try await front.member("Cleo", of: ada.org, as: .member)
            func set(_ role: JSONValue, _ user: String, as caller: Front.Caller) async throws -> String? {
                try await front.call(.put, "/v1/orgs/\(ada.org)/members/\(user)", ["role": role], as: caller).code
            }
            func attempts() async throws -> [String] {
                try await front.database.adminClient.query(
                    """
                    SELECT data ->> 'wanted' AS wanted, data ->> 'route' AS route FROM audit.entry
                    WHERE type = 'privilege_escalation_attempt' ORDER BY occurred_at
                    """
                ).map { "\(try $0.decode("wanted", as: String.self)): \(try $0.decode("route", as: String.self))" }
            }
            func denials() async throws -> Int {
                try await front.database.adminClient.query("SELECT count(*) FROM audit.entry WHERE type = 'authorization_denied'")[0]
                    .decode(Int.self)
            }
            // What the own role covers is refused as before: nobody asked for more than that.
            #expect(try await set("member", ada.user, as: ben) == "OWNER_ROLE_PROTECTED")
            #expect(try await set("member", ben.user, as: ben) == "OWN_ROLE")
            #expect(try await set("owner", cleo.user, as: ada) == "OWNER_ROLE_PROTECTED")
            #expect(try await set("member", ben.user, as: cleo) == "ADMIN_REQUIRED")
            #expect(try await attempts().isEmpty)
            #expect(try await denials() == 1)

            for (role, caller, user, code): (JSONValue, Front.Caller, String, String) in [
                ("owner", ben, ben.user, "OWNER_ROLE_PROTECTED"), ("admin", cleo, cleo.user, "ADMIN_REQUIRED"),
            ] {
                front.clock.advance(by: .seconds(1))
                #expect(try await set(role, user, as: caller) == code)
            }
            front.clock.advance(by: .seconds(1))
            let invited = try await front.call(
                .post, "/v1/orgs/\(ada.org)/invitations", ["email": "new@example.com", "role": "admin"], as: cleo)
            #expect(invited.status == 403 && invited.code == "ADMIN_REQUIRED")
            let path = "PUT /v1/orgs/{org_id}/members/{user_id}"
            #expect(try await attempts() == ["owner: \(path)", "admin: \(path)", "admin: POST /v1/orgs/{org_id}/invitations"])
            #expect(try await denials() == 1)
        }
    }

    @Test func `ORG-021 ORG-022 ORG-023 a removal answers 204 and counts from the next request on`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .member)
            let cleo = try await front.member("Cleo", of: ada.org, as: .admin)
            #expect(try await front.call(.get, "/v1/orgs/\(ada.org)", as: ben).status == 200)
            let removed = try await front.call(.delete, "/v1/orgs/\(ada.org)/members/\(ben.user)", as: cleo)
            #expect(removed.status == 204 && removed.body == .null)
            #expect(try await front.call(.get, "/v1/orgs/\(ada.org)", as: ben).code == "NOT_ORG_MEMBER")
            #expect(try await front.call(.delete, "/v1/orgs/\(ada.org)/members/\(ben.user)", as: cleo).status == 404)
            #expect(try await front.call(.delete, "/v1/orgs/\(ada.org)/members/\(cleo.user)", as: cleo).status == 204)
            let last = try await front.call(.delete, "/v1/orgs/\(ada.org)/members/\(ada.user)", as: ada)
            #expect(last.status == 400 && last.code == "LAST_OWNER")
        }
    }

    @Test func `ORG-070 ORG-071 limits name use and room, and unlimited is a number in the published field alone`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .member)
            let limits = try await front.call(.get, "/v1/orgs/\(ada.org)/limits", as: ben)
            #expect(limits.status == 200 && limits.body["max_graphs"] == 100 && limits.body["can_create_graph"] == true)
            #expect(
                limits.body["current_usage"]?["graphs"]
                    == ["current": 0, "reserved": 0, "limit": 100, "remaining": 100, "unlimited": false])
            #expect(limits.body["warnings"] == [])
            try await front.database.adminClient.execute("UPDATE orgs.org_limits SET max_graphs = NULL")
            let unlimited = try await front.call(.get, "/v1/orgs/\(ada.org)/limits", as: ben)
            #expect(unlimited.body["max_graphs"] == -1)
            #expect(
                unlimited.body["current_usage"]?["graphs"]
                    == ["current": 0, "reserved": 0, "limit": nil, "remaining": nil, "unlimited": true])
        }
    }

    @Test func `ORG-078 ORG-079 the usage report has every field, as decimals of two places rounded half up`() async throws {
        try await Front.with(also: [GraphViews.self]) { front in
            let ada = try await front.register("Ada")
            let org = try #require(OrgReference(ada.org))
            try await front.database.adminClient.execute(
                """
                INSERT INTO orgs.test_graph (org_id, graph_id, graph_name, bytes, available, allocated, created_at)
                VALUES (\(org), 'kg1', 'Books', 1234567890, 7550, 10000, \(front.clock.now))
                """)
            try await front.database.adminClient.execute(
                "INSERT INTO orgs.test_day VALUES (\(org), 'kg1', \(front.clock.now.calendarDate), 1001, 4)")
            let answer = try await front.call(.get, "/v1/orgs/\(ada.org)/usage", as: ada)
            #expect(answer.status == 200 && answer.body["period_days"] == 30)
            let summary = try #require(answer.body["summary"])
            #expect(summary["total_credits_used"] == 10.01 && summary["total_ai_operations"] == 4 && summary["total_storage_gb"] == 1.23)
            // 10.01 / 30 = 0.33366…, and 30 times it is the total again.
            #expect(summary["daily_avg_credits"] == 0.33 && summary["projected_monthly_credits"] == 10.01)
            #expect(summary["credits_limit"] == .null && summary["storage_limit_gb"] == .null)
            let detail = try #require(answer.body["graph_details"]?.arrayValue?.first)
            #expect(detail["graph_id"] == "kg1" && detail["credits_used"] == 10.01 && detail["ai_operations"] == 4)
            #expect(detail["credits_available"] == 75.5 && detail["credits_allocated"] == 100 && detail["storage_gb"] == 1.23)
            let trend = try #require(answer.body["daily_trend"]?.arrayValue)
            #expect(trend.count == 30 && trend.last?["credits_used"] == 10.01 && trend.first?["credits_used"] == 0)
            #expect(answer.body["repository_seats"] == [])
            for bad in ["0", "366", "-1", "x", "1.5"] {
                #expect(try await front.call(.get, "/v1/orgs/\(ada.org)/usage?days=\(bad)", as: ada).status == 422, "\(bad)")
            }
            let year = try await front.call(.get, "/v1/orgs/\(ada.org)/usage?days=365", as: ada)
            #expect(year.body["daily_trend"]?.arrayValue?.count == 365)
        }
    }

    @Test func `ORG-082 the graphs of an org are a bare array`() async throws {
        try await Front.with(also: [GraphViews.self]) { front in
            let ada = try await front.register("Ada")
            let org = try #require(OrgReference(ada.org))
            try await front.database.adminClient.execute(
                "INSERT INTO orgs.test_graph (org_id, graph_id, graph_name, created_at) VALUES (\(org), 'kg1', 'Books', \(front.clock.now))"
            )
            let answer = try await front.call(.get, "/v1/orgs/\(ada.org)/graphs", as: ada)
            let row = try #require(answer.body.arrayValue?.first)
            #expect(row["graph_id"] == "kg1" && row["credits_available"] == .null && row["updated_at"]?.stringValue != nil)
        }
    }
}
