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
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import PlatformTesting
import Postgres
import StripeSandbox
import Testing

/// Billing on a real database, with the real adapter and the simulator of the provider over HTTP, and one clock for both.
struct SimulatedWorld: Sendable {
    static let webhookSecret = "whsec_fixture"
    static let start = Instant("2027-01-15T09:00:00Z") ?? Instant(secondsSinceEpoch: 0)

    let database: TestDatabase
    let clock: SteppedDateSource
    let simulator: SimulatorAccess
    let store: TestBillingStore
    let services: BillingServices<TestBillingStore>
    let worker: ManualWorker
    let mailbag: Mailbag
    let log: Log
    let org: Org.ID
    let owner: Principal
    let directory: FakeDirectory

    static func with(
        seed: UInt64 = 1, schedules: Bool = false, policies: [String: JSONValue] = [:], log: Log = .silent,
        _ body: @Sendable (SimulatedWorld) async throws -> Void
    ) async throws {
        let migrations = [AuditMigrations.all, JobsMigrations.all, BillingMigrations.all, [M9000CreatePeople.self]]
        try await TestDatabase.withDatabase(migrations: migrations) { database in
            let loops = try EventLoopGroup(count: 1, name: "provider")
            let clock = SteppedDateSource(startingAt: start)
            let mailbag = Mailbag()
            var router = Router()
            router.add(.post, "/hooks") { request in
                try await mailbag.take(signature: request.headers["Stripe-Signature"], body: request.body)
                return Response(status: .ok)
            }
            let hooks = Server(configuration: ServerConfiguration(port: 0), router: router, loops: loops)
            let hookPort = try await hooks.start()
            var configuration = StripeSandboxConfiguration(
                secretKey: SecretString("sk_test_fixture"), controlToken: SecretString(SimulatorAccess.controlToken))
            configuration.webhookURL = "http://127.0.0.1:\(hookPort)/hooks"
            configuration.webhookSecret = SecretString(webhookSecret)
            configuration.seed = seed
            let server = StripeSandboxServer(configuration: configuration, clock: clock, loops: loops)
            let port = try await server.start()
            var plain = CurlTransport.Configuration()
            plain.allowsPlainLoopback = true
            plain.totalTimeout = .seconds(600)
            plain.idleTimeout = .seconds(600)
            let transport = CurlTransport(configuration: plain)
            let result: Result<Void, any Error>
            do {
                let simulator = SimulatorAccess(baseURL: "http://127.0.0.1:\(port)", transport: transport)
                let world = try await SimulatedWorld(
                    database: database, clock: clock, simulator: simulator, mailbag: mailbag, schedules: schedules, policies: policies,
                    log: log)
                result = .success(try await body(world))
            } catch { result = .failure(error) }
            transport.close()
            await server.stop()
            await hooks.drain()
            loops.shutdown()
            try result.get()
        }
    }

    private init(
        database: TestDatabase, clock: SteppedDateSource, simulator: SimulatorAccess, mailbag: Mailbag, schedules: Bool,
        policies: [String: JSONValue], log: Log
    ) async throws {
        self.database = database
        self.clock = clock
        self.simulator = simulator
        self.mailbag = mailbag
        self.log = log
        store = TestBillingStore(client: database.systemClient, dateSource: clock)
        let document = try BuiltInCatalogue.load().document.changing(policies)
        let catalogue = try Catalogue(reading: JSON.encode(document)).sellingAllAddons()
        try await store.establish(catalogue, at: clock.now)
        let provider = StripePaymentProvider(
            configuration: try StripeConfiguration(
                apiBase: simulator.baseURL, secretKey: SecretString("sk_test_fixture"), isSandboxMode: true),
            transport: GuardedTransport(transport: simulator.transport), log: log)
        directory = FakeDirectory()
        services = BillingServices(
            store: store, provider: provider, catalogue: catalogue, resources: [FakeGraphs(limit: 100), FakeSeats()],
            directory: directory, authorizer: MembershipAuthorizer(), settings: .test, dateSource: clock, log: log)
        var registry = JobRegistry()
        let (handlers, money) = (services.handlers, services.money.handlers)
        registry.register(handlers.sendProviderIntent)
        registry.register(handlers.processInboundEvent)
        registry.register(handlers.syncProviderObject)
        registry.register(handlers.endAccess)
        registry.register(handlers.enforceDeadline)
        registry.register(handlers.compensateSale)
        registry.register(money.renewNetTerms)
        registry.register(money.watchInvoice)
        registry.register(money.expireAccountCredit)
        registry.register(money.refillCreditPools)
        registry.register(money.carryAccountCredits)
        registry.register(money.withdrawAccountCredit)
        if schedules {
            handlers.registerLifecycle(on: &registry)
        } else {
            registry.register(handlers.expireCheckout)
            registry.register(handlers.sweepCheckouts)
            registry.register(handlers.finishPlanChange)
            registry.register(handlers.remindDebtor)
            registry.register(handlers.pullProviderEvents)
            registry.register(handlers.reconcileProvider)
        }
        worker = ManualWorker(client: database.systemClient, registry: registry, dateSource: clock)
        org = Org.ID.make(at: clock.now)
        owner = try await directory.admit(to: org, as: .owner, database, at: clock.now)
        mailbag.open(
            WebhookIntake(
                store: store, verifier: try StripeWebhookVerifier(secrets: [SecretString(Self.webhookSecret)]), dateSource: clock))
    }

    var now: Instant { clock.now }
}

extension JSONValue {
    /// The same with other values for some names, wherever they stand.
    fileprivate func changing(_ values: [String: JSONValue]) -> JSONValue {
        switch self {
        case .object(let members):
            .object(
                members.reduce(into: [:]) { result, member in
                    result[member.key] = values[member.key] ?? member.value.changing(values)
                })
        case .array(let elements): .array(elements.map { $0.changing(values) })
        default: self
        }
    }
}
