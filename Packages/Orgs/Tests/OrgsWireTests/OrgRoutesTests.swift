import Core
import HTTPServer
import Identity
import PlatformTesting
import Postgres
import Testing

/// Orgs over HTTP, in the shapes that the published client reads.
@Suite struct OrgRoutesTests {
    @Test func `ORG-001 ORG-002 ORG-006 registering answers with the org, and the list has it`() async throws {
        try await Front.with { front in
            let answer = try await front.call(
                .post, "/v1/auth/register", ["name": "Ada", "email": "ada@example.com", "password": .string(Front.password)])
            #expect(answer.body["org"]?["name"] == "Personal Workspace" && answer.body["org"]?["type"] == "personal")
            #expect(answer.body["org"]?["role"] == "owner")
            let token = try #require(answer.body["token"]?.stringValue)
            let list = try await front.call(.get, "/v1/orgs", headers: ["Authorization": "Bearer \(token)"])
            #expect(list.status == 200 && list.body["total"] == 1)
            let org = try #require(list.body["orgs"]?.arrayValue?.first)
            #expect(org["id"] == answer.body["org"]?["id"] && org["org_type"] == "personal" && org["role"] == "owner")
            #expect(org["member_count"] == 1 && org["graph_count"] == 0)
            for key in ["created_at", "joined_at"] { #expect(org[key]?.stringValue.flatMap { Instant($0) } != nil, "\(key)") }
        }
    }

    @Test func `ORG-003 making an org answers 201 with the org in full`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let made = try await front.call(.post, "/v1/orgs", ["name": "Acme"], as: ada)
            #expect(made.status == 201 && made.body["org_type"] == "team" && made.body["user_role"] == "owner")
            #expect(made.headers["ETag"] == "\"1\"")
            let again = try await front.call(.post, "/v1/orgs", ["name": "Mine", "org_type": "personal"], as: ada)
            #expect(again.status == 409 && again.code == "ALREADY_EXISTS")
            for _ in 3...10 { #expect(try await front.call(.post, "/v1/orgs", ["name": "More"], as: ada).status == 201) }
            let eleventh = try await front.call(.post, "/v1/orgs", ["name": "Too many"], as: ada)
            #expect(eleventh.status == 409 && eleventh.code == "LIMIT_REACHED")
            #expect(try await front.call(.post, "/v1/orgs", ["name": "x", "org_type": "club"], as: ada).status == 422)
            #expect(try await front.call(.post, "/v1/orgs", [:], as: ada).status == 422)
            let named = try await front.call(.post, "/v1/orgs", ["name": "see https://example.com"], as: ada)
            #expect(named.status == 422 && named.body["detail"]?.arrayValue?.first?["loc"] == ["body", "name"])
        }
    }

    @Test func `ORG-007 an org in full has members, graphs and limits, and an ETag from its version`() async throws {
        try await Front.with(also: [GraphViews.self]) { front in
            let ada = try await front.register("Ada")
            let org = try #require(OrgReference(ada.org))
            try await front.database.adminClient.execute(
                "INSERT INTO orgs.test_graph (org_id, graph_id, graph_name, created_at) VALUES (\(org), 'kg1', 'Books', \(front.clock.now))"
            )
            let answer = try await front.call(.get, "/v1/orgs/\(ada.org)", as: ada)
            #expect(answer.status == 200 && answer.headers["ETag"] == "\"1\"")
            #expect(answer.body["user_role"] == "owner" && answer.body["limits"] == ["max_graphs": 100])
            let member = try #require(answer.body["members"]?.arrayValue?.first)
            #expect(member["user_id"] == .string(ada.user) && member["name"] == "Ada" && member["email"] == "ada@example.com")
            #expect(member["role"] == "owner" && member["joined_at"] == .string(front.clock.now.description))
            let graph = try #require(answer.body["graphs"]?.arrayValue?.first)
            #expect(graph["graph_id"] == "kg1" && graph["graph_name"] == "Books" && graph["graph_type"] == "user")
            #expect(graph["graph_tier"] == "standard" && graph["created_at"] == .string(front.clock.now.description))
            #expect(answer.body["updated_at"] == .string(front.clock.now.description))
        }
    }

