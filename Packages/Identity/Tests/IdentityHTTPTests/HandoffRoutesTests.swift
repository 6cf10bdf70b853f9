import Core
import HTTPServer
import Identity
import IdentityHTTP
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct HandoffRoutesTests {
    private func offer(_ front: Front, _ headers: Headers) async throws -> String {
        let answer = try await front.call(.post, "/v1/auth/sso-token", headers: headers)
        return try #require(answer.body["token"]?.stringValue)
    }

    private func ticket(_ front: Front, _ token: String) async throws -> String {
        let answer = try await front.call(
            .post, "/v1/auth/sso-exchange", ["token": .string(token), "target_app": "roboledger", "return_url": nil])
        return try #require(answer.body["session_id"]?.stringValue)
    }

    private func complete(_ front: Front, _ ticket: String) async throws -> Front.Answer {
        try await front.call(.post, "/v1/auth/sso-complete", ["session_id": .string(ticket)])
    }

    private func count(_ front: Front, _ sql: String) async throws -> Int64 {
        try await front.database.adminClient.query(Statement("SELECT count(*) FROM " + sql))[0].decode(Int64.self)
    }

    @Test func `ID-137 a session gets a token, by its bearer or by the cookie of a page that may ask`() async throws {
        try await Front.with(hasher: CountingHasher()) { front in
            let token = try await front.register()
            let answer = try await front.call(.post, "/v1/auth/sso-token", headers: front.bearer(token))
            #expect(answer.status == 200)
            #expect(answer.body["token"]?.stringValue?.utf8.count == 43)
            #expect(answer.body["apps"] == ["roboledger", "roboinvestor", "robosystems"])
            #expect(answer.body["expires_at"] == .string((front.clock.now + .seconds(300)).description))
            #expect(answer.headers["Cache-Control"] == "no-store")
            let cookie = "other=1; auth-token=\(token)"
            func status(_ headers: Headers) async throws -> Int {
                try await front.call(.post, "/v1/auth/sso-token", headers: headers).status
            }
            #expect(try await status(["Cookie": cookie]) == 200)
            #expect(try await status(["Cookie": cookie, "Origin": "https://roboledger.ai"]) == 200)
            #expect(try await status(["Cookie": cookie, "Origin": "https://evil.example"]) == 401)
            #expect(try await status(["Cookie": cookie, "Authorization": "Bearer a.b.c"]) == 401)
            #expect(try await status(["Cookie": "auth-token=a.b.c"]) == 401)
            #expect(try await status([:]) == 401)
            // The cookie opens nothing else.
            #expect(try await front.call(.get, "/v1/user", headers: ["Cookie": cookie]).status == 401)
            let made = try await front.call(.post, "/v1/user/api-keys", ["name": "ci"], headers: front.bearer(token))
            let key: Headers = ["X-API-Key": try #require(made.body["key"]?.stringValue)]
            #expect(try await front.call(.post, "/v1/auth/sso-token", headers: key).code == "SESSION_REQUIRED")
        }
    }

    static let elsewhere = [
        "http://roboledger.ai/", "https://evil.example/", "https://roboledger.ai.evil.example/", "https://roboledger.ai@evil.example/",
        "https://evil.example/https://roboledger.ai/", "//roboledger.ai/", "https:roboledger.ai", "https://roboledger.ai:444/",
        "https://roboledger.ai\\@evil.example/", "javascript:alert(1)", "https://roboledger.ai\u{FF0E}evil.example/", "https:///",
        "https://",
        "https://evil.example#https://roboledger.ai/", "https://roboledger.ai\n.evil.example/", "",
    ]

    @Test func `ID-138 an exchange names an app and a place of its own, and happens once`() async throws {
        try await Front.with(hasher: CountingHasher()) { front in
            let headers = front.bearer(try await front.register())
            let token = try await offer(front, headers)
            func exchange(_ body: JSONValue) async throws -> Front.Answer { try await front.call(.post, "/v1/auth/sso-exchange", body) }
            let unknown = try await exchange(["token": .string(token), "target_app": "evil"])
            #expect(unknown.status == 400)
            #expect(unknown.code == "UNKNOWN_APP")
            for url in Self.elsewhere {
                let answer = try await exchange(["token": .string(token), "target_app": "roboledger", "return_url": .string(url)])
                #expect(answer.code == "INVALID_RETURN_URL", "\(url)")
            }
            // All of that left the token usable.
            let good = try await exchange(
                ["token": .string(token), "target_app": "roboledger", "return_url": "https://roboledger.ai/books?a=1&b=2"])
            #expect(good.status == 200)
            let id = try #require(good.body["session_id"]?.stringValue)
            #expect(id.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
            #expect(
                good.body["redirect_url"]
                    == .string(
                        "https://roboledger.ai/auth/sso?session_id=\(id)&return_url=https%3A%2F%2Froboledger.ai%2Fbooks%3Fa%3D1%26b%3D2"))
            #expect(good.body["expires_at"] == .string((front.clock.now + .seconds(30)).description))
            let again = try await exchange(["token": .string(token), "target_app": "roboledger"])
            #expect(again.status == 401)
            #expect(again.code == "HANDOFF_INVALID")
            #expect(try await count(front, "audit.entry WHERE type = 'sso_token_replayed' AND ref_user IS NOT NULL") == 1)
            #expect(try await exchange(["token": "nothing", "target_app": "roboledger"]).code == "HANDOFF_INVALID")
            let late = try await offer(front, headers)
            front.clock.advance(by: .seconds(300))
            #expect(try await exchange(["token": .string(late), "target_app": "roboledger"]).code == "HANDOFF_INVALID")
            // The secrets themselves are kept nowhere.
            #expect(try await count(front, "identity.handoff h WHERE strpos(h::text, '\(token)') > 0 OR strpos(h::text, '\(id)') > 0") == 0)
        }
    }

    @Test func `ID-139 a ticket gives one session, which has its parent's methods, time and end`() async throws {
        try await Front.with(hasher: CountingHasher()) { front in
            let headers = front.bearer(try await front.register())
            front.clock.advance(by: .seconds(90))
            let ticket = try await ticket(front, try await offer(front, headers))
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 { group.addTask { try await complete(front, ticket).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200] + Array(repeating: 401, count: 9))
            let parents = try await count(
                front,
                """
                identity.session c JOIN identity.session p ON p.id = c.parent_id WHERE c.methods = p.methods
                AND c.authenticated_at = p.authenticated_at AND c.absolute_expires_at = p.absolute_expires_at AND c.created_at > p.created_at
                """)
            #expect(parents == 1)
            let late = try await self.ticket(front, try await offer(front, headers))
            front.clock.advance(by: .seconds(30))
            #expect(try await complete(front, late).code == "HANDOFF_INVALID")
        }
    }

    @Test func `ID-139 and ID-140 a handoff dies with its session at every step, and with the epoch`() async throws {
        try await Front.with(hasher: CountingHasher()) { front in
            _ = try await front.register()
            func login() async throws -> Headers {
                let answer = try await front.call(
                    .post, "/v1/auth/login", ["email": "ada@example.com", "password": .string(Front.password)])
                return front.bearer(try #require(answer.body["token"]?.stringValue))
            }
            for ending in ["/v1/auth/logout", "/v1/auth/logout-all"] {
                let first = try await login()
                let token = try await offer(front, first)
                let ready = try await ticket(front, try await offer(front, first))
                #expect(try await front.call(.post, ending, headers: first).status == 200)
                let exchanged = try await front.call(
                    .post, "/v1/auth/sso-exchange", ["token": .string(token), "target_app": "roboledger"])
                #expect(exchanged.code == "HANDOFF_INVALID", "\(ending)")
                #expect(try await complete(front, ready).code == "HANDOFF_INVALID", "\(ending)")
            }
            #expect(try await count(front, "identity.session WHERE parent_id IS NOT NULL") == 0)
            let kept = try await login()
            let answer = try await complete(front, try await ticket(front, try await offer(front, kept)))
            let child = try #require(answer.body["token"]?.stringValue)
            #expect(try await front.call(.get, "/v1/user", headers: front.bearer(child)).status == 200)
            // Neither a token nor a ticket is a bearer.
            #expect(try await front.call(.get, "/v1/user", headers: front.bearer(try await offer(front, kept))).code == "UNAUTHORIZED")
        }
    }
}
