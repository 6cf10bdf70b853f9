import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingStripe
import Core
import EventLoops
import HTTPClient
import HTTPServer
@_spi(Authentication) import Identity
import IdentityPostgres
import IdleCancellation
import IdleCancellationPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import StripeSandbox
import Synchronization
import Testing

/// Idle cancellation on a real database, with the simulator of the provider over HTTP, one clock for both, and a worker that works when it is told to.
struct IdleHouse: Sendable {
    static let webhookSecret = "whsec_fixture"
    static let start = Instant("2027-02-01T09:00:00Z") ?? Instant(secondsSinceEpoch: 0)

    let database: TestDatabase
    let clock: SteppedDateSource
    let simulator: SimulatorClient
    let store: PostgresIdleStore
    let billing: BillingServices<PostgresIdleStore>
    let idle: IdleCancellationServices<PostgresIdleStore>
    let notices: NotedNotices
    let activity: ProbedActivity
    let metrics: Metrics
    let worker: ManualWorker
    let box: IntakeBox
    let org = Org.ID.make(at: start)
    let owner = User.ID.make(at: start)
    let member = User.ID.make(at: start)

    static func with(
        settings: IdleSettings = IdleSettings(), _ body: @Sendable (IdleHouse) async throws -> Void
    ) async throws {
        try await TestDatabase.withDatabase(migrations: IdleSchemaTests.migrations) { database in
            let loops = try EventLoopGroup(count: 1, name: "idle")
            let clock = SteppedDateSource(startingAt: start)
            let box = IntakeBox()
            var router = Router()
            router.add(.post, "/hooks") { request in
                try await box.receive(signature: request.headers["Stripe-Signature"], body: request.body)
                return Response(status: .ok)
            }
            let hooks = Server(configuration: ServerConfiguration(port: 0), router: router, loops: loops)
            let hookPort = try await hooks.start()
            var configuration = StripeSandboxConfiguration(
                secretKey: SecretString("sk_test_fixture"), controlToken: SecretString(SimulatorClient.controlToken))
            configuration.webhookURL = "http://127.0.0.1:\(hookPort)/hooks"
            configuration.webhookSecret = SecretString(webhookSecret)
            let server = StripeSandboxServer(configuration: configuration, clock: clock, loops: loops)
            let port = try await server.start()
            var plain = CurlTransport.Configuration()
            plain.allowsPlainLoopback = true
            plain.totalTimeout = .seconds(600)
            plain.idleTimeout = .seconds(600)
            let transport = CurlTransport(configuration: plain)
            let result: Result<Void, any Error>
            do {
                let simulator = SimulatorClient(baseURL: "http://127.0.0.1:\(port)", transport: transport)
                let house = try await IdleHouse(database: database, clock: clock, simulator: simulator, settings: settings, box: box)
                result = .success(try await body(house))
            } catch { result = .failure(error) }
            transport.close()
            await server.stop()
            await hooks.drain()
            loops.shutdown()
            try result.get()
        }
    }

    private init(
        database: TestDatabase, clock: SteppedDateSource, simulator: SimulatorClient, settings: IdleSettings, box: IntakeBox
    ) async throws {
        self.database = database
        self.clock = clock
        self.simulator = simulator
        self.box = box
        let log = Log.silent
        store = PostgresIdleStore(client: database.systemClient, dateSource: clock)
        notices = NotedNotices()
        activity = ProbedActivity(clock: clock)
        metrics = Metrics()
        let catalogue = try BuiltInCatalogue.load()
        try await store.establish(catalogue, at: clock.now)
        let provider = StripePaymentProvider(
            configuration: try StripeConfiguration(
                apiBase: simulator.baseURL, secretKey: SecretString("sk_test_fixture"), isSandboxMode: true),
            transport: simulator.transport, log: log)
        let observer = IdleObserver<IdleOnlyTransaction>(
            notices: notices, settings: settings, metrics: metrics, dateSource: clock, log: log)
        billing = BillingServices(
            store: store, provider: provider, catalogue: catalogue, resources: [PlainGraphs()], directory: NobodysDirectory(),
            authorizer: MembershipAuthorizer(),
            settings: BillingSettings(
                isEnabled: true, isSandboxMode: true, successURL: "https://app.example/ok?session_id={CHECKOUT_SESSION_ID}",
                cancelURL: "https://app.example/no", portalReturnURL: "https://app.example/billing"),
            dateSource: clock, log: log, idle: observer)
        idle = IdleCancellationServices(
            store: store, observer: observer, orders: billing.idleOrders, activity: activity)
        var registry = JobRegistry()
        registry.register(billing.handlers.sendProviderIntent)
        registry.register(billing.handlers.processInboundEvent)
        registry.register(billing.handlers.syncProviderObject)
        registry.register(billing.handlers.endAccess)
        registry.register(billing.handlers.enforceDeadline)
        registry.register(billing.money.handlers.refillCreditPools)
        registry.register(billing.money.handlers.carryAccountCredits)
        idle.handlers.register(on: &registry)
        worker = ManualWorker(client: database.systemClient, registry: registry, dateSource: clock)
        let intake = WebhookIntake(
            store: store, verifier: try StripeWebhookVerifier(secrets: [SecretString(Self.webhookSecret)]), dateSource: clock)
        box.open(intake)
        try await populate()
    }

