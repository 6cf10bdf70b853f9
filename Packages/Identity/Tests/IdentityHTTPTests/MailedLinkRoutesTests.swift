import Core
import HTTPServer
import Identity
import IdentityHTTP
import PlatformTesting
import Postgres
import Testing

@Suite struct MailedLinkRoutesTests {
    @Test func `ID-085 each fault of a link has its code`() async throws {
        try await Lobby.with { lobby in
            _ = try await lobby.front.register()
            let link = try await lobby.secret(of: .emailVerification)
            func verify(_ token: String) async throws -> Front.Answer {
                try await lobby.front.call(.post, "/v1/auth/email/verify", ["token": .string(token)])
            }
            #expect(try await verify("nothing").code == "LINK_INVALID")
            #expect(try await verify(link).status == 200)
            let used = try await verify(link)
            #expect(used.status == 400)
            #expect(used.code == "LINK_USED")
            lobby.clock.advance(by: .seconds(1))
            _ = try await lobby.front.register("late@example.com")
            let late = try await lobby.secret(of: .emailVerification)
            lobby.clock.advance(by: .hours(24))
            #expect(try await verify(late).code == "LINK_EXPIRED")
        }
    }

    @Test
    func
        `AUD-024 AUD-055 AUD-126 a mailed link that is refused is in the log with its route and without its token, one that had done its work as such`()
        async throws
    {
        try await Lobby.with { lobby in
            _ = try await lobby.front.register()
            let link = try await lobby.secret(of: .emailVerification)
            func verify(_ token: String) async throws -> Front.Answer {
                try await lobby.front.call(.post, "/v1/auth/email/verify", ["token": .string(token)])
            }
            func told(_ type: String) async throws -> [JSONValue] {
                try await lobby.database.adminClient.query(
                    "SELECT data FROM audit.entry WHERE type = \(type) AND actor_kind = 'anonymous' ORDER BY occurred_at"
                ).map { try $0.decode("data", as: JSONValue.self) }
            }
            #expect(try await verify(link).status == 200)
            #expect(try await lobby.count("audit.entry WHERE type LIKE 'link_token_%'") == 0)
            for _ in 1...2 { #expect(try await verify("made-up-token").code == "LINK_INVALID") }
            #expect(try await verify(link).code == "LINK_USED")
            let route: JSONValue = "POST /v1/auth/email/verify"
            #expect(try await told("link_token_rejected") == [["route": route, "reason": "LINK_INVALID"]])
            #expect(try await told("link_token_replayed") == [["route": route]])
            #expect(try await lobby.places(of: "made-up-token").isEmpty)

            var pages = Router(dateSource: lobby.clock)
            LinkPages(IdentityServices(lobby.environment, observer: NoAccountObserver(), graphs: nil)).register(on: &pages)
            lobby.clock.advance(by: .seconds(1))
            let form = try #require(
                Request(
                    method: .post, target: "/auth/verify-email", headers: ["Content-Type": "application/x-www-form-urlencoded"],
                    body: Array("token=made-up-token".utf8), id: RequestID.make(at: lobby.clock.now)))
            #expect(await pages.respond(to: form).status == .badRequest)
            #expect(try await told("link_token_rejected").last == ["route": "POST /auth/verify-email", "reason": "LINK_INVALID"])

            // What cannot be told is not answered as if it had been.
            lobby.clock.advance(by: .minutes(1))
            try await lobby.database.adminClient.execute("REVOKE INSERT ON audit.entry FROM trellis_app, trellis_system")
            let unwritten = try await verify("made-up-token")
            #expect(unwritten.status == 503 && unwritten.code == "DATABASE_ERROR")
        }
    }

