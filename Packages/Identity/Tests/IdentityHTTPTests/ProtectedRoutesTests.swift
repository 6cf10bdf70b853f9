import Audit
import AuditPostgres
import Core
import Cryptography
import HTTPClient
import HTTPServer
import Identity
import IdentityCaptcha
import IdentityCryptography
import IdentityHTTP
import IdentityPostgres
import JobsPostgres
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

@Suite struct ProtectedRoutesTests {
    @Test func `SEC-021 ID-040 answers under protection say how the network stands`() async throws {
        try await GuardedFront.with { front in
            _ = try await front.register()
            let wrong = try await front.login("Wrong-Guess1x")
            #expect(wrong.status == 401 && wrong.code == "INVALID_CREDENTIALS")
            #expect(wrong.headers["X-Auth-Threat-Level"] == "low")
            #expect(wrong.headers["X-Auth-Blocked"] == "false")
            #expect(wrong.headers["X-Auth-Block-Expires"] == nil)
            #expect(wrong.headers["X-Auth-Delay"] == "1")
            let delayed = try await front.login()
            #expect(delayed.status == 429 && delayed.code == "AUTH_DELAYED")
            #expect(delayed.headers["Retry-After"] == "1")
            for wait in [1, 2, 5, 10] {
                front.clock.advance(by: .seconds(wait))
                #expect(try await front.login("Wrong-Guess1x").status == 401)
            }
            let blocked = try await front.login()
            #expect(blocked.status == 429 && blocked.code == "AUTH_BLOCKED")
            #expect(blocked.headers["Retry-After"] == "900")
            #expect(blocked.headers["X-Auth-Threat-Level"] == "medium")
            #expect(blocked.headers["X-Auth-Blocked"] == "true")
            #expect(blocked.headers["X-Auth-Block-Expires"] == "2027-01-15T08:15:18Z")
            #expect(blocked.headers["X-Auth-Delay"] == "30")
            front.clock.advance(by: .seconds(900))
            let right = try await front.login()
            #expect(right.status == 200)
            #expect(right.headers["X-Auth-Threat-Level"] == "low")
        }
    }

    @Test func `ID-048 a block stops every way in, and nobody who is in already`() async throws {
        try await GuardedFront.with { front in
            let token = try await front.register()
            for number in 1...5 {
                try await front.protection.noteFailure(
                    GuessingAttempt(network: .init(address: "203.0.113.7"), address: EmailAddress("a\(number)@example.com")))
            }
            let register: JSONValue = ["name": "Eve", "email": "eve@example.com", "password": .string(Front.password)]
            #expect(try await front.call(.post, "/v1/auth/register", register).code == "AUTH_BLOCKED")
            #expect(try await front.login(from: "203.0.113.7").code == "AUTH_BLOCKED")
            #expect(try await front.call(.post, "/v1/auth/password/forgot", ["email": "ada@example.com"]).code == "AUTH_BLOCKED")
            let reset: JSONValue = ["token": "x", "new_password": "Green-Kettle42x"]
            #expect(try await front.call(.post, "/v1/auth/password/reset", reset).code == "AUTH_BLOCKED")
            #expect(try await front.call(.get, "/v1/user", token: token).status == 200)
            #expect(try await front.call(.post, "/v1/auth/refresh", token: token).status == 200)
            #expect(try await front.call(.post, "/v1/auth/register", register, from: "203.0.113.8").status == 201)
        }
    }

    @Test func `ID-047 a wrong current password counts as a wrong password, unknown links and keys do not`() async throws {
        try await GuardedFront.with { front in
            let token = try await front.register()
            let change: JSONValue = [
                "current_password": "Wrong-Guess1x", "new_password": "Green-Kettle42x", "confirm_password": "Green-Kettle42x",
            ]
            #expect(try await front.call(.put, "/v1/user/password", change, token: token).code == "INVALID_CREDENTIALS")
            let email: JSONValue = ["email": "new@example.com", "reauth_password": "Wrong-Guess1x"]
            #expect(try await front.call(.put, "/v1/user", email, token: token).status >= 400)
            let threat = try await front.protection.threat(from: .init(address: "203.0.113.7"))
            #expect(threat.failures == 2)
            for _ in 0..<10 {
                _ = try await front.call(
                    .post, "/v1/auth/password/reset", ["token": "unknown", "new_password": .string("Green-Kettle42x")], from: "10.0.0.1")
                _ = try await front.call(.get, "/v1/auth/password/reset/validate?token=unknown", from: "10.0.0.1")
            }
            #expect(try await front.protection.threat(from: .init(address: "10.0.0.1")).failures == 0)
        }
    }