    private func populate() async throws {
        func person(_ id: User.ID, _ name: String) -> Statement {
            """
            INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
            VALUES (\(id), \(name.lowercased() + "@example.com"), \(name), 'active', 1, 1, \(Self.start), \(Self.start))
            """
        }
        func membership(_ user: User.ID, _ role: String) -> Statement {
            """
            INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
            VALUES (\(Membership.ID.make(at: Self.start)), \(org), \(user), \(role), \(Self.start), 'founding', \(Self.start))
            """
        }
        _ = try await database.adminClient.pipeline([
            person(owner, "Ada"), person(member, "Grace"),
            """
            INSERT INTO orgs.org (id, name, org_type, personal_owner_id, state, created_at, updated_at)
            VALUES (\(org), 'Acme', 'team', NULL, 'active', \(Self.start), \(Self.start))
            """,
            "INSERT INTO orgs.org_limits (org_id, max_graphs, source) VALUES (\(org), 100, 'catalogue')",
            membership(owner, "owner"), membership(member, "member"),
        ])
    }

    var now: Instant { clock.now }
    var principal: Principal { get throws { try principal(owner, as: .owner) } }

    func principal(_ user: User.ID, as role: OrgRole) throws -> Principal {
        let scope = OrgScope(
            org: org, user: user, membership: .make(at: now), role: role, state: .active, name: "Acme", type: .team)
        return Principal(
            userID: user, email: try #require(EmailAddress("someone@example.com")), name: try #require(PersonName("Someone")),
            isEmailVerified: true, credential: .session(.make(at: now), generation: 1), scopes: nil, graph: nil, orgScope: scope)
    }
}

/// Where deliveries go once the house stands.
final class IntakeBox: Sendable {
    private let intake = Mutex<(any WebhookReceiving)?>(nil)

    func open(_ receiver: any WebhookReceiving) {
        intake.withLock { $0 = receiver }
    }

    func receive(signature: String?, body: [UInt8]) async throws {
        guard let receiver = intake.withLock({ $0 }) else { return }
        _ = try await receiver.receive(signature: signature, body: body)
    }
}

/// Calls of the simulator's own interfaces.
struct SimulatorClient: Sendable {
    static let controlToken = "control-token"
    let baseURL: String
    let transport: CurlTransport

    func send(_ method: String, _ path: String, token: String, type: String, body: String) async throws -> (status: Int, json: JSONValue) {
        var request = ClientRequest(method, path.hasPrefix("http") ? path : baseURL + path, body: Array(body.utf8))
        request.headers["Authorization"] = "Bearer \(token)"
        if !body.isEmpty { request.headers["Content-Type"] = type }
        let response = try await transport.send(request)
        return (response.status, (try? JSON.decode(JSONValue.self, from: response.body)) ?? .null)
    }

    /// A call of the API.
    @discardableResult
    func call(_ method: String, _ path: String, _ form: String = "") async throws -> JSONValue {
        let answer = try await send(method, path, token: "sk_test_fixture", type: "application/x-www-form-urlencoded", body: form)
        try #require(answer.status < 300, "\(answer.json)")
        return answer.json
    }

