import Core
import Cryptography
import EventLoops
import HTTPClient
import HTTPServer
import Identity
import IdentityCryptography
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// What is sent to do harm: each gets its refusal, and nothing changes.
@Suite struct HostileInputTests {
    /// Everything that accounts consist of, as one text.
    private func state(_ lobby: Lobby) async throws -> String {
        var text = ""
        for table in ["account", "session", "api_key", "link_token"] {
            let sql: String = "SELECT coalesce(string_agg(t::text, ';' ORDER BY t.id), '') AS text FROM identity.\(table) AS t"
            let rows = try await lobby.database.adminClient.query(Statement(sql))
            text += try rows[0].decode("text", as: String.self)
        }
        return text
    }

    /// Every route that takes an address, with one.
    private func send(_ address: String, _ lobby: Lobby, bearer: Headers) async throws -> [(route: String, answer: Front.Answer)] {
        let email = JSONValue.string(address)
        let password = JSONValue.string(Front.password)
        return [
            (
                "register",
                try await lobby.front.call(.post, "/v1/auth/register", ["name": "Eve", "email": email, "password": password])
            ),
            ("login", try await lobby.front.call(.post, "/v1/auth/login", ["email": email, "password": password])),
            ("forgot", try await lobby.front.call(.post, "/v1/auth/password/forgot", ["email": email])),
            ("profile", try await lobby.front.call(.put, "/v1/user", ["email": email, "reauth_password": password], headers: bearer)),
        ]
    }

    @Test func `ID-003 look-alikes of an address are refused by every route that takes one`() async throws {
        try await Lobby.with { lobby in
            let bearer = lobby.front.bearer(try await lobby.front.register())
            let before = try await state(lobby)
            for address in [
                "ada＠example.com", "ada﹫example.com", "ada@example。com", "ada@example．com", "ad\u{200B}a@example.com",
                "ada@exam\u{200D}ple.com", "ada\u{202E}@example.com", "ada@example\u{2024}com", "ad\u{AD}a@example.com",
                // Cyrillic and Greek letters that look Latin, before the at-sign.
                "аda@example.com", "adα@example.com",
                "ada@example.com\r\nBcc: eve@example.com",
            ] {
                for (route, answer) in try await send(address, lobby, bearer: bearer) {
                    #expect(answer.status == 400, "\(route) of \(address.debugDescription)")
                    #expect(answer.code == "INVALID_FORMAT", "\(route) of \(address.debugDescription)")
                }
            }
            #expect(try await state(lobby) == before)
        }
    }