    @Test func `ORG-008 a foreign org, a deleted one and one that never was get one and the same answer on every route`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let eve = try await front.register("Eve")
            let deleted = try await front.register("Dan")
            try await front.database.adminClient.execute(
                "UPDATE orgs.org SET state = 'deleted', deleted_at = now(), purge_at = now() + interval '30 days' WHERE id = \(OrgReference(deleted.org))"
            )
            let invented = OrgReference.make(at: front.clock.now).description
            let bodies: [String: JSONValue] = ["put": ["name": "x", "role": "member"], "post": ["name": "x", "confirm": "x"]]
            var seen = 0
            for route in front.router.routes where route.path.hasPrefix("/v1/orgs/{org_id}") {
                var answers: Set<String> = []
                for org in [ada.org, deleted.org, invented, "nonsense"] {
                    let path = route.path.split(separator: "/").map { part -> String in
                        part == "{org_id}" ? org : part.hasPrefix("{") ? eve.user : String(part)
                    }.joined(separator: "/")
                    let body = bodies[route.method.rawValue.lowercased()]
                    let answer = try await front.call(route.method, "/" + path, body, as: eve)
                    answers.insert("\(answer.status) \(answer.code ?? "-") \(answer.body["detail"]?.stringValue ?? "-")")
                }
                #expect(answers == ["403 NOT_ORG_MEMBER You are not a member of this org."], "\(route.method) \(route.path)")
                seen += 1
            }
            #expect(seen >= 8)
        }
    }

    @Test func `ORG-009 ORG-011 renaming honours If-Match and names what is refused`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .admin)
            let path = "/v1/orgs/\(ada.org)"
            let renamed = try await front.call(.put, path, ["name": "Acme"], as: ben, headers: ["If-Match": "\"1\""])
            #expect(renamed.status == 200 && renamed.body["name"] == "Acme" && renamed.headers["ETag"] == "\"2\"")
            let stale = try await front.call(.put, path, ["name": "Other"], as: ben, headers: ["If-Match": "\"1\""])
            #expect(stale.status == 412 && stale.code == "PRECONDITION_FAILED")
            let typed = try await front.call(.put, path, ["name": "Other", "org_type": "team"], as: ben)
            #expect(typed.status == 403 && typed.code == "OWNER_REQUIRED")
            for body in [["name": "Acme"], [:], ["name": nil, "org_type": nil], ["org_type": "personal"]] as [JSONValue] {
                let answer = try await front.call(.put, path, body, as: ada)
                #expect(answer.status == 400 && answer.code == "NOTHING_TO_CHANGE", "\(body)")
            }
            let team = try await front.call(.put, path, ["org_type": "team"], as: ada)
            #expect(team.status == 200 && team.body["org_type"] == "team" && team.body["name"] == "Acme")
        }
    }

    @Test func `ORG-017 a refusal names the role that is missing, in one line`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .member)
            let cleo = try await front.member("Cleo", of: ada.org, as: .admin)
            for (method, path, body) in [
                (.get, "/usage", nil), (.put, "", ["name": "x"]), (.put, "/members/\(cleo.user)", ["role": "member"]),
                (.delete, "/members/\(cleo.user)", nil),
            ] as [(HTTPServer.Method, String, JSONValue?)] {
                let answer = try await front.call(method, "/v1/orgs/\(ada.org)\(path)", body, as: ben)
                #expect(answer.status == 403 && answer.code == "ADMIN_REQUIRED", "\(method) \(path)")
                #expect(answer.body["detail"]?.stringValue?.contains("\n") == false)
            }
            let owner = try await front.call(.delete, "/v1/orgs/\(ada.org)/members/\(ada.user)", as: cleo)
            #expect(owner.status == 403 && owner.code == "OWNER_REQUIRED")
        }
    }

    @Test func `ORG-066 one person acts as owner, admin and member by the org in the path, and must choose where there is none`()
        async throws
    {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.register("Ben")
            let cleo = try await front.register("Cleo")
            try await front.join(ada, ben.org, as: .admin)
            try await front.join(ada, cleo.org, as: .member)
            for (org, role, usage) in [(ada.org, "owner", 200), (ben.org, "admin", 200), (cleo.org, "member", 403)] {
                let detail = try await front.call(.get, "/v1/orgs/\(org)", as: ada)
                #expect(detail.status == 200 && detail.body["user_role"] == .string(role) && detail.body["id"] == .string(org))
                #expect(try await front.call(.get, "/v1/orgs/\(org)/usage", as: ada).status == usage)
                #expect(try await front.call(.get, "/v1/orgs/\(org)/limits", as: ada).body["org_id"] == .string(org))
            }
            let list = try await front.call(.get, "/v1/orgs", as: ada)
            #expect(list.body["orgs"]?.arrayValue?.compactMap { $0["role"]?.stringValue }.sorted() == ["admin", "member", "owner"])
            let conflict = try await front.call(.get, "/v1/orgs/\(ada.org)", as: ada, headers: ["X-Org-Id": ben.org])
            #expect(conflict.status == 400)
        }
    }

    @Test func `ORG-069 two members read the same limits and usage, whoever made them`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .admin)
            for path in ["limits", "usage", "graphs", "members"] {
                let one = try await front.call(.get, "/v1/orgs/\(ada.org)/\(path)", as: ada)
                let other = try await front.call(.get, "/v1/orgs/\(ada.org)/\(path)", as: ben)
                #expect(one.status == 200 && one.body == other.body, "\(path)")
            }
        }
    }
}
