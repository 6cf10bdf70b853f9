import Core
import HTTPServer
import Identity
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
