import AuditPostgres
import Core
import Cryptography
import EventLoops
import Identity
import IdentityCryptography
import IdentityPostgres
import JobsPostgres
import PlatformTesting
import Postgres
import Testing

/// A hasher that is fast and tells nothing: these tests are about rows, not about Argon2id.
struct PlainHasher: Identity.PasswordHasher {
    func hash(_ password: Password) -> StoredPassword { StoredPassword(phc: "plain:" + password.secret.withValue { $0 }) }
    func verify(_ password: Password, against hash: StoredPassword) -> PasswordVerdict {
        self.hash(password) == hash ? .matches(isOutdated: false) : .differs
    }
    func verifyAgainstNothing(_ password: Password) {}
}

struct House {
    let database: TestDatabase
    let clock: SteppedDateSource
    let store: PostgresIdentityStore
    let environment: IdentityEnvironment<PostgresIdentityStore>
    let client = ClientContext(address: "203.0.113.7", userAgent: "Test/1")
    static let password = "Blue-Kettle42x"

    static func with(withOrgs: Bool = false, _ body: (House) async throws -> Void) async throws {
        let orgs: [any Migration.Type] = withOrgs ? [CreateTestOrgs.self] : []
        let migrations = [AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, orgs].filter { !$0.isEmpty }
        try await TestDatabase.withDatabase(migrations: migrations) { database in
            let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
            let store = PostgresIdentityStore(client: database.client, dateSource: clock)
            let ring = try KeyRing(newest: .init(id: "k1", secret: SecretBytes(Array(repeating: 7, count: 32))))
            let environment = IdentityEnvironment(
                store: store, passwords: PlainHasher(), tokens: try EdDSATokenSigner(keys: ring, issuer: "trellis", audience: "trellis"),
                secrets: DerivedSecrets(master: SecretBytes(Array(repeating: 9, count: 32))), captcha: nil, dateSource: clock,
                settings: IdentitySettings())
            try await body(House(database: database, clock: clock, store: store, environment: environment))
        }
    }

    /// The same house with other settings, and other parts where they are given.
    func with(
        _ settings: IdentitySettings = IdentitySettings(), passwords: (any Identity.PasswordHasher)? = nil
    ) -> IdentityEnvironment<PostgresIdentityStore> {
        IdentityEnvironment(
            store: store, passwords: passwords ?? environment.passwords, tokens: environment.tokens, secrets: environment.secrets,
            captcha: nil,
            dateSource: clock, settings: settings)
    }

    @discardableResult
    func register(_ email: String = "ada@example.com") async throws -> SignInOutcome {
        try await RegistrationService(environment, observer: NoAccountObserver()).register(
            RegistrationRequest(name: try #require(PersonName("Ada")), email: email, password: Password(Self.password)), from: client)
    }

    func signIn(_ email: String = "ada@example.com", _ password: String = House.password) async throws -> SignInOutcome {
        try await PasswordSignIn(environment).signIn(
            with: PasswordCredentials(email: email, password: Password(password)), preferring: nil, from: client)
    }

    func authenticate(_ token: AccessToken) async throws -> Principal {
        try await CredentialAuthenticator(environment).principal(for: .bearer(token.value), actingFor: nil, from: client)
    }

    func authenticate(_ key: SecretString) async throws -> Principal {
        try await CredentialAuthenticator(environment).principal(for: .apiKey(key), actingFor: nil, from: client)
    }

    func count(_ sql: String) async throws -> Int {
        Int(try await database.adminClient.query(Statement("SELECT count(*) FROM " + sql))[0].decode(Int64.self))
    }

    func entries(_ type: String) async throws -> Int {
        Int(try await database.adminClient.query("SELECT count(*) FROM audit.entry WHERE type = \(type)")[0].decode(Int64.self))
    }
}

extension House {
    /// The statements that reach the server while a closure uses a store on a connection of its own, by the server's own count. Where a transaction begins
    /// and ends is not counted, nor what travels with its beginning and says on whose behalf it works.
    func statements(isGuarded: Bool = false, _ body: (IdentityEnvironment<PostgresIdentityStore>) async throws -> Void) async throws -> Int
    {
        try await statementTexts(isGuarded: isGuarded, body).count
    }

    /// The same statements by their texts, each as often as it was executed.
    func statementTexts(
        isGuarded: Bool = false, _ body: (IdentityEnvironment<PostgresIdentityStore>) async throws -> Void
    ) async throws -> [String] {
        let loops = try EventLoopGroup(count: 1, name: "counted")
        defer { loops.shutdown() }
        var configuration = database.configuration()
        configuration.poolSizePerLoop = 1
        let client = PostgresClient(configuration: configuration, loops: loops)
        func executed() async throws -> [String: Int64] {
            let rows = try await client.query(
                """
                SELECT statement, (generic_plans + custom_plans)::bigint AS executions FROM pg_prepared_statements
                WHERE statement NOT LIKE '%pg_prepared_statements%' AND statement NOT LIKE '%set_config(''trellis.scope''%'
                    AND statement NOT LIKE 'BEGIN%' AND statement <> 'COMMIT'
                """)
            return try Dictionary(
                rows.map { (try $0.decode("statement", as: String.self), try $0.decode("executions", as: Int64.self)) }, uniquingKeysWith: +
            )
        }
        let store = PostgresIdentityStore(client: client, dateSource: clock)
        let counted = IdentityEnvironment(
            store: store, passwords: environment.passwords, tokens: environment.tokens, secrets: environment.secrets, captcha: nil,
            guessing: isGuarded ? PostgresGuessingProtection(store: store) : nil, dateSource: clock, settings: environment.settings)
        let before = try await executed()
        try await body(counted)
        let texts = try await executed().flatMap { text, count in
            Array(repeating: text, count: Int(count - before[text, default: 0]))
        }
        await client.close()
        return texts
    }
}
