import Audit
import AuditPostgres
import Core
import Cryptography
import HTTPServer
import Identity
import IdentityCryptography
import IdentityHTTP
import IdentityPostgres
import JobsPostgres
import Observability
import PlatformTesting
import Postgres
import Testing

/// The routes on a real database, without a socket.
struct Front {
    let router: Router
    let clock: SteppedDateSource
    static let password = "Blue-Kettle42x"

    let database: TestDatabase
    let environment: IdentityEnvironment<PostgresIdentityStore>

    static func with(
        _ settings: IdentitySettings = IdentitySettings(), withOrgs: Bool = false, hasher: (any Identity.PasswordHasher)? = nil,
        passkeys: (any PasskeyVerifier)? = nil, isGuarded: Bool = false,
        _ body: (Front) async throws -> Void
    ) async throws {
        let orgs: [any Migration.Type] = withOrgs ? [CreateTestOrgs.self] : []
        let migrations = [AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, orgs].filter { !$0.isEmpty }
        try await TestDatabase.withDatabase(migrations: migrations) { database in
            let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
            let ring = try KeyRing(newest: .init(id: "k1", secret: SecretBytes(Array(repeating: 7, count: 32))))
            let store = PostgresIdentityStore(client: database.client, dateSource: clock)
            let environment = IdentityEnvironment(
                store: store,
                passwords: try hasher ?? ArgonPasswordHasher(Cryptography.PasswordHasher()),
                tokens: try EdDSATokenSigner(keys: ring, issuer: "trellis", audience: "trellis"),
                secrets: DerivedSecrets(master: SecretBytes(Array(repeating: 9, count: 32))), captcha: nil,
                guessing: isGuarded ? PostgresGuessingProtection(store: store) : nil, dateSource: clock, settings: settings,
                passkeys: passkeys,
                denials: PostgresDenialLog(client: database.client, dateSource: clock, node: Node.ID.make(at: clock.now), log: .silent))
            var router = Router(dateSource: clock)
            IdentityRoutes(IdentityServices(environment, observer: NoAccountObserver(), graphs: nil)).register(on: &router)
            OrgProbe(environment).register(on: &router)
            try await body(Front(router: router, clock: clock, database: database, environment: environment))
        }
    }

    struct Answer {
        let status: Int
        let headers: Headers
        let body: JSONValue
        var code: String? { body["code"]?.stringValue }
    }

    func call(_ method: HTTPServer.Method, _ target: String, _ body: JSONValue? = nil, headers: Headers = [:]) async throws -> Answer {
        var headers = headers
        if body != nil { headers["Content-Type"] = "application/json" }
        let request = try #require(
            Request(
                method: method, target: target, headers: headers, body: try body.map { try JSON.encode($0) } ?? [],
                id: RequestID.make(at: clock.now)))
        let response = await router.respond(to: request)
        guard case .bytes(let bytes) = response.body else {
            return Answer(status: response.status.rawValue, headers: response.headers, body: .null)
        }
        return Answer(
            status: response.status.rawValue, headers: response.headers, body: try JSON.decode(JSONValue.self, from: bytes))
    }

    func register(_ email: String = "ada@example.com") async throws -> String {
        let answer = try await call(
            .post, "/v1/auth/register", ["name": "Ada", "email": .string(email), "password": .string(Self.password)])
        return try #require(answer.body["token"]?.stringValue)
    }

    func bearer(_ token: String) -> Headers { ["Authorization": "Bearer \(token)"] }
}

@Suite struct AuthRoutesTests {
    @Test func `ID-011 registering answers 201 with a token and its times`() async throws {
        try await Front.with { front in
            let answer = try await front.call(
                .post, "/v1/auth/register", ["name": "Ada", "email": "Ada@Example.com", "password": .string(Front.password)])
            #expect(answer.status == 201)
            #expect(answer.body["status"] == "authenticated")
            #expect(answer.body["expires_in"] == 1800)
            #expect(answer.body["refresh_threshold"] == 300)
            #expect(answer.body["mfa_token"] == .null)
            #expect(answer.body["user"]?["email"] == "ada@example.com")
            #expect(answer.body["user"]?["email_verified"] == false)
            #expect(answer.headers["Cache-Control"] == "no-store")
            let taken = try await front.call(
                .post, "/v1/auth/register", ["name": "Eve", "email": " ADA@example.com", "password": .string(Front.password)])
            #expect(taken.status == 409)
            #expect(taken.code == "ALREADY_EXISTS")
        }
    }