    @Test func `AUD-126 whoever names an org that the credential does not reach is in the log, by the person, and the org is not`()
        async throws
    {
        try await Lobby.with { lobby in
            var headers = lobby.front.bearer(try await lobby.front.register())
            #expect(try await lobby.front.call(.get, "/v1/user", headers: headers).status == 200)
            #expect(try await lobby.count("audit.entry WHERE type = 'cross_tenant_attempt'") == 0)
            headers["X-Org-Id"] = "org_01J00000000000000000000000"
            for _ in 1...2 {
                #expect(try await lobby.front.call(.get, "/v1/user", headers: headers).code == "NOT_ORG_MEMBER")
            }
            let rows = try await lobby.database.adminClient.query(
                """
                SELECT data, ref_org IS NULL AS hidden, actor_id = ref_user AND actor_kind = 'user' AS own
                FROM audit.entry WHERE type = 'cross_tenant_attempt'
                """)
            #expect(rows.count == 1)
            let row = try #require(rows.first)
            #expect(try row.decode("data", as: JSONValue.self) == ["route": "GET /v1/user"])
            #expect(try row.decode("hidden", as: Bool.self) && row.decode("own", as: Bool.self))
            // A text that is no org's id names nobody's, and a bad credential is nobody.
            headers["X-Org-Id"] = "nothing"
            #expect(try await lobby.front.call(.get, "/v1/user", headers: headers).code == "NOT_ORG_MEMBER")
            headers["X-Org-Id"] = "org_01J00000000000000000000000"
            let good = headers["Authorization"]
            headers["Authorization"] = "Bearer nonsense"
            #expect(try await lobby.front.call(.put, "/v1/user", ["name": "A"], headers: headers).status == 401)
            #expect(try await lobby.count("audit.entry WHERE type = 'cross_tenant_attempt'") == 1)
            // Whatever can be written: the refusal stays what it is.
            headers["Authorization"] = good
            lobby.clock.advance(by: .minutes(1))
            try await lobby.database.adminClient.execute("REVOKE INSERT ON audit.entry FROM trellis_app, trellis_system")
            #expect(try await lobby.front.call(.get, "/v1/user", headers: headers).code == "NOT_ORG_MEMBER")
        }
    }

    @Test func `ID-087 no header gets into what a mail is made of, and opening a page uses nothing up`() async throws {
        try await Lobby.with { lobby in
            let forged: Headers = [
                "Host": "evil.test", "Origin": "https://evil.test", "Referer": "https://evil.test/x", "X-App-Source": "evil.test",
                "X-Forwarded-Host": "evil.test",
            ]
            _ = try await lobby.front.call(
                .post, "/v1/auth/register",
                ["name": "Ada", "email": "ada@example.com", "password": .string(Front.password)], headers: forged)
            _ = try await lobby.front.call(.post, "/v1/auth/password/forgot", ["email": "ada@example.com"], headers: forged)
            #expect(try await lobby.places(of: "evil.test") == [])
            #expect(try await lobby.places(of: "ada@example.com").contains("identity.account"))
            let link = try await lobby.secret(of: .emailVerification)
            for method in [HTTPServer.Method.get, .head] {
                #expect(try await lobby.front.call(method, "/v1/auth/email/verify?token=\(link)").status == 405)
                #expect(try await lobby.front.call(method, "/v1/user/email/revert?token=\(link)").status == 405)
                _ = try await lobby.front.call(method, "/v1/auth/password/reset/validate?token=\(link)")
            }
            #expect(try await lobby.count("identity.link_token WHERE consumed_at IS NOT NULL") == 0)
        }
    }

    @Test func `ID-088 the answer is the same to the byte whether the address has an account or not`() async throws {
        try await Lobby.with { lobby in
            _ = try await lobby.front.register()
            let known = try await lobby.front.call(.post, "/v1/auth/password/forgot", ["email": "ada@example.com"])
            let unknown = try await lobby.front.call(.post, "/v1/auth/password/forgot", ["email": "eve@example.com"])
            #expect(known.status == 200)
            #expect(unknown.status == 200)
            #expect(try JSON.encode(known.body) == JSON.encode(unknown.body))
        }
    }

    /// Where an answer may tell that an address has an account, and on what grounds.
    private static let allowedDifferences = [
        "POST /v1/auth/register": "the published contract answers 409; behind a strict bucket and, where it is on, a captcha",
        "PUT /v1/user": "ID-098 answers 409; only with a session and a fresh proof, three times a day",
    ]

