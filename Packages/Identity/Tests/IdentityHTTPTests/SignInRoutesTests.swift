import Core
import HTTPServer
import Identity
import IdentityHTTP
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct SignInRoutesTests {
    @Test func `ID-037 with password sign-in switched off every password route says so, and providers tells it`() async throws {
        var settings = IdentitySettings()
        settings.isPasswordSignInEnabled = false
        let hasher = CountingHasher()
        try await Front.with(settings, hasher: hasher) { front in
            let bodies: [(String, JSONValue)] = [
                ("/v1/auth/register", ["name": "Ada", "email": "ada@example.com", "password": .string(Front.password)]),
                ("/v1/auth/login", ["email": "ada@example.com", "password": .string(Front.password)]),
                ("/v1/auth/password/forgot", ["email": "ada@example.com"]),
                ("/v1/auth/password/reset", ["token": "x", "new_password": .string(Front.password)]),
            ]
            for (path, body) in bodies {
                let answer = try await front.call(.post, path, body)
                #expect(answer.status == 400, "\(path)")
                #expect(answer.code == "PASSWORD_AUTH_DISABLED", "\(path)")
            }
            let providers = try await front.call(.get, "/v1/auth/providers")
            #expect(providers.body["password_auth"] == false)
            #expect(providers.body["registration"] == true)
            #expect(providers.body["passkeys"] == false)
            #expect(providers.body["oidc"] == ["enabled": false, "provider_label": nil])
            #expect(hasher.count == 0)
        }
        // A session that was made before cannot change a password either.
        try await Front.with(hasher: hasher) { front in
            let token = try await front.register()
            var router = Router(dateSource: front.clock)
            let closed = IdentityEnvironment(
                store: front.environment.store, passwords: hasher, tokens: front.environment.tokens, secrets: front.environment.secrets,
                captcha: nil, dateSource: front.clock, settings: settings)
            IdentityRoutes(IdentityServices(closed, observer: NoAccountObserver(), graphs: nil)).register(on: &router)
            let off = Front(router: router, clock: front.clock, database: front.database, environment: closed)
            let answer = try await off.call(
                .put, "/v1/user/password",
                ["current_password": .string(Front.password), "new_password": "Red-Kettle43xy", "confirm_password": "Red-Kettle43xy"],
                headers: off.bearer(token))
            #expect(answer.code == "PASSWORD_AUTH_DISABLED")
        }
    }

    @Test func `ID-038 a short password and a malformed address reach neither the hasher nor the counters, and are no failed sign-in`()
        async throws
    {
        let hasher = CountingHasher()
        try await Front.with(hasher: hasher) { front in
            let short = try await front.call(.post, "/v1/auth/login", ["email": "ada@example.com", "password": "1234567"])
            #expect(short.status == 422)
            #expect(short.body["detail"]?.arrayValue?.first?["loc"] == ["body", "password"])
            for address in ["ada", "ada@", "ada@example", "a@b@example.com", "ada\u{FF20}example.com"] {
                let answer = try await front.call(.post, "/v1/auth/login", ["email": .string(address), "password": "12345678"])
                #expect(answer.status == 400, "\(address)")
                #expect(answer.code == "INVALID_FORMAT", "\(address)")
            }
            #expect(hasher.count == 0)
            // That a field broke a rule is told (AUD-056), without what was in it.
            let entries = try await front.database.adminClient.query("SELECT type FROM audit.entry").map { try $0.decode(String.self) }
            #expect(Set(entries) == ["input_validation_failure", "invalid_input"])
            let values = try await front.database.adminClient.query(
                "SELECT count(*) FROM audit.private_part WHERE position('1234567' IN convert_from(body, 'UTF8')) > 0")[0].decode(Int64.self)
            #expect(values == 0)
            for table in ["guess_attempt", "guess_account", "guess_network"] {
                #expect(try await front.database.adminClient.query("SELECT FROM identity.\(identifier: table)").isEmpty, "\(table)")
            }
            let long = try await front.call(.post, "/v1/auth/login", ["email": "ada@example.com", "password": "12345678"])
            #expect(long.status == 401)
            #expect(hasher.count == 1)
        }
    }

    @Test func `ID-016 a closed registration is 503 and shown in the providers`() async throws {
        #expect(IdentitySettings().isRegistrationOpen)
        var settings = IdentitySettings()
        settings.isRegistrationOpen = false
        try await Front.with(settings, hasher: CountingHasher()) { front in
            let answer = try await front.call(
                .post, "/v1/auth/register", ["name": "Ada", "email": "ada@example.com", "password": .string(Front.password)])
            #expect(answer.status == 503)
            #expect(answer.code == "REGISTRATION_CLOSED")
            #expect(try await front.call(.get, "/v1/auth/providers").body["registration"] == false)
        }
    }

    static let candidates: [(String, Bool)] = [
        ("Blue-Kettle42x", true), ("Blue-Kettle4", true), ("Blue-Kettl4", false), ("blue-kettle42x", false), ("BLUE-KETTLE42X", false),
        ("Blue-Kettle-xy", false), ("BlueKettle42xy", false), ("Blue-Kettttle42", false), ("Blue-qwerty42xz", false),
        ("Welcome-Blue42x", false), ("Lovelace-Blue42", false), ("Aa1-Aa1-Aa1-Aa", false),
    ]

    @Test func `ID-024 one policy judges registration, reset, change and check alike`() async throws {
        try await Front.with(hasher: CountingHasher()) { front in
            for (n, (candidate, isGood)) in Self.candidates.enumerated() {
                let email = "lovelace.\(n)@example.com"
                let check = try await front.call(
                    .post, "/v1/auth/password/check", ["password": .string(candidate), "email": .string(email)])
                #expect(check.body["is_valid"] == .bool(isGood), "\(candidate)")
                let registered = try await front.call(
                    .post, "/v1/auth/register", ["name": "L", "email": .string(email), "password": .string(candidate)])
                #expect((registered.status == 201) == isGood, "\(candidate)")
                #expect((registered.code == "WEAK_PASSWORD") == !isGood, "\(candidate)")
                let first = "First-Teapot17\(n)"
                let token: String
                if isGood {
                    token = try #require(registered.body["token"]?.stringValue)
                } else {
                    let other = try await front.call(
                        .post, "/v1/auth/register", ["name": "L", "email": .string(email), "password": .string(first)])
                    token = try #require(other.body["token"]?.stringValue)
                }
                let current = isGood ? candidate : first
                // The new password must differ from the present one, or the change is refused for that.
                let new = isGood ? candidate + "z" : candidate
                let changed = try await front.call(
                    .put, "/v1/user/password",
                    ["current_password": .string(current), "new_password": .string(new), "confirm_password": .string(new)],
                    headers: front.bearer(token))
                #expect((changed.status == 200) == isGood, "\(candidate)")
                #expect((changed.code == "WEAK_PASSWORD") == !isGood, "\(candidate)")
                let secret = try await front.resetSecret(of: try #require(EmailAddress(email)))
                let reset = try await front.call(
                    .post, "/v1/auth/password/reset", ["token": .string(secret), "new_password": .string(candidate)])
                #expect((reset.status == 200) == isGood, "\(candidate)")
                #expect((reset.code == "WEAK_PASSWORD") == !isGood, "\(candidate)")
            }
        }
    }

    @Test func `ID-008 answers that carry a secret are stored by nobody, and no answer sets a cookie`() async throws {
        try await Front.with(hasher: CountingHasher()) { front in
            let token = try await front.register()
            let headers = front.bearer(token)
            var secrets = 0
            var answers: [Front.Answer] = [
                try await front.call(
                    .post, "/v1/auth/register", ["name": "Eve", "email": "eve@example.com", "password": .string(Front.password)]),
                try await front.call(.post, "/v1/auth/login", ["email": "ada@example.com", "password": .string(Front.password)]),
                try await front.call(.post, "/v1/user/api-keys", ["name": "ci"], headers: headers),
                try await front.call(.post, "/v1/auth/refresh", headers: headers),
                try await front.call(.post, "/v1/auth/logout-all", ["keep_current": true], headers: headers),
            ]
            // Every other route, with what it makes of an empty body.
            for route in front.router.routes where !route.path.contains("logout") {
                let path = route.path.split(separator: "/").map { $0.hasPrefix("{") ? "x" : String($0) }.joined(separator: "/")
                answers.append(try await front.call(route.method, "/" + path, route.method == .get ? nil : [:], headers: headers))
            }
            for answer in answers {
                #expect(answer.headers["Set-Cookie"] == nil)
                if answer.body["token"]?.stringValue != nil || answer.body["key"]?.stringValue != nil {
                    secrets += 1
                    #expect(answer.headers["Cache-Control"] == "no-store")
                }
            }
            #expect(secrets >= 5)
        }
    }

    @Test func `ID-067 each kind of secret is refused as a bearer, on every way in`() async throws {
        try await Front.with(hasher: CountingHasher()) { front in
            _ = try await front.register()
            let key = front.environment.secrets.makeAPIKeySecret().withValue { $0 }
            let link = front.environment.secrets.linkSecret(of: "password_reset", "ltk_1").withValue { $0 }
            for bearer in [key, link, "x"] {
                for (method, path) in [(HTTPServer.Method.get, "/v1/user"), (.get, "/v1/auth/me"), (.post, "/v1/auth/refresh")] {
                    let answer = try await front.call(method, path, headers: front.bearer(bearer))
                    #expect(answer.status == 401)
                    #expect(answer.code == "UNAUTHORIZED")
                    #expect(answer.headers["WWW-Authenticate"] == "Bearer")
                }
            }
            let entries = try await front.database.adminClient.query(
                "SELECT count(*) FROM audit.entry WHERE type = 'non_access_token_as_bearer'")[0].decode(Int64.self)
            #expect(entries == 2)
        }
    }
}

extension Front {
    /// Makes a reset link as the job does, and gives what its mail would carry.
    func resetSecret(of email: EmailAddress) async throws -> String {
        let environment = environment
        let now = clock.now
        return try await environment.store.withTransaction(.system) { transaction in
            let user = try #require(try await transaction.user(with: email))
            let link = LinkToken(id: .make(at: now), user: user.id, kind: .passwordReset, address: email, expiresAt: now + .hours(1))
            let secret = environment.secrets.linkSecret(of: link.kind.rawValue, link.id.description)
            try await transaction.insert(link, digest: environment.secrets.digest(of: secret), at: now)
            return secret.withValue { $0 }
        }
    }
}