    @Test func `ID-009 of two faults the earlier check answers`() async throws {
        var closed = IdentitySettings()
        closed.isRegistrationOpen = false
        try await Front.with(closed) { front in
            let answer = try await front.call(.post, "/v1/auth/register", ["name": "A", "email": "x", "password": "y"])
            #expect(answer.status == 503)
            #expect(answer.code == "REGISTRATION_CLOSED")
            #expect(try await front.call(.get, "/v1/auth/providers").body["registration"] == false)
        }
        try await Front.with { front in
            let missing = try await front.call(.post, "/v1/auth/register", ["name": "A", "email": "x"])
            #expect(missing.status == 422)
            #expect(missing.body["detail"]?.arrayValue?.first?["loc"] == ["body", "password"])
            let named = try await front.call(.post, "/v1/auth/register", ["name": "a\nb", "email": "x", "password": "y"])
            #expect(named.status == 422)
            let address = try await front.call(.post, "/v1/auth/register", ["name": "A", "email": "x", "password": "y"])
            #expect(address.code == "INVALID_FORMAT")
            let weak = try await front.call(.post, "/v1/auth/register", ["name": "A", "email": "x@example.com", "password": "y"])
            #expect(weak.code == "WEAK_PASSWORD")
            let invited = try await front.call(
                .post, "/v1/auth/register",
                ["name": "A", "email": "x@example.com", "password": .string(Front.password), "captcha_token": nil, "invite_token": nil])
            #expect(invited.status == 201)
        }
    }

    @Test func `ID-031 a refused sign-in says the same for every reason`() async throws {
        try await Front.with { front in
            _ = try await front.register()
            let wrong = try await front.call(.post, "/v1/auth/login", ["email": "ada@example.com", "password": "wrong-password"])
            let unknown = try await front.call(.post, "/v1/auth/login", ["email": "eve@example.com", "password": "wrong-password"])
            #expect(wrong.status == 401)
            #expect(wrong.headers["WWW-Authenticate"] == "Bearer")
            #expect(wrong.body["detail"] == unknown.body["detail"])
            #expect(wrong.code == unknown.code)
            let short = try await front.call(.post, "/v1/auth/login", ["email": "ada@example.com", "password": "short"])
            #expect(short.status == 422)
            let good = try await front.call(.post, "/v1/auth/login", ["email": "ADA@example.com", "password": .string(Front.password)])
            #expect(good.status == 200)
        }
    }

    @Test func `ID-068 a bearer wins, and each credential has its own header`() async throws {
        try await Front.with { front in
            let token = try await front.register()
            let made = try await front.call(.post, "/v1/user/api-keys", ["name": "ci"], headers: front.bearer(token))
            #expect(made.status == 201)
            let key = try #require(made.body["key"]?.stringValue)
            #expect(try await front.call(.get, "/v1/user", headers: ["X-API-Key": key]).status == 200)
            #expect(try await front.call(.get, "/v1/user", headers: front.bearer(token)).status == 200)
            let none = try await front.call(.get, "/v1/user")
            #expect(none.status == 401)
            #expect(none.code == "UNAUTHORIZED")
            #expect(none.headers["WWW-Authenticate"] != nil)
            let bad: [Headers] = [
                ["Authorization": "Bearer \(key)"], ["X-API-Key": token], ["Authorization": "Basic abc"], ["Authorization": "Bearer a.b.c"],
                ["Authorization": "Bearer x", "X-API-Key": key], ["X-API-Key": "rfs" + String(repeating: "0", count: 64)],
                ["X-API-Key": ""],
            ]
            for headers in bad {
                let answer = try await front.call(.get, "/v1/user", headers: headers)
                #expect(answer.status == 401, "\(headers)")
                #expect(answer.headers["WWW-Authenticate"] != nil)
            }
        }
    }