    /// A call of the control interface.
    @discardableResult
    func control(_ method: String, _ path: String, _ body: String = "") async throws -> JSONValue {
        let answer = try await send(method, "/_sandbox" + path, token: Self.controlToken, type: "application/json", body: body)
        try #require(answer.status < 300, "\(answer.json)")
        return answer.json
    }

    func pay(_ page: String) async throws {
        let answer = try await send("POST", page, token: "none", type: "application/x-www-form-urlencoded", body: "card=4242424242424242")
        try #require(answer.status == 303)
    }

    /// The updates of a subscription that the provider was sent, in order.
    func updates(of subscription: ProviderID) async throws -> [JSONValue] {
        guard case .array(let entries) = try await control("GET", "/transcript") else { return [] }
        return entries.filter { entry in
            entry["method"] == "POST" && entry["path"] == .string("/v1/subscriptions/\(subscription.rawValue)")
        }
    }
}

/// What people would be told, and when.
final class NotedNotices: IdleNoticeSink, Sendable {
    typealias Transaction = IdleOnlyTransaction
    private let list = Mutex<[String]>([])
    private let keepsRows: Bool

    /// - Parameter keepsRows: whether each word is a row of `public.told` too, which a transaction that is undone does not leave.
    init(keepsRows: Bool = false) {
        self.keepsRows = keepsRows
    }

    /// What was told of a case, in order; a transaction that is undone tells nothing in the end.
    var all: [String] { list.withLock { $0 } }

    private func note(_ word: String, _ idleCase: IdleCase, _ transaction: IdleOnlyTransaction) async throws {
        if keepsRows {
            try await transaction.postgres.execute("INSERT INTO public.told (word, idle_case) VALUES (\(word), \(idleCase.id))")
        }
        list.withLock { $0.append(word) }
    }

    func hold(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws { try await note("hold", idleCase, transaction) }
    func release(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws {
        try await note("release", idleCase, transaction)
    }
    func withdraw(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws {
        try await note("withdraw", idleCase, transaction)
    }
    func kept(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws { try await note("kept", idleCase, transaction) }
    func keepFailed(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws {
        try await note("keepFailed", idleCase, transaction)
    }
    func periodMoved(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws {
        try await note("periodMoved", idleCase, transaction)
    }
}

/// Activity as the database has it; the probe is a test's to break.
final class ProbedActivity: ActivityReading, Sendable {
    typealias Transaction = IdleOnlyTransaction
    private let clock: SteppedDateSource
    private let isBroken = Mutex(false)

    init(clock: SteppedDateSource) {
        self.clock = clock
    }

    func breakRecording() { isBroken.withLock { $0 = true } }

    func lastActivity(of subject: IdleSubject, in transaction: IdleOnlyTransaction) async throws -> ActivityFact? {
        try await transaction.lastActivity(of: subject)
    }

    func probe() async throws -> ProbeResult {
        ProbeResult(isGreen: isBroken.withLock { !$0 }, at: clock.now)
    }
}

/// Graphs as Billing sees them: nothing to be provisioned.
struct PlainGraphs: SellableResource {
    var type: ResourceType { .graph }
    func validate(_ configuration: JSONValue, for plan: Plan) throws(BillingError) {}
    func wishedTier(in configuration: JSONValue) -> String? { nil }
    func reserve(for subscription: Subscription, plan: Plan, in transaction: IdleOnlyTransaction) async throws {}
    func release(_ subscription: Subscription.ID, in transaction: IdleOnlyTransaction) async throws {}
}

/// Nobody's mail addresses are asked for here.
struct NobodysDirectory: OrgDirectory {
    func org(_ id: Org.ID) async throws -> Org? { nil }
    func owners(of org: Org.ID) async throws -> [Member] { [] }
    func recipients(with role: OrgRole, of org: Org.ID) async throws -> [Member] { [] }
    func role(of user: User.ID, in org: Org.ID) async throws -> OrgRole? { .owner }
    func standing(of user: User.ID, in org: Org.ID) async throws -> SecondFactorStanding? { nil }
}