    @Test func `ID-004 ID-001 spellings and normalisations of one address are one account on every route`() async throws {
        try await Lobby.with { lobby in
            _ = try await lobby.front.register("ada@exämple.com")
            let other = lobby.front.bearer(try await lobby.front.register("eve@example.com"))
            let before = try await lobby.count("identity.account")
            for spelling in [
                "ADA@EXÄMPLE.COM", " ada@exämple.com ", "ada@exa\u{308}mple.com", "ａｄａ@exämple.com", "ada@xn--exmple-cua.com",
                "aDa@eXa\u{308}mple.cOm",
            ] {
                let answers = try await send(spelling, lobby, bearer: other)
                let codes = answers.map { "\($0.route) \($0.answer.status) \($0.answer.code ?? "-")" }
                #expect(
                    codes == ["register 409 ALREADY_EXISTS", "login 200 -", "forgot 200 -", "profile 409 ALREADY_EXISTS"],
                    "\(spelling.debugDescription)")
            }
            // A domain that only looks the same is another one.
            let lookalike = try await send("ada@ехämple.com", lobby, bearer: other)
            #expect(lookalike[0].answer.status == 201)
            #expect(try await lobby.count("identity.account") == before + 1)
        }
    }

    /// Serves routes on a port of their own for the time of a call.
    private func served(
        _ router: Router, _ body: (String, CurlTransport) async throws -> ClientResponse
    ) async throws -> ClientResponse {
        let loops = try EventLoopGroup(count: 1, name: "hostile")
        let server = Server(configuration: ServerConfiguration(port: 0), router: router, loops: loops)
        let port = try await server.start()
        var configuration = CurlTransport.Configuration()
        configuration.allowsPlainLoopback = true
        let client = CurlTransport(configuration: configuration)
        let result: Result<ClientResponse, any Error>
        do { result = .success(try await body("http://127.0.0.1:\(port)", client)) } catch { result = .failure(error) }
        await server.drain()
        client.close()
        loops.shutdown()
        return try result.get()
    }

    @Test func `ID-005 ID-006 names that are huge or turn the text around are refused, and nothing changes`() async throws {
        try await Lobby.with { lobby in
            let bearer = lobby.front.bearer(try await lobby.front.register())
            let before = try await state(lobby)
            func names(_ name: String) async throws -> [Front.Answer] {
                [
                    try await lobby.front.call(
                        .post, "/v1/auth/register",
                        ["name": .string(name), "email": "eve@example.com", "password": .string(Front.password)]),
                    try await lobby.front.call(.put, "/v1/user", ["name": .string(name)], headers: bearer),
                ]
            }
            for name in [
                "Ada\u{202E}gpj.exe", "\u{2066}Ada", "Ada\u{2069}", "Ada\u{200F}\u{202B}x", "Ada\nBcc: x",
                String(repeating: "n", count: 101), "", " ",
            ] {
                for answer in try await names(name) {
                    #expect(answer.status == 422, "\(name.debugDescription)")
                    #expect(answer.body["detail"]?.arrayValue?.first?["loc"] == ["body", "name"], "\(name.debugDescription)")
                }
            }
            // Ten megabytes come no further than the server.
            let huge = try JSON.encode(["name": .string(String(repeating: "n", count: 10_000_000))] as JSONValue)
            for (method, path) in [("POST", "/v1/auth/register"), ("PUT", "/v1/user")] {
                let answer = try await served(lobby.front.router) { base, client in
                    var headers: ClientHeaders = ["Content-Type": "application/json"]
                    if let value = bearer["Authorization"] { headers.add("Authorization", value) }
                    return try await client.send(ClientRequest(method, base + path, headers: headers, body: huge))
                }
                #expect(answer.status == 413)
                #expect(try JSON.decode(JSONValue.self, from: answer.body)["code"] == "INVALID_INPUT")
            }
            #expect(try await state(lobby) == before)
        }
    }

    @Test func `ID-085 links that are forged, late, used or of another kind open nothing on any route`() async throws {
        try await Lobby.with { lobby in
            let token = try await lobby.front.register()
            let verification = try await lobby.secret(of: .emailVerification)
            func answers(_ link: String) async throws -> [String: String] {
                let secret = JSONValue.string(link)
                let calls: [(String, JSONValue)] = [
                    ("/v1/auth/email/verify", ["token": secret]),
                    ("/v1/auth/password/reset", ["token": secret, "new_password": "Green-Lantern77q"]),
                    ("/v1/user/email/revert", ["token": secret]), ("/v1/user/deletion/cancel", ["token": secret]),
                ]
                var codes: [String: String] = [:]
                for (path, body) in calls {
                    let answer = try await lobby.front.call(.post, path, body)
                    codes[path] = answer.status == 400 ? answer.code ?? "" : "\(answer.status)"
                }
                return codes
            }
            let before = try await state(lobby)
            for forged in [
                "", "x", String(repeating: "A", count: 43), String(repeating: "é", count: 43), verification + "A",
                String(verification.dropLast()),
                verification.uppercased(), "\u{0}", token, "rfs" + String(repeating: "0", count: 64),
            ] {
                let codes = Set(try await answers(forged).values)
                #expect(codes.isSubset(of: ["LINK_INVALID", "422"]), "\(forged.debugDescription): \(codes)")
            }
            // A link of one kind is none of another.
            var crossed = try await answers(verification)
            #expect(crossed.removeValue(forKey: "/v1/auth/email/verify") == "200")
            #expect(Set(crossed.values) == ["LINK_INVALID"])
            #expect(try await answers(verification)["/v1/auth/email/verify"] == "LINK_USED")
            #expect(try await state(lobby) != before)
        }
    }

    /// Stores what a worker stores before it sends the mail.
    private func resetLink(_ lobby: Lobby) async throws -> String {
        let (secrets, now) = (lobby.environment.secrets, lobby.clock.now)
        let row = try await lobby.database.adminClient.query("SELECT id FROM identity.account")[0]
        let link = LinkToken(
            id: .make(at: now), user: try row.decode("id"), kind: .passwordReset, address: try #require(EmailAddress("ada@example.com")),
            expiresAt: now + lobby.environment.settings.resetLifetime)
        let secret = secrets.linkSecret(of: link.kind.rawValue, link.id.description)
        try await lobby.environment.store.withTransaction(.system) {
            try await $0.insert(link, digest: secrets.digest(of: secret), at: now)
        }
        return secret.withValue { $0 }
    }

    @Test func `ID-085 a reset link works once, and not after its hour`() async throws {
        try await Lobby.with { lobby in
            _ = try await lobby.front.register()
            func reset(_ link: String) async throws -> String? {
                try await lobby.front.call(.post, "/v1/auth/password/reset", ["token": .string(link), "new_password": "Green-Lantern77q"])
                    .code
            }
            let late = try await resetLink(lobby)
            lobby.clock.advance(by: .hours(1))
            #expect(try await reset(late) == "LINK_EXPIRED")
            let link = try await resetLink(lobby)
            #expect(try await reset(link) == nil)
            #expect(try await reset(link) == "LINK_USED")
            #expect(try await lobby.front.call(.get, "/v1/auth/password/reset/validate?token=\(link)").body["valid"] == false)
        }
    }

    @Test func `ID-055 ID-111 forged secrets of every kind are refused alike, and open nothing`() async throws {
        try await Lobby.with { lobby in
            let token = try await lobby.front.register()
            let key = try #require(
                try await lobby.front.call(.post, "/v1/user/api-keys", ["name": "ci"], headers: lobby.front.bearer(token)).body["key"]?
                    .stringValue)
            #expect(try await lobby.front.call(.get, "/v1/user", headers: ["X-API-Key": key]).status == 200)
            let before = try await state(lobby)
            func signer(_ issuer: String, _ audience: String, id: String = "k1") throws -> EdDSATokenSigner {
                try EdDSATokenSigner(
                    keys: KeyRing(newest: .init(id: id, secret: SecretBytes(Array(repeating: 7, count: 32)))), issuer: issuer,
                    audience: audience)
            }
            let now = lobby.clock.now
            let claims = AccessClaims(
                user: .make(at: now), session: .make(at: now), generation: 1, org: nil, role: nil, methods: ["pwd"], authenticatedAt: now)
            func signed(_ signer: EdDSATokenSigner, at: Instant) throws -> String {
                try signer.sign(claims, issuedAt: at, expiresAfter: .minutes(30)).value.withValue { $0 }
            }
            let bearers = [
                try signed(signer("elsewhere", "trellis"), at: now), try signed(signer("trellis", "elsewhere"), at: now),
                try signed(signer("trellis", "trellis", id: "k2"), at: now),
                // Signed by the product's own key, for a session that does not exist.
                try signed(signer("trellis", "trellis"), at: now),
                String(repeating: "a", count: 8_000), "..", "a.b.c", key, "",
            ]
            for bearer in bearers {
                let answer = try await lobby.front.call(.get, "/v1/user", headers: lobby.front.bearer(bearer))
                #expect(answer.status == 401, "\(bearer.prefix(40))")
                #expect(answer.headers["WWW-Authenticate"] != nil)
            }
            let flipped = String(key.dropLast()) + (key.hasSuffix("0") ? "1" : "0")
            for forged in [flipped, key.uppercased(), String(key.dropLast()), key + "0", "rfs", token, "' OR 1=1 --"] {
                let answer = try await lobby.front.call(.get, "/v1/user", headers: ["X-API-Key": forged])
                #expect(answer.status == 401, "\(forged.prefix(40))")
                #expect(answer.code == "API_KEY_INVALID" || answer.code == "UNAUTHORIZED", "\(forged.prefix(40)) \(answer.code ?? "")")
            }
            for (path, body) in [
                ("/v1/auth/sso-exchange", ["token": "forged", "target_app": "roboledger"] as JSONValue),
                ("/v1/auth/mfa/verify", ["mfa_token": "forged", "recovery_code": "aaaa-bbbb"]),
            ] {
                let answer = try await lobby.front.call(.post, path, body)
                #expect((400...422).contains(answer.status), "\(path) \(answer.status)")
            }
            #expect(try await state(lobby) == before)
        }
    }

    @Test func `ID-055 a clock that is behind by 30 seconds takes a token, one that is further behind does not`() async throws {
        try await Lobby.with { lobby in
            _ = try await lobby.front.register()
            let row = try await lobby.database.adminClient.query("SELECT id, user_id FROM identity.session")[0]
            let now = lobby.clock.now
            let claims = AccessClaims(
                user: try row.decode("user_id"), session: try row.decode("id"), generation: 1, org: nil, role: nil, methods: ["pwd"],
                authenticatedAt: now)
            // Another node whose clock is ahead signed it.
            func status(ahead: Int64) async throws -> Int {
                let token = try lobby.environment.tokens.sign(claims, issuedAt: now + .seconds(ahead), expiresAfter: .minutes(30))
                return try await lobby.front.call(.get, "/v1/user", headers: lobby.front.bearer(token.value.withValue { $0 })).status
            }
            #expect(try await status(ahead: 0) == 200)
            #expect(try await status(ahead: 30) == 200)
            #expect(try await status(ahead: 31) == 401)
        }
    }

    @Test func `ID-031 ID-032 ID-088 nothing that strangers may ask tells whether an address has an account`() async throws {
        try await Lobby.with { lobby in
            _ = try await lobby.front.register("known@example.com")
            func shape(_ address: String) async throws -> [String] {
                let calls: [(String, JSONValue)] = [
                    ("/v1/auth/login", ["email": .string(address), "password": "Wrong-Guess1x"]),
                    ("/v1/auth/password/forgot", ["email": .string(address)]),
                    ("/v1/auth/password/check", ["password": "Green-Lantern77q", "email": .string(address)]),
                    ("/v1/auth/passkeys/login/options", ["email": .string(address)]),
                ]
                var shapes: [String] = []
                for (path, body) in calls {
                    let answer = try await lobby.front.call(.post, path, body)
                    var members = answer.body.objectValue ?? [:]
                    members["request_id"] = nil
                    let names = answer.headers.fields.map { "\($0.name.lowercased()): \($0.value)" }
                        .filter { !$0.hasPrefix("content-length") }.sorted()
                    shapes.append("\(path) \(answer.status) \(names) \(try JSON.encode(JSONValue.object(members)))")
                }
                return shapes
            }
            #expect(try await shape("known@example.com") == (try await shape("nobody@example.com")))
        }
    }
}
