import Admin
import AdminPostgres
import Audit
import Core
import HTTPServer
import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import AdminHTTP

@Suite struct AdminTests {
    private let why = "asked for in ticket 4711"

    @Test func `ADM-021 orgs are listed page by page and filtered, and unknown filters are refused`() async throws {
        try await Office.with { office in
            let viewer = try await office.token(.viewer).token
            var ids: [String] = []
            for name in ["Alpha", "Beta", "Alphabet", "100%"] {
                ids.append(try await office.org(name).description)
                office.clock.advance(by: .seconds(1))
            }
            func names(_ query: String) async throws -> [String?] {
                let (status, body) = try await office.call(.get, "/v1/admin/orgs" + query, as: viewer)
                #expect(status == 200, "\(body)")
                return body["orgs"]?.arrayValue?.map { $0["name"]?.stringValue } ?? []
            }
            #expect(try await names("") == ["100%", "Alphabet", "Beta", "Alpha"])
            #expect(try await names("?name=alpha") == ["Alphabet", "Alpha"])
            #expect(try await names("?name=%25") == ["100%"], "what is written is no pattern")
            #expect(try await names("?status=frozen").isEmpty)
            #expect(try await names("?past_due=true").isEmpty)
            #expect(try await names("?plan=ladybug-standard").isEmpty)
            let first = try await office.call(.get, "/v1/admin/orgs?limit=3", as: viewer).body
            let cursor = try #require(first["next_cursor"]?.stringValue)
            #expect(try await names("?limit=3&cursor=\(cursor)") == ["Alpha"])
            #expect(try await office.call(.get, "/v1/admin/orgs?color=red", as: viewer).status == 400)
            #expect(try await office.call(.get, "/v1/admin/orgs?cursor=abc", as: viewer).status == 400)
            let detail = try await office.call(.get, "/v1/admin/orgs/\(ids[0])", as: viewer).body
            #expect(detail["limits"]?["max_graphs"] == 3)
            #expect(detail["member_list"]?.arrayValue?.count == 1)
            #expect(detail["billing"] == .null)
            #expect(try await office.call(.get, "/v1/admin/orgs/org_01ARZ3NDEKTSV4RRFFQ69G5FAV", as: viewer).status == 404)
        }
    }

    @Test func `ADM-021 unlimited is null, freeze and thaw leave entry and mail, and limits obey the cap of a role`() async throws {
        try await Office.with { office in
            let (chief, support) = (try await office.token(.superadmin).token, try await office.token(.support).token)
            let id = try await office.org("Alpha")
            let path = "/v1/admin/orgs/\(id)"
            let unlimited: JSONValue = ["max_graphs": .null, "reason": .string(why)]
            #expect(try await office.call(.put, path + "/limits", as: support, unlimited).status == 403)
            let set = try await office.call(.put, path + "/limits", as: chief, unlimited)
            #expect(set.status == 200 && set.body["limits"]?["max_graphs"] == .null)
            #expect(set.body["limits"]?["max_members"] == 10, "what is left out stays")
            #expect(try await office.call(.put, path + "/limits", as: chief, ["max_graphs": -1, "reason": .string(why)]).status == 422)
            #expect(try await office.call(.put, path + "/limits", as: support, ["max_graphs": 25, "reason": .string(why)]).status == 200)

            let frozen = try await office.call(.post, path + "/freeze", as: support, ["cause": "abuse", "reason": .string(why)])
            #expect(frozen.status == 200 && frozen.body["status"] == "frozen" && frozen.body["frozen_reason"] == "abuse")
            #expect(try await office.call(.post, path + "/thaw", as: support, reason: why).status == 403)
            #expect(try await office.call(.post, path + "/thaw", as: chief, reason: why).status == 200)
            #expect(try await office.entries("org_frozen").count == 1)
            #expect(try await office.entries("org_thawed").count == 1)
            let events = try await office.database.adminClient.query(
                "SELECT topic FROM jobs.event WHERE topic LIKE 'orgs.org\\_%' ORDER BY id"
            ).map { try $0.decode("topic", as: String.self) }
            #expect(events.suffix(2) == ["orgs.org_frozen", "orgs.org_thawed"])
            let actors = try await office.database.adminClient.query(
                "SELECT count(*) FROM audit.entry WHERE type IN ('org_frozen', 'org_thawed') AND actor_kind = 'operator'")
            #expect(try actors[0].decode(Int.self) == 2)
        }
    }

