import Core
import HTTPServer
import Identity
import IdentityHTTP
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct OrgScopeRoutesTests {
    /// A person with a token, in so many orgs.
    private func member(_ front: Front, of count: Int) async throws -> (Headers, User.ID, [OrgReference]) {
        let headers = front.bearer(try await front.register())
        let me = try await front.call(.get, "/v1/user", headers: headers)
        let id = try #require(me.body["id"]?.stringValue)
        let user = try #require(User.ID(id))
        var orgs: [OrgReference] = []
        for n in 0..<count {
            let org = try await front.database.makeOrg("Org \(n)", at: front.clock.now)
            try await front.database.join(org, user, at: front.clock.now + .seconds(Int64(n)))
            orgs.append(org)
        }
        return (headers, user, orgs)
    }

    private func acting(for org: OrgReference, _ headers: Headers) -> Headers {
        var headers = headers
        headers["X-Org-Id"] = org.description
        return headers
    }

    @Test(arguments: [0, 1, 3])
    func `ID-071 a request acts for the org it names, the session's, or the only one, else it gets the choices`(_ count: Int) async throws {
        try await Front.with(withOrgs: true, hasher: CountingHasher()) { front in
            let (headers, _, orgs) = try await member(front, of: count)
            for org in orgs {
                let byPath = try await front.call(.get, "/v1/orgs/\(org)/probe", headers: headers)
                #expect(byPath.body["org"] == .string(org.description))
                let byHeader = try await front.call(.get, "/v1/probe", headers: acting(for: org, headers))
                #expect(byHeader.body["org"] == .string(org.description))
                let both = try await front.call(.get, "/v1/orgs/\(org)/probe", headers: acting(for: org, headers))
                #expect(both.status == 200)
            }
            let unnamed = try await front.call(.get, "/v1/probe", headers: headers)
            if count == 1 {
                #expect(unnamed.body["org"] == .string(orgs[0].description))
                return
            }
            #expect(unnamed.status == 400)
            #expect(unnamed.code == "ORG_REQUIRED")
            #expect(unnamed.headers["Content-Type"] == "application/problem+json")
            #expect(unnamed.body["timestamp"]?.stringValue != nil)
            let choices = try #require(unnamed.body["choices"]?.arrayValue)
            #expect(choices.map { $0["id"] } == orgs.map { .string($0.description) })
            #expect(choices.map { $0["name"] } == (0..<count).map { .string("Org \($0)") })
            guard count > 0 else {
                let detail = try #require(unnamed.body["detail"]?.stringValue)
                #expect(detail.contains("create") && detail.contains("invitation"))
                return
            }
            let conflict = try await front.call(.get, "/v1/orgs/\(orgs[0])/probe", headers: acting(for: orgs[1], headers))
            #expect(conflict.status == 400)
            #expect(conflict.code == "ORG_CONFLICT")
            let switched = try await front.call(
                .put, "/v1/auth/session/org", ["org_id": .string(orgs[2].description)], headers: headers)
            let token = try #require(switched.body["token"]?.stringValue)
            let bySession = try await front.call(.get, "/v1/probe", headers: front.bearer(token))
            #expect(bySession.body["org"] == .string(orgs[2].description))
        }
    }

    @Test func `ID-073 a foreign org and one that does not exist get the same refusal`() async throws {
        try await Front.with(withOrgs: true, hasher: CountingHasher()) { front in
            let (headers, _, _) = try await member(front, of: 1)
            let foreign = try await front.database.makeOrg("Foreign", at: front.clock.now)
            let missing = OrgReference.make(at: front.clock.now)
            var bodies: Set<String> = []
            for org in [foreign.description, missing.description, "org_x", "user_01J00000000000000000000000"] {
                for answer in [
                    try await front.call(.get, "/v1/orgs/\(org)/probe", headers: headers),
                    try await front.call(
                        .get, "/v1/probe",
                        headers: {
                            var it = headers; it["X-Org-Id"] = org; return it
                        }()),
                    try await front.call(.put, "/v1/auth/session/org", ["org_id": .string(org)], headers: headers),
                ] {
                    #expect(answer.status == 403)
                    bodies.insert("\(answer.code ?? "") \(answer.body["detail"]?.stringValue ?? "")")
                }
            }
            #expect(bodies.count == 1)
        }
    }

    @Test func `ID-074 the org of a session and the default org are set over HTTP, the default cleared by null`() async throws {
        try await Front.with(withOrgs: true, hasher: CountingHasher()) { front in
            let (headers, user, orgs) = try await member(front, of: 2)
            let switched = try await front.call(
                .put, "/v1/auth/session/org", ["org_id": .string(orgs[1].description)], headers: headers)
            #expect(switched.status == 200)
            #expect(switched.headers["Cache-Control"] == "no-store")
            #expect(switched.body["status"] == "authenticated")
            #expect(switched.body["org"]?["id"] == .string(orgs[1].description))
            #expect(switched.body["org"]?["name"] == "Org 1")
            #expect(try await front.call(.put, "/v1/auth/session/org", ["org_id": nil], headers: headers).status == 422)
            let set = try await front.call(.put, "/v1/user/default-org", ["org_id": .string(orgs[0].description)], headers: headers)
            #expect(set.status == 200)
            let login: JSONValue = ["email": "ada@example.com", "password": .string(Front.password)]
            #expect(try await front.call(.post, "/v1/auth/login", login).body["org"]?["id"] == .string(orgs[0].description))
            #expect(try await front.call(.put, "/v1/user/default-org", ["org_id": nil], headers: headers).status == 200)
            #expect(try await front.call(.post, "/v1/auth/login", login).body["org"] == .null)
            // Nobody else may be given an org: a key is no session.
            let made = try await front.call(.post, "/v1/user/api-keys", ["name": "ci"], headers: headers)
            let key: Headers = ["X-API-Key": try #require(made.body["key"]?.stringValue)]
            for path in ["/v1/auth/session/org", "/v1/user/default-org"] {
                let refused = try await front.call(.put, path, ["org_id": .string(orgs[0].description)], headers: key)
                #expect(refused.code == "SESSION_REQUIRED", "\(path)")
            }
            _ = user
        }
    }

    @Test func `ID-075 the request after a membership's end asks for an org, or falls to the only one left`() async throws {
        try await Front.with(withOrgs: true, hasher: CountingHasher()) { front in
            let (headers, user, orgs) = try await member(front, of: 3)
            let switched = try await front.call(
                .put, "/v1/auth/session/org", ["org_id": .string(orgs[0].description)], headers: headers)
            let moved = front.bearer(try #require(switched.body["token"]?.stringValue))
            for (index, expected) in [(0, "ORG_REQUIRED"), (1, nil)] as [(Int, String?)] {
                try await front.environment.store.withTransaction(.system) { transaction in
                    try await transaction.postgres.execute("DELETE FROM test_orgs.membership WHERE org_id = \(orgs[index])")
                    try await transaction.leaveOrg(orgs[index], user: user, at: front.clock.now)
                }
                let answer = try await front.call(.get, "/v1/probe", headers: moved)
                #expect(answer.code == expected)
            }
            #expect(try await front.call(.get, "/v1/probe", headers: moved).body["org"] == .string(orgs[2].description))
        }
    }
}