    @Test func `ID-045 a solved captcha lifts the wait of an account, not the block of a network`() async throws {
        try await GuardedFront.with(withCaptcha()) { front in
            _ = try await front.register("pass-r")
            let ada = EmailAddress("ada@example.com")
            for number in 1...6 {
                try await front.protection.noteFailure(GuessingAttempt(network: .init(address: "10.0.0.\(number)"), address: ada))
            }
            #expect(try await front.login().code == "AUTH_DELAYED")
            #expect(try await front.login(captcha: "wrong").code == "AUTH_DELAYED")
            #expect(try await front.login(captcha: "pass-1").status == 200)
            for number in 1...5 {
                try await front.protection.noteFailure(
                    GuessingAttempt(network: .init(address: "198.51.100.50"), address: EmailAddress("b\(number)@example.com")))
            }
            #expect(try await front.login(from: "198.51.100.50", captcha: "pass-2").code == "AUTH_BLOCKED")
        }
    }

    @Test func `ID-049 without the database signing in is 503, never free`() async throws {
        try await GuardedFront.with { front in
            await front.database.client.close()
            let answer = try await front.login()
            #expect(answer.status == 503)
            #expect(answer.code == "DATABASE_ERROR")
            #expect(answer.headers["Retry-After"] == "1")
        }
    }

    @Test func `SEC-025 a text that can be nobody's password is refused without a hash, and does not count`() async throws {
        try await GuardedFront.with { front in
            _ = try await front.register()
            let answer = try await front.login(String(repeating: "x", count: 129))
            #expect(answer.status == 401 && answer.code == "INVALID_CREDENTIALS")
            #expect(try await front.protection.threat(from: .init(address: "198.51.100.9")).failures == 0)
        }
    }

    @Test func `SEC-023 unknown address, wrong password and account without access answer alike`() async throws {
        try await GuardedFront.with { front in
            _ = try await front.register()
            func body(_ answer: Front.Answer) -> [String: JSONValue]? {
                answer.body.objectValue?.filter { $0.key != "request_id" }
            }
            let wrong = try await front.login("Wrong-Guess1x", from: "10.0.0.1")
            let unknown = try await front.login(email: "nobody@example.com", from: "10.0.0.2")
            try await front.database.adminClient.execute("UPDATE identity.account SET status = 'deactivated'")
            let disabled = try await front.login(from: "10.0.0.3")
            #expect(body(wrong) == body(unknown) && body(wrong) == body(disabled))
            #expect(wrong.headers == unknown.headers && wrong.headers == disabled.headers)
            #expect([wrong.status, unknown.status, disabled.status] == [401, 401, 401])
        }
    }

    @Test func `ID-051 ID-052 SEC-026 a captcha is wanted where it is switched on, and fails closed`() async throws {
        try await GuardedFront.with(withCaptcha(signIn: true, reset: true)) { front in
            let config = try await front.call(.get, "/v1/auth/captcha/config").body
            #expect(config == ["required": true, "site_key": "site", "provider": "turnstile"])
            func register(_ token: JSONValue) async throws -> Front.Answer {
                try await front.call(
                    .post, "/v1/auth/register",
                    ["name": "Ada", "email": "ada@example.com", "password": .string(Front.password), "captcha_token": token])
            }
            func told(_ answer: Front.Answer) -> String { "\(answer.status) \(answer.code ?? "")" }
            #expect(told(try await register(.null)) == "400 CAPTCHA_REQUIRED")
            #expect(told(try await register("")) == "400 CAPTCHA_REQUIRED")
            #expect(told(try await register("wrong")) == "400 CAPTCHA_FAILED")
            #expect(told(try await register("outage")) == "503 CAPTCHA_UNAVAILABLE")
            #expect(try await register("pass-1").status == 201)
            #expect(told(try await front.login()) == "400 CAPTCHA_REQUIRED")
            #expect(told(try await front.login(captcha: "pass-1")) == "400 CAPTCHA_FAILED", "used before")
            #expect(try await front.login(captcha: "pass-2").status == 200)
            #expect(told(try await front.call(.post, "/v1/auth/password/forgot", ["email": "ada@example.com"])) == "400 CAPTCHA_REQUIRED")
            #expect(
                try await front.call(.post, "/v1/auth/password/forgot", ["email": "ada@example.com", "captcha_token": "pass-3"]).status
                    == 200)
        }
        try await GuardedFront.with { front in
            let off: JSONValue = ["required": false, "site_key": nil, "provider": nil]
            let config = try await front.call(.get, "/v1/auth/captcha/config").body
            #expect(config == off)
        }
    }
}