    @Test func `ADM-009 ADM-011 a change without a reason does nothing, and every call leaves an entry with its answer`() async throws {
        try await Office.with { office in
            let chief = try await office.token(.superadmin).token
            let id = try await office.org("Alpha")
            for reason in [nil, "too short"] {
                let path = "/v1/admin/orgs/\(id)/freeze"
                #expect(try await office.call(.post, path, as: chief, ["cause": "abuse"], reason: reason).status == 422)
            }
            #expect(try await office.call(.get, "/v1/admin/orgs/\(id)", as: chief).body["status"] == "active")
            let actions = try await office.entries("admin_action")
            #expect(actions.map { $0["status"] } == [422, 422, 200])
            #expect(actions.last?["route"] == "GET /v1/admin/orgs/{org_id}")
            #expect(actions.last?["target"]?["org_id"]?.stringValue == id.description)
        }
    }

    @Test func `AUD-132 AUD-131 no route of the operators writes anything without a reason: 422, and one entry that says so for each call`()
        async throws
    {
        try await Office.with { office in
            let chief = try await office.token(.superadmin).token
            let before = try await office.database.adminClient.query("SELECT count(*) FROM audit.entry")[0].decode(Int.self)
            let routes = office.routes.table.filter(\.handling.isWrite)
            #expect(routes.count > 30)
            for route in routes {
                let path = route.path.split(separator: "/", omittingEmptySubsequences: false).map { $0.hasPrefix("{") ? "x" : String($0) }
                let answer = try await office.call(route.method, path.joined(separator: "/"), as: chief, [:])
                #expect(answer.status == 422, "\(route.method.rawValue) \(route.path): \(answer.status)")
            }
            let actions = try await office.entries("admin_action")
            #expect(actions.count == routes.count && actions.allSatisfy { $0["status"] == 422 })
            let after = try await office.database.adminClient.query("SELECT count(*) FROM audit.entry")[0].decode(Int.self)
            #expect(after == before + routes.count)
        }
    }

