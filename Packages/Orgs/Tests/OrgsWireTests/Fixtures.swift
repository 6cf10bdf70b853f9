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
import Orgs
import OrgsHTTP
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// A hasher that is fast and tells nothing: these tests are about routes, not about Argon2id.
struct PlainHasher: Identity.PasswordHasher {
    func hash(_ password: Password) -> StoredPassword { StoredPassword(phc: "plain:" + password.secret.withValue { $0 }) }
    func verify(_ password: Password, against hash: StoredPassword) -> PasswordVerdict {
        self.hash(password) == hash ? .matches(isOutdated: false) : .differs
    }
    func verifyAgainstNothing(_ password: Password) {}
}

/// The routes of accounts and orgs on a real database, without a socket.
struct Front: Sendable {
    let database: TestDatabase
    let router: Router
    let clock: SteppedDateSource
    let store: PostgresOrgStore
    let metrics: Metrics
    static let password = "Blue-Kettle42x"

    struct Caller: Sendable {
        let token: String
        let user: String
        let org: String
    }

    struct Answer: Sendable {
        let status: Int
        let headers: Headers
        let body: JSONValue
        var code: String? { body["code"]?.stringValue }
    }

    static func with(
        also migrations: [any Migration.Type] = [], passkeys: (any PasskeyVerifier)? = nil, _ body: (Front) async throws -> Void
    ) async throws {
        let all = [AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all, [PayerTable.self], migrations]
        try await TestDatabase.withDatabase(migrations: all) { database in
            let metrics = Metrics()
            let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
            let store = PostgresOrgStore(client: database.client, dateSource: clock)
            let denials = PostgresDenialLog(
                client: database.client, dateSource: clock, node: Node.ID.make(at: clock.now), log: .silent)
            let router = try router(store, clock: clock, metrics: metrics, passkeys: passkeys, denials: denials)
            try await body(Front(database: database, router: router, clock: clock, store: store, metrics: metrics))
        }
    }

    /// The table of routes on a store.
    static func router(
        _ store: PostgresOrgStore, clock: SteppedDateSource, metrics: Metrics, passkeys: (any PasskeyVerifier)? = nil,
        denials: (any DenialLog)? = nil
    ) throws -> Router {
        let ring = try KeyRing(newest: .init(id: "k1", secret: SecretBytes(Array(repeating: 7, count: 32))))
        var settings = IdentitySettings()
        settings.verifiesEmail = false
        // Tests move the clock; sign-in is not what they are about.
        settings.tokenLifetime = .days(29)
        let environment = IdentityEnvironment(
            store: store, passwords: PlainHasher(), tokens: try EdDSATokenSigner(keys: ring, issuer: "trellis", audience: "trellis"),
            secrets: DerivedSecrets(master: SecretBytes(Array(repeating: 9, count: 32))), captcha: nil, dateSource: clock,
            settings: settings, passkeys: passkeys, denials: denials)
        var orgsSettings = OrgsSettings()
        orgsSettings.invitations.showsTokens = true
        let founder = OrgAccountObserver<OrgOnlyTransaction>(
            settings: orgsSettings, secrets: environment.secrets, membershipObservers: [], lifecycleObservers: [],
            dateSource: clock)
        let services = IdentityServices(environment, observer: founder, graphs: nil)
        let authenticator = Authenticator(services.authenticator)
        let authorizer = MembershipAuthorizer()
        let invitations = Invitations(
            store: store, settings: orgsSettings.invitations, secrets: environment.secrets, observers: [], dateSource: clock)
        var router = Router(dateSource: clock)
        IdentityRoutes(services).register(on: &router)
        OrgRoutes(
            orgs: Organizations(store: store, settings: orgsSettings, dateSource: clock),
            memberships: Memberships(store: store, observers: [], dateSource: clock), authorizer: authorizer,
            authenticator: authenticator, dateSource: clock,
            invitations: InvitationRoutes(
                invitations: invitations, sessions: services.sessions, identity: settings, authorizer: authorizer,
                authenticator: authenticator, dateSource: clock),
            transfers: OwnershipTransferRoutes(
                transfers: OwnershipTransfers(
                    store: store, observers: [], proofs: services.proofs,
                    secondFactors: NoSecondFactors(), settings: orgsSettings, dateSource: clock), authorizer: authorizer,
                authenticator: authenticator)
        ).register(on: &router)
        OrgDeletionRoutes(
            deletions: Deletions(
                store: store, observers: [], proofs: services.proofs,
                settings: OrgsSettings(), dateSource: clock), authorizer: MembershipAuthorizer(),
            authenticator: Authenticator(services.authenticator)
        ).register(on: &router)
        let memberships = Memberships(store: store, observers: [], dateSource: clock)
        OrgSettingsRoutes(
            security: OrgSecurityRules(store: store, secondFactors: NoSecondFactors(), dateSource: clock),
            billing: OrgBillingSettingsEditor(store: store, port: PayerRecords()), memberships: memberships,
            authorizer: MembershipAuthorizer(), authenticator: Authenticator(services.authenticator)
        ).register(on: &router)
        OrgExportRoutes(
            exports: OrgExports(
                store: store, proofs: services.proofs, settings: OrgsSettings(),
                dateSource: clock), authorizer: MembershipAuthorizer(), authenticator: Authenticator(services.authenticator)
        ).register(on: &router)
        OrgMetaRoutes().register(on: &router)
        InvitationPages(invitations: invitations, services: services).register(on: &router)
        router.use(OrgRefusalMeter(metrics))
        return router
    }

    func call(
        _ method: HTTPServer.Method, _ target: String, _ body: JSONValue? = nil, as caller: Caller? = nil, headers: Headers = [:]
    ) async throws -> Answer {
        var headers = headers
        if let caller { headers["Authorization"] = "Bearer \(caller.token)" }
        if body != nil { headers["Content-Type"] = "application/json" }
        let request = try #require(
            Request(
                method: method, target: target, headers: headers, body: try body.map { try JSON.encode($0) } ?? [],
                id: RequestID.make(at: clock.now)))
        let response = await router.respond(to: request)
        guard case .bytes(let bytes) = response.body, !bytes.isEmpty else {
            return Answer(status: response.status.rawValue, headers: response.headers, body: .null)
        }
        return Answer(
            status: response.status.rawValue, headers: response.headers, body: try JSON.decode(JSONValue.self, from: bytes))
    }

    func register(_ name: String) async throws -> Caller {
        let answer = try await call(
            .post, "/v1/auth/register",
            ["name": .string(name), "email": .string("\(name.lowercased())@example.com"), "password": .string(Self.password)])
        #expect(answer.status == 201)
        return Caller(
            token: try #require(answer.body["token"]?.stringValue), user: try #require(answer.body["user"]?["id"]?.stringValue),
            org: try #require(answer.body["org"]?["id"]?.stringValue))
    }

    /// A further person who is in an org with a role, as an operator would add it.
    func member(_ name: String, of org: String, as role: OrgRole) async throws -> Caller {
        let caller = try await register(name)
        try await join(caller, org, as: role)
        return caller
    }

    func join(_ caller: Caller, _ org: String, as role: OrgRole) async throws {
        let membership = Membership(
            id: .make(at: clock.now), org: try #require(Org.ID(org)), user: try #require(User.ID(caller.user)), role: role,
            joinedAt: clock.now, joinedThrough: .operator)
        try await store.withTransaction(.system) { try await $0.insert(membership) }
    }

    func count(_ sql: String) async throws -> Int {
        Int(try await database.adminClient.query(Statement("SELECT count(*) FROM " + sql))[0].decode(Int64.self))
    }
}
