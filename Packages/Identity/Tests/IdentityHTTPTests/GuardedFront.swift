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

/// The routes with protection against guessing and a captcha, on a real database.
struct GuardedFront {
    let router: Router
    let clock: SteppedDateSource
    let database: TestDatabase
    let protection: PostgresGuessingProtection<PostgresIdentityStore>
    let denials: PostgresDenialLog

    static func with(_ settings: IdentitySettings = IdentitySettings(), _ body: (GuardedFront) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(migrations: [AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all]) { database in
            let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
            let ring = try KeyRing(newest: .init(id: "k1", secret: SecretBytes(Array(repeating: 7, count: 32))))
            let store = PostgresIdentityStore(client: database.client, dateSource: clock)
            let secrets = DerivedSecrets(master: SecretBytes(Array(repeating: 9, count: 32)))
            let protection = PostgresGuessingProtection(store: store)
            let denials = PostgresDenialLog(
                client: database.client, dateSource: clock, node: Node.ID.make(at: clock.now), log: .silent)
            let environment = IdentityEnvironment(
                store: store, passwords: ArgonPasswordHasher(try Cryptography.PasswordHasher()),
                tokens: try EdDSATokenSigner(keys: ring, issuer: "trellis", audience: "trellis"), secrets: secrets,
                captcha: SingleUseCaptcha(
                    ScriptedCaptcha(), ledger: PostgresCaptchaLedger(client: database.client), secrets: secrets, dateSource: clock),
                guessing: protection, dateSource: clock, settings: settings, denials: denials)
            var router = Router(dateSource: clock)
            IdentityRoutes(IdentityServices(environment, observer: NoAccountObserver(), graphs: nil)).register(on: &router)
            try await body(GuardedFront(router: router, clock: clock, database: database, protection: protection, denials: denials))
        }
    }

    func call(
        _ method: HTTPServer.Method, _ target: String, _ body: JSONValue? = nil, from address: String = "203.0.113.7", token: String? = nil
    ) async throws -> Front.Answer {
        var headers: Headers = body == nil ? [:] : ["Content-Type": "application/json"]
        if let token { headers["Authorization"] = "Bearer \(token)" }
        let request = try #require(
            Request(
                method: method, target: target, headers: headers, body: try body.map { try JSON.encode($0) } ?? [], remoteAddress: address,
                id: RequestID.make(at: clock.now)))
        let response = await router.respond(to: request)
        guard case .bytes(let bytes) = response.body else { throw NoContent() }
        return Front.Answer(
            status: response.status.rawValue, headers: response.headers, body: try JSON.decode(JSONValue.self, from: bytes))
    }

    /// The entries of a type, the oldest first, each as an object without its own id and time.
    func entries(_ type: String) async throws -> [JSONValue] {
        try await database.adminClient.query(
            """
            SELECT jsonb_build_object('risk', risk, 'actor', actor_kind, 'by', actor_text, 'network', ref_network_client, 'user', ref_user IS NOT NULL,
                'summary', summary, 'data', data, 'personal', private_digest IS NOT NULL) AS entry
            FROM audit.entry WHERE type = \(type) ORDER BY occurred_at
            """
        ).map { try $0.decode("entry", as: JSONValue.self) }
    }

    func register(_ captcha: String? = nil) async throws -> String {
        var body: [String: JSONValue] = ["name": "Ada", "email": "ada@example.com", "password": .string(Front.password)]
        if let captcha { body["captcha_token"] = .string(captcha) }
        return try #require(try await call(.post, "/v1/auth/register", .object(body)).body["token"]?.stringValue)
    }

    func login(
        _ password: String = Front.password, email: String = "ada@example.com", from address: String = "198.51.100.9",
        captcha: String? = nil
    ) async throws -> Front.Answer {
        var body: [String: JSONValue] = ["email": .string(email), "password": .string(password)]
        if let captcha { body["captcha_token"] = .string(captcha) }
        return try await call(.post, "/v1/auth/login", .object(body), from: address)
    }
}

struct NoContent: Error {}

func withCaptcha(signIn: Bool = false, reset: Bool = false) -> IdentitySettings {
    var settings = IdentitySettings()
    settings.captcha = IdentitySettings.Captcha(provider: "turnstile", siteKey: "site")
    settings.asksCaptchaOnSignIn = signIn
    settings.asksCaptchaOnReset = reset
    return settings
}