    @Test func `ID-064 and ID-069 me takes a bearer only, and signing out always succeeds`() async throws {
        try await Front.with { front in
            let token = try await front.register()
            let me = try await front.call(.get, "/v1/auth/me", headers: front.bearer(token))
            #expect(me.body["email"] == "ada@example.com")
            #expect(me.body["session_id"]?.stringValue?.hasPrefix("ses_") == true)
            #expect(try await front.call(.post, "/v1/auth/logout").status == 200)
            #expect(try await front.call(.post, "/v1/auth/logout", headers: front.bearer("a.b.c")).status == 200)
            #expect(try await front.call(.post, "/v1/auth/logout", headers: front.bearer(token)).status == 200)
            #expect(try await front.call(.get, "/v1/auth/me", headers: front.bearer(token)).code == "SESSION_REVOKED")
            #expect(try await front.call(.post, "/v1/auth/refresh", headers: front.bearer(token)).code == "SESSION_REVOKED")
            #expect(try await front.call(.post, "/v1/auth/refresh").status == 401)
        }
    }

    @Test func `ID-055 tokens that are broken in any way are refused`() async throws {
        try await Front.with { front in
            let token = try await front.register()
            let parts = token.split(separator: ".").map(String.init)
            let none = Base64URL.encode(Array(#"{"alg":"none","kid":"k1","typ":"at+jwt"}"#.utf8))
            let other = try EdDSATokenSigner(
                keys: KeyRing(newest: .init(id: "k1", secret: SecretBytes(Array(repeating: 8, count: 32)))), issuer: "trellis",
                audience: "trellis")
            let claims = AccessClaims(
                user: .make(at: front.clock.now), session: .make(at: front.clock.now), generation: 1, org: nil, role: nil, methods: [],
                authenticatedAt: front.clock.now)
            let forged = try other.sign(claims, issuedAt: front.clock.now, expiresAfter: .minutes(30)).value.withValue { $0 }
            for bad in [
                none + "." + parts[1] + ".", none + "." + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + ".AAAA", forged,
                parts[0] + "." + parts[0] + "." + parts[2], token + "A", "." + token,
            ] {
                #expect(try await front.call(.get, "/v1/user", headers: front.bearer(bad)).status == 401, "\(bad.prefix(20))")
            }
            front.clock.advance(by: .minutes(30))
            #expect(try await front.call(.get, "/v1/user", headers: front.bearer(token)).code == "TOKEN_EXPIRED")
        }
    }

    @Test func `ID-096 and ID-097 the profile changes by name, and by address with a proof`() async throws {
        try await Front.with { front in
            let token = try await front.register()
            let headers = front.bearer(token)
            let profile = try await front.call(.get, "/v1/user", headers: headers)
            #expect(profile.body["accounts"] == [])
            #expect(try await front.call(.put, "/v1/user", ["name": "Ada"], headers: headers).code == "NOTHING_TO_CHANGE")
            #expect(try await front.call(.put, "/v1/user", ["email": "ADA@example.com"], headers: headers).code == "NOTHING_TO_CHANGE")
            #expect(try await front.call(.put, "/v1/user", ["name": "Ada L."], headers: headers).body["name"] == "Ada L.")
            #expect(try await front.call(.put, "/v1/user", ["email": "ada@example.org"], headers: headers).code == "PROOF_REQUIRED")
            #expect(
                try await front.call(.put, "/v1/user", ["email": "ada@example.org", "reauth_password": "nope"], headers: headers).code
                    == "PROOF_FAILED")
            let changed = try await front.call(
                .put, "/v1/user", ["email": "ada@example.org", "reauth_password": .string(Front.password)], headers: headers)
            #expect(changed.body["email"] == "ada@example.org")
            _ = try await front.register("eve@example.com")
            let taken = try await front.call(
                .put, "/v1/user", ["email": "eve@example.com", "reauth_password": .string(Front.password)], headers: headers)
            #expect(taken.code == "ALREADY_EXISTS")
        }
    }

    @Test func `ID-105 a key without the scope is refused by its name`() async throws {
        try await Front.with { front in
            let token = try await front.register()
            let made = try await front.call(
                .post, "/v1/user/api-keys", ["name": "ci", "scopes": ["user:read"]], headers: front.bearer(token))
            let key: Headers = ["X-API-Key": try #require(made.body["key"]?.stringValue)]
            #expect(try await front.call(.get, "/v1/user", headers: key).status == 200)
            let refused = try await front.call(.put, "/v1/user", ["name": "Eve"], headers: key)
            #expect(refused.status == 403)
            #expect(refused.code == "SCOPE_REQUIRED")
            #expect(refused.body["detail"]?.stringValue?.contains("user:write") == true)
            #expect(try await front.call(.get, "/v1/auth/sessions", headers: key).code == "SESSION_REQUIRED")
            let bad = try await front.call(.post, "/v1/user/api-keys", ["name": "x", "scopes": ["root"]], headers: front.bearer(token))
            #expect(bad.code == "UNKNOWN_SCOPE")
            let expiry = try await front.call(
                .post, "/v1/user/api-keys", ["name": "x", "expires_at": "yesterday"], headers: front.bearer(token))
            #expect(expiry.code == "INVALID_EXPIRY")
        }
    }

    @Test func `ID-109 and ID-110 keys are listed without secrets and end for good`() async throws {
        try await Front.with { front in
            let headers = front.bearer(try await front.register())
            let made = try await front.call(.post, "/v1/user/api-keys", ["name": "ci", "description": nil], headers: headers)
            let id = try #require(made.body["api_key"]?["id"]?.stringValue)
            let list = try await front.call(.get, "/v1/user/api-keys", headers: headers)
            #expect(list.body["api_keys"]?.arrayValue?.count == 1)
            #expect(list.body["api_keys"]?.arrayValue?.first?["is_active"] == true)
            let renamed = try await front.call(.put, "/v1/user/api-keys/\(id)", ["name": "build"], headers: headers)
            #expect(renamed.body["name"] == "build")
            let ended = try await front.call(.delete, "/v1/user/api-keys/\(id)", headers: headers)
            #expect(ended.body["data"]?["api_key_id"] == .string(id))
            #expect(try await front.call(.delete, "/v1/user/api-keys/\(id)", headers: headers).status == 200)
            #expect(try await front.call(.delete, "/v1/user/api-keys/user_01J00000000000000000000000", headers: headers).status == 404)
            #expect(try await front.call(.get, "/v1/user/oauth/grants", headers: headers).body["grants"] == [])
            #expect(try await front.call(.delete, "/v1/user/oauth/grants/x", headers: headers).status == 404)
        }
    }

    @Test func `ID-025 the check rates a password and answers 200 for a weak one`() async throws {
        try await Front.with { front in
            let weak = try await front.call(.post, "/v1/auth/password/check", ["password": "abc", "email": nil])
            #expect(weak.status == 200)
            #expect(weak.body["is_valid"] == false)
            #expect(weak.body["character_types"]?["lowercase"] == true)
            #expect(try await front.call(.post, "/v1/auth/password/check", ["password": ""]).status == 422)
            #expect(try await front.call(.get, "/v1/auth/password/policy").body["policy"]?["min_length"] == 12)
            #expect(try await front.call(.get, "/v1/auth/captcha/config").body["site_key"] == .null)
            #expect(try await front.call(.get, "/.well-known/jwks.json").body["keys"]?.arrayValue?.first?["kid"] == "k1")
        }
    }

    @Test func `ID-071 a request that needs an org and names none gets the choices`() async throws {
        try await Front.with { front in
            let token = try await front.register()
            let stranger = try await front.call(
                .get, "/v1/user", headers: ["Authorization": "Bearer \(token)", "X-Org-Id": "org_01J00000000000000000000000"])
            #expect(stranger.status == 403)
            #expect(stranger.code == "NOT_ORG_MEMBER")
            let move = try await front.call(
                .put, "/v1/auth/session/org", ["org_id": "org_01J00000000000000000000000"], headers: front.bearer(token))
            #expect(move.code == "NOT_ORG_MEMBER")
        }
    }

    @Test func `ID-006 bodies have at most 16 KiB`() async throws {
        try await Front.with { front in
            let routes = front.router.routes.filter { $0.path.hasPrefix("/v1/auth") && $0.method == .post && $0.bodyLimit < 1_000_000 }
            #expect(routes.allSatisfy { $0.bodyLimit == 16_384 })
            #expect(routes.contains { $0.path == "/v1/auth/register" })
        }
    }
}