    @Test func `SEC-024 answers differ by whether an account exists only where the list allows it`() async throws {
        try await Lobby.with { lobby in
            _ = try await lobby.front.register()
            let eve = try await lobby.front.call(
                .post, "/v1/auth/register", ["name": "Eve", "email": "eve@example.com", "password": .string(Front.password)])
            let bearer = lobby.front.bearer(try #require(eve.body["token"]?.stringValue))
            let proof = JSONValue.string(Front.password)
            let routes: [(name: String, call: (JSONValue) async throws -> Front.Answer)] = [
                ("POST /v1/auth/password/forgot", { try await lobby.front.call(.post, "/v1/auth/password/forgot", ["email": $0]) }),
                (
                    "POST /v1/auth/login",
                    { try await lobby.front.call(.post, "/v1/auth/login", ["email": $0, "password": "Wrong-Guess1x"]) }
                ),
                (
                    "POST /v1/auth/register",
                    { try await lobby.front.call(.post, "/v1/auth/register", ["name": "Ada", "email": $0, "password": proof]) }
                ),
                (
                    "PUT /v1/user",
                    { try await lobby.front.call(.put, "/v1/user", ["email": $0, "reauth_password": proof], headers: bearer) }
                ),
            ]
            var different: Set<String> = []
            for (number, route) in routes.enumerated() {
                let (known, unknown) = (try await route.call("ada@example.com"), try await route.call(.string("free\(number)@example.com")))
                let told = [known, unknown].map { answer in
                    (answer.status, answer.code, answer.body.objectValue.map { Set($0.keys) })
                }
                if told[0] != told[1] { different.insert(route.name) }
            }
            #expect(different == Set(Self.allowedDifferences.keys))
        }
    }

    @Test func `ID-099 the mailed link puts the old address back`() async throws {
        try await Lobby.with { lobby in
            let token = try await lobby.front.register()
            let changed = try await lobby.front.call(
                .put, "/v1/user", ["email": "thief@example.com", "reauth_password": .string(Front.password)],
                headers: lobby.front.bearer(token))
            #expect(changed.status == 200)
            let answer = try await lobby.front.call(
                .post, "/v1/user/email/revert", ["token": .string(try await lobby.secret(of: .emailRevert))])
            #expect(answer.status == 200)
            #expect(answer.body["data"]?["email"] == "ad***@example.com")
            #expect(answer.body["data"]?["deactivated"] == false)
            #expect(try await lobby.front.call(.get, "/v1/user", headers: lobby.front.bearer(token)).code == "SESSION_REVOKED")
        }
    }

    @Test func `ID-019 whoever holds the mailed link disowns the account, and opening a page does nothing`() async throws {
        try await Lobby.with { lobby in
            let token = try await lobby.front.register()
            let link: JSONValue = ["token": .string(try await lobby.secret(of: .disown))]
            #expect(try await lobby.front.call(.get, "/v1/auth/email/disown").status == 405)
            #expect(try await lobby.front.call(.post, "/v1/auth/email/disown", ["token": "nothing"]).code == "LINK_INVALID")
            #expect(try await lobby.front.call(.get, "/v1/user", headers: lobby.front.bearer(token)).status == 200)
            let answer = try await lobby.front.call(.post, "/v1/auth/email/disown", link)
            #expect(answer.status == 200)
            #expect(answer.body["data"]?["deactivated"] == false)
            #expect(try await lobby.front.call(.get, "/v1/user", headers: lobby.front.bearer(token)).status == 401)
            #expect(try await lobby.front.call(.post, "/v1/auth/email/disown", link).code == "LINK_USED")
            _ = try await lobby.front.register()
        }
    }

    @Test func `ID-116 there are no grants, and none can be ended`() async throws {
        try await Lobby.with { lobby in
            let bearer = lobby.front.bearer(try await lobby.front.register())
            #expect(try await lobby.front.call(.get, "/v1/user/oauth/grants", headers: bearer).body["grants"] == [])
            let ended = try await lobby.front.call(.delete, "/v1/user/oauth/grants/oag_1", headers: bearer)
            #expect(ended.status == 404)
            #expect(ended.code == "NOT_FOUND")
        }
    }
}