@Suite struct TurnstileCaptchaTests {
    private func verdict(_ answer: @escaping @Sendable () throws -> ClientResponse, _ seen: Seen = Seen()) async -> CaptchaVerdict {
        var configuration = TurnstileCaptcha.Configuration(secret: SecretString("the-secret"), host: "app.example.com")
        configuration.actions = ["register"]
        return await TurnstileCaptcha(configuration, transport: Scripted(answer: answer, seen: seen))
            .verify(SecretString("the-token"), from: ClientContext(address: "203.0.113.7", userAgent: nil))
    }

    private func json(_ text: String, status: Int = 200) -> ClientResponse { ClientResponse(status: status, body: Array(text.utf8)) }

    @Test func `ID-051 the service is asked with secret, response and address, within five seconds`() async throws {
        let seen = Seen()
        let verdict = await verdict({ self.json(#"{"success":true,"hostname":"app.example.com","action":"register"}"#) }, seen)
        #expect(verdict == .passed)
        let request = try #require(seen.last)
        #expect(request.method == "POST" && request.url == "https://challenges.cloudflare.com/turnstile/v0/siteverify")
        #expect(request.timeout == .seconds(5))
        #expect(
            try JSON.decode(JSONValue.self, from: request.body)
                == ["secret": "the-secret", "response": "the-token", "remoteip": "203.0.113.7"])
    }

    @Test(arguments: [
        (#"{"success":false,"error-codes":["invalid-input-response"]}"#, CaptchaVerdict.refused),
        (#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#, .refused),
        (#"{"success":true,"hostname":"evil.example.com","action":"register"}"#, .refused),
        (#"{"success":true,"hostname":"app.example.com","action":"other"}"#, .refused),
        (#"{"success":true,"action":"register"}"#, .refused),
        (#"{"success":false,"error-codes":["invalid-input-secret"]}"#, .unavailable),
        (#"{"success":"yes"}"#, .unavailable), ("<html>", .unavailable), ("", .unavailable),
    ])
    func `SEC-026 a captcha is bound to host and action, and what cannot be read is an outage`(text: String, expected: CaptchaVerdict) async
    {
        #expect(await verdict({ self.json(text) }) == expected)
    }

    @Test func `SEC-026 a service that fails is an outage`() async {
        #expect(await verdict({ self.json(#"{"success":true}"#, status: 500) }) == .unavailable)
        #expect(await verdict({ throw NoContent() }) == .unavailable)
    }

    @Test func `ID-053 half a captcha stops the start and names what is missing`() throws {
        let none = try TurnstileCaptcha.Configuration.make(siteKey: nil, secret: nil, host: nil)
        #expect(none == nil)
        let both = try TurnstileCaptcha.Configuration.make(siteKey: "site", secret: SecretString("s"), host: nil)
        #expect(both?.settings == IdentitySettings.Captcha(provider: "turnstile", siteKey: "site"))
        let first = #expect(throws: CaptchaMisconfigured.self) {
            _ = try TurnstileCaptcha.Configuration.make(siteKey: "site", secret: SecretString(""), host: nil)
        }
        #expect(first?.missing == "TRELLIS_CAPTCHA_SECRET")
        let second = #expect(throws: CaptchaMisconfigured.self) {
            _ = try TurnstileCaptcha.Configuration.make(siteKey: nil, secret: SecretString("s"), host: nil)
        }
        #expect(second?.missing == "TRELLIS_CAPTCHA_SITE_KEY")
    }
}

private final class Seen: Sendable {
    private let requests = Mutex<[ClientRequest]>([])
    var last: ClientRequest? { requests.withLock { $0.last } }
    func note(_ request: ClientRequest) { requests.withLock { $0.append(request) } }
}

private struct Scripted: HTTPTransport {
    let answer: @Sendable () throws -> ClientResponse
    let seen: Seen

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        seen.note(request)
        return try answer()
    }
}