    @Test func `ADM-001 ADM-005 ADM-006 only a live token of an operator from the right network is let in`() async throws {
        try await Office.with(networks: ["10.0.0.0/8"]) { office in
            let path = "/v1/admin/operators"
            let chief = try await office.token(.superadmin)
            let near = try await office.token(.viewer, from: [try #require(NetworkRange("10.1.0.0/16"))])
            #expect(try await office.call(.get, path, as: chief.token).status == 200)
            #expect(try await office.call(.get, path, as: chief.token, from: "192.0.2.1").status == 404)
            #expect(try await office.call(.get, path, as: nil).status == 401)
            #expect(try await office.call(.get, path, as: "eyJhbGciOiJFZERTQSJ9.e30.x").status == 401)
            #expect(try await office.call(.get, path, as: near.token).status == 401)
            #expect(try await office.call(.get, path, as: near.token, from: "10.1.2.3").status == 200)
            #expect(try await office.call(.post, path + "/\(near.id)/disable", as: chief.token, reason: why).status == 204)
            #expect(try await office.call(.get, path, as: near.token, from: "10.1.2.3").status == 401)
            office.clock.advance(by: .days(1))
            #expect(try await office.call(.get, path, as: chief.token).status == 401)
            #expect(try await office.entries("operator_sign_in_failed").map { $0["reason"] } == ["other_network", "ended", "ended"])
            #expect(try await office.entries("authorization_denied").count == 1)
            await #expect(throws: OperatorRefusal.lifetimeTooLong) {
                _ = try await office.accounts.issueToken(for: chief.id, lifetime: .days(91), from: [])
            }
            let stored = try await office.database.adminClient.query("SELECT to_jsonb(t)::text FROM admin.operator_token AS t")
            #expect(try stored.allSatisfy { try !$0.decode(String.self).contains("opt_") })
        }
    }

    @Test func `ADM-010 of two superadmins who end each other at once one stays`() async throws {
        try await Office.with { office in
            let (one, two) = (try await office.token(.superadmin), try await office.token(.superadmin))
            async let first = office.call(.post, "/v1/admin/operators/\(two.id)/disable", as: one.token, reason: why).status
            async let second = office.call(.post, "/v1/admin/operators/\(one.id)/disable", as: two.token, reason: why).status
            let answers = try await [first, second]
            #expect(answers.contains(204))
            let left = try await office.accounts.operators().filter { $0.disabledAt == nil }
            #expect(left.count == 1)
        }
    }

    @Test func `ADM-038 a block holds at once for whoever signs in, shows who set it, and ends when it is lifted`() async throws {
        try await Office.with { office in
            let engineer = try await office.token(.engineer).token
            let guessing = PostgresGuessingProtection(store: office.store)
            let network = NetworkClient(address: "203.0.113.9")
            try await guessing.requireUnblocked(network)
            let until = (office.clock.now + .hours(2)).description
            let wish: JSONValue = ["address": "203.0.113.9", "until": .string(until), "reason": .string(why)]
            let viewer = try await office.token(.viewer).token
            #expect(try await office.call(.post, "/v1/admin/throttles/block", as: viewer, wish).status == 403)
            let blocked = try await office.call(.post, "/v1/admin/throttles/block", as: engineer, wish)
            #expect(blocked.status == 200, "\(blocked.body)")
            #expect(blocked.body["networks"]?.arrayValue?.first?["network"] == "203.0.113.9/32")
            #expect(blocked.body["networks"]?.arrayValue?.first?["cause"] == "operator")
            await #expect(throws: IdentityError.blocked(seconds: 7_200)) { try await guessing.requireUnblocked(network) }
            #expect(try await office.entries("network_client_blocked").first?["reason"]?.stringValue == why)
            let lift: JSONValue = ["address": "203.0.113.9/32", "reason": .string(why)]
            #expect(try await office.call(.post, "/v1/admin/throttles/unblock", as: engineer, lift).status == 200)
            try await guessing.requireUnblocked(network)
            #expect(try await office.call(.post, "/v1/admin/throttles/unblock", as: engineer, lift).status == 404)
            #expect(try await office.call(.get, "/v1/admin/throttles", as: viewer).body["networks"]?.arrayValue?.isEmpty == true)
            let limits = try await office.call(.get, "/v1/admin/rate-limits", as: viewer).body
            #expect(limits["categories"]?.arrayValue?.contains { $0["category"] == "login" } == true)
        }
    }

    @Test func `ADM-065 an engineer lets a part write more for at most fifteen minutes`() async throws {
        try await Office.with { office in
            let engineer = try await office.token(.engineer).token
            let path = "/v1/admin/log-levels/jobs"
            let wish: JSONValue = ["level": "debug", "minutes": 15, "reason": .string(why)]
            let set = try await office.call(.put, path, as: engineer, wish)
            #expect(set.body["levels"]?.arrayValue?.first?["component"] == "jobs", "\(set.body)")
            let tooLong: JSONValue = ["level": "debug", "minutes": 16, "reason": .string(why)]
            #expect(try await office.call(.put, path, as: engineer, tooLong).status == 422)
            let support = try await office.token(.support).token
            #expect(try await office.call(.put, path, as: support, wish).status == 403)
        }
    }

    @Test func `ADM-044 the operators' API has a document of its own, every route in it, and answers as it says`() async throws {
        try await Office.with { office in
            let document = try AdminRoutes.document(office.router)
            let paths = try #require(document.json["paths"]?.objectValue)
            #expect(Set(paths.keys) == Set(office.router.routes.map(\.path)))
            #expect(paths.keys.allSatisfy { $0.hasPrefix("/v1/admin/") })
            #expect(document.json["openapi"] == "3.1.0")
            let chief = try await office.token(.superadmin).token
            #expect(try await office.call(.get, "/v1/admin/openapi.json", as: chief).body == document.json)
            #expect(try await office.call(.get, "/v1/admin/openapi.json", as: nil).status == 401)
            let id = try await office.org("Alpha")
            let reads = [
                ("/v1/admin/orgs", "/v1/admin/orgs"), ("/v1/admin/orgs/{org_id}", "/v1/admin/orgs/\(id)"),
                ("/v1/admin/operators", "/v1/admin/operators"), ("/v1/admin/rate-limits", "/v1/admin/rate-limits"),
                ("/v1/admin/throttles", "/v1/admin/throttles"), ("/v1/admin/log-levels", "/v1/admin/log-levels"),
            ]
            for (route, path) in reads {
                let answer = try await office.call(.get, path, as: chief)
                #expect(document.misfits(of: "GET \(route)", status: answer.status, body: answer.body).isEmpty, "\(route)")
            }
            let refused = try await office.call(.get, "/v1/admin/orgs", as: nil)
            #expect(document.misfits(of: "GET /v1/admin/orgs", status: refused.status, body: refused.body).isEmpty)
        }
    }
}
