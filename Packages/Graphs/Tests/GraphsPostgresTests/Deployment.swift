import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Cryptography
import EventLoops
import Foundation
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import GraphEngines

/// A whole deployment below the edge: control database, graph host, backup store, worker; one org that pays by invoice, with an owner and a member.
struct Deployment: Sendable {
    typealias Store = PostgresGraphPackagesStore
    typealias Services = GraphServices<Store, SubscriptionService<Store>>

    let database: TestDatabase
    let clock: SteppedDateSource
    let store: Store
    let engine: FaultyEngine
    let host: PostgresGraphHost
    let provider: FakePaymentProvider
    let services: Services
    let subscriptions: SubscriptionService<Store>
    let worker: ManualWorker
    let owner = User.ID.make(at: start)
    let member = User.ID.make(at: start)
    let org = Org.ID.make(at: start)

    var caller: GraphCaller { GraphCaller(user: owner, org: org) }

    static func with<Value: Sendable>(billing: Bool = true, _ body: @Sendable (Deployment) async throws -> Value) async throws -> Value {
        try await TestDatabase.withDatabase(
            migrations: [
                AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all, OperationsMigrations.all,
                BillingMigrations.all, GraphsMigrations.all,
            ]
        ) { database in
            let url = try #require(ProcessInfo.processInfo.environment["TRELLIS_TEST_DATABASE_URL"])
            let host = try #require(PostgresGraphHost("local=" + url))
            let log = Log(label: "deployment", level: .error)
            try await PostgresHostPreparation(host: host, loops: database.loops, log: log).run()
            let name = "test-" + Hex.encode(RandomBytes.make(count: 4))
            let postgres = PostgresGraphEngine(
                hosts: [host], deployment: name, tools: try #require(PostgresTools.installed()), loops: database.loops, log: log)
            let directory = FileManager.default.temporaryDirectory.path + "/trellis-" + name
            let deployment = try await Deployment(
                database: database, engine: FaultyEngine(postgres), host: host, directory: directory, billing: billing, log: log)
            let result: Result<Value, any Error>
            do { result = .success(try await body(deployment)) } catch { result = .failure(error) }
            try await deployment.removeGraphs()
            await postgres.close()
            try? FileManager.default.removeItem(atPath: directory)
            return try result.get()
        }
    }

    private init(
        database: TestDatabase, engine: FaultyEngine, host: PostgresGraphHost, directory: String, billing: Bool, log: Log
    ) async throws {
        self.database = database
        self.engine = engine
        self.host = host
        clock = SteppedDateSource(startingAt: start)
        store = Store(client: database.systemClient, dateSource: clock)
        let catalogue = GraphCatalogue.standard
        let plans = try BuiltInCatalogue.load()
        provider = FakePaymentProvider(dateSource: clock)
        let paid = BillingServices(
            store: store, provider: provider, catalogue: plans,
            resources: [
                GraphResource<Store.Transaction>(catalogue: catalogue, dateSource: clock),
                RepositorySeats<Store.Transaction>(dateSource: clock),
            ],
            directory: StoredOrgDirectory(store: store), authorizer: MembershipAuthorizer(),
            settings: BillingSettings(isEnabled: billing, isSandboxMode: true, successURL: "", cancelURL: "", portalReturnURL: ""),
            dateSource: clock, log: log)
        subscriptions = paid.subscriptions
        let ring = try KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes.random(count: 32, from: SystemRandomSource())))
        services = GraphServices(
            store: store, subscriptions: paid.subscriptions, engine: engine,
            archives: EncryptedBackupArchive(engine: engine, store: try DirectoryBackupStore(directory: directory), keys: ring),
            catalogue: catalogue, isBillingEnabled: billing, dateSource: clock)
        var registry = JobRegistry()
        registry.register(services.provisioning)
        registry.register(services.teardown)
        registry.register(services.changeTier)
        registry.register(services.applyMode)
        registry.register(services.purge)
        registry.register(services.expireCredential)
        registry.register(services.sweepDue)
        registry.register(services.reconcile)
        registry.register(services.reconcileSeats)
        registry.register(services.sampleStorage)
        registry.register(services.forgetMeasures)
        registry.register(services.provisionPaidGraph)
        registry.register(services.followEnding)
        registry.register(services.followEnded)
        registry.register(services.followResumed)
        registry.register(services.followStanding)
        registry.register(paid.handlers.endAccess)
        registry.register(paid.handlers.enforceDeadline)
        registry.register(paid.handlers.compensateSale)
        registry.register(paid.handlers.sendProviderIntent)
        registry.register(paid.handlers.syncProviderObject)
        registry.register(paid.handlers.finishPlanChange)
        worker = ManualWorker(client: database.systemClient, registry: registry, dateSource: clock)
        try await populate(plans)
    }

    private func populate(_ plans: Catalogue) async throws {
        try await store.establish(plans, at: start)
        try await store.register([NewGraphHost(name: "local", tiers: [.standard, .large, .xlarge], slots: 5)], at: start)
        func person(_ id: User.ID, _ name: String) -> Statement {
            """
            INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
            VALUES (\(id), \(name.lowercased() + "@example.com"), \(name), 'active', 1, 1, \(start), \(start))
            """
        }
        func membership(_ user: User.ID, _ role: String) -> Statement {
            """
            INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
            VALUES (\(Membership.ID.make(at: start)), \(org), \(user), \(role), \(start), 'founding', \(start))
            """
        }
        _ = try await database.adminClient.pipeline([
            person(owner, "Ada"), person(member, "Grace"),
            """
            INSERT INTO orgs.org (id, name, org_type, personal_owner_id, state, created_at, updated_at)
            VALUES (\(org), 'Acme', 'team', NULL, 'active', \(start), \(start))
            """,
            "INSERT INTO orgs.org_limits (org_id, max_graphs, source) VALUES (\(org), 2, 'catalogue')",
            membership(owner, "owner"), membership(member, "member"),
            """
            INSERT INTO billing.customer (org_id, invoice_billing_enabled, currency, created_at) VALUES (\(org), true, 'usd', \(start))
            """,
        ])
    }

    // MARK: What a test does

    /// From now on the org pays by a card on file.
    func payByCard() async throws {
        _ = try await database.adminClient.pipeline([
            """
            UPDATE billing.customer SET invoice_billing_enabled = false, provider_customer_id = 'cus_test000000000001'
            WHERE org_id = \(org)
            """,
            """
            INSERT INTO billing.payment_method (org_id, provider_method_id, type, brand, last4, expiry_month, expiry_year, is_default, state,
                synced_at)
            VALUES (\(org), 'pm_test0000000000001', 'card', 'visa', '4242', 12, 2034, true, 'usable', \(start))
            """,
        ])
    }

    /// What the provider said is looked at, as after each of its events.
    func hearOfProvider(_ subscription: ProviderID) async throws {
        try await store.withTransaction(.system) {
            _ = try await $0.enqueue(SyncProviderObject(subject: .subscription(subscription)), .standard)
        }
        try await worker.drain()
    }

    func subscription(of graph: GraphID) async throws -> Subscription {
        let id = try await self.graph(graph).subscription
        return try #require(try await store.withTransaction(.system) { try await $0.subscription(id ?? .make(at: start)) })
    }

    func audit(_ type: String) async throws -> Int {
        try await database.adminClient.query("SELECT id FROM audit.entry WHERE type = \(type)").count
    }

    /// Works as a tenant, through a session of a login.
    func connected<Value: Sendable>(
        as login: IssuedLogin, _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        let url = host.url(ofDatabase: login.database, user: login.role, password: login.password)
        var configuration = PostgresConfiguration(url: url)
        configuration.poolSizePerLoop = 1
        let client = PostgresClient(configuration: configuration, loops: database.loops, log: Log(label: "tenant", level: .error))
        let result: Result<Value, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await client.close()
        return try result.get()
    }

    func create(key: String? = nil, name: String = "Ledger") async throws -> (operation: Operations.Operation, isReplay: Bool) {
        let body: JSONValue = ["name": .string(name)]
        let call = try key.flatMap { RequestKey($0) }.map {
            CallKey(
                key: $0, fingerprint: try CallFingerprint(method: "POST", route: "/v1/graphs", pathValues: [:], query: [], body: body))
        }
        return try await services.graphs.create(
            {
                GraphDraft.Wish(
                    name: name, description: nil, extensions: [], tags: [], tier: "ladybug-standard", customSchema: nil,
                    initialEntity: ["name": "Acme", "uri": "https://acme.example"], createsEntity: true)
            }, key: call, as: caller)
    }

    /// A graph that is ready.
    func activeGraph() async throws -> GraphID {
        let operation = try await create().operation
        try await worker.drain()
        return try #require(operation.graph.flatMap { GraphID($0) })
    }

    func graph(_ id: GraphID) async throws -> Graph {
        try #require(try await store.withTransaction(.system) { try await $0.graph(id) })
    }

    func operation(_ id: Operations.Operation.ID) async throws -> Operations.Operation {
        try #require(try await store.operation(id))
    }

    func auditTypes(of graph: GraphID) async throws -> [String] {
        try await database.adminClient.query(
            "SELECT type FROM audit.entry WHERE ref_graph = \(graph.description) ORDER BY occurred_at, recorded_at, id"
        ).map { try $0.decode("type") }
    }

    /// What the host holds of a graph, seen by its administrator.
    func objects(of graph: GraphID) async throws -> [String] {
        let pattern = graph.databaseName + "%"
        return try await database.adminClient.query(
            """
            SELECT 'd:' || datname AS name FROM pg_database WHERE datname LIKE \(pattern)
            UNION ALL SELECT 'r:' || rolname FROM pg_roles WHERE rolname LIKE \(pattern) ORDER BY 1
            """
        ).map { try $0.decode("name") }
    }

    /// Lets time pass and runs whatever became due, as often as an attempt had to wait.
    func advance(_ duration: Duration) async throws {
        clock.advance(by: duration)
        try await worker.drain()
    }

    private func removeGraphs() async throws {
        let graphs: [String] = try await database.adminClient.query("SELECT id FROM graphs.graph").map { try $0.decode("id") }
        for name in graphs {
            let pattern = name + "%"
            for row in try await database.adminClient.query("SELECT datname::text AS name FROM pg_database WHERE datname LIKE \(pattern)") {
                try await database.adminClient.execute("DROP DATABASE \(identifier: row.decode("name")) WITH (FORCE)")
            }
            let roles = try await database.adminClient.query(
                "SELECT rolname::text AS name FROM pg_roles WHERE rolname LIKE \(pattern) ORDER BY length(rolname) DESC")
            for row in roles { try await database.adminClient.execute("DROP ROLE \(identifier: row.decode("name"))") }
        }
    }
}

/// Lets rows be stored as they could not come to be in so short a time: the rest of a pipeline runs without triggers.
let withoutRules: Statement = "SELECT set_config('session_replication_role', 'replica', true)"

/// The real engine, which fails before or after a call when a test says so: as if the process had died there.
final class FaultyEngine: GraphEngine {
    enum Fault: Sendable, Hashable {
        /// The call is not made.
        case before(String)
        /// The call is made, and its answer is lost.
        case after(String)
        /// The call is made, and the connection goes before its answer.
        case lost(String)
        /// The call is refused for good, each time.
        case refused(String)
    }

    private let engine: PostgresGraphEngine
    private let faults = Mutex<[Fault]>([])

    init(_ engine: PostgresGraphEngine) { self.engine = engine }

    func fail(_ fault: Fault) { faults.withLock { $0.append(fault) } }
    func heal() { faults.withLock { $0 = [] } }

    private func take(_ fault: Fault) -> Bool {
        faults.withLock { faults in
            guard let index = faults.firstIndex(of: fault) else { return false }
            faults.remove(at: index)
            return true
        }
    }

    private func call<Value>(_ name: String, _ body: () async throws -> Value) async throws -> Value {
        if take(.before(name)) { throw EngineError.unavailable("test: before \(name)") }
        if faults.withLock({ $0.contains(.refused(name)) }) { throw EngineError.refused("test: \(name)") }
        let value = try await body()
        if take(.lost(name)) { throw EngineError.uncertain("test: lost \(name)") }
        if take(.after(name)) { throw EngineError.unavailable("test: after \(name)") }
        return value
    }

    func probe(_ host: HostReference) async throws -> HostFacts { try await call("probe") { try await engine.probe(host) } }
    func objects(of graph: EngineGraph) async throws -> [EngineObject] { try await call("objects") { try await engine.objects(of: graph) } }
    func createPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("principals") { try await engine.createPrincipals(graph, warrant) }
    }
    func createDatabase(_ graph: EngineGraph, limits: EngineLimits, _ warrant: StepWarrant) async throws {
        try await call("database") { try await engine.createDatabase(graph, limits: limits, warrant) }
    }
    func applyLimits(_ limits: EngineLimits, to graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("limits") { try await engine.applyLimits(limits, to: graph, warrant) }
    }
    func install(_ plan: SchemaPlan, in graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("schema") { try await engine.install(plan, in: graph, warrant) }
    }
    func verify(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("verify") { try await engine.verify(graph, warrant) }
    }
    func setMode(_ mode: EngineMode, epoch: Int64, of graph: EngineGraph) async throws {
        try await call("mode") { try await engine.setMode(mode, epoch: epoch, of: graph) }
    }
    func issue(_ login: LoginSpecification, for graph: EngineGraph, limits: EngineLimits) async throws -> IssuedLogin {
        try await call("issue") { try await engine.issue(login, for: graph, limits: limits) }
    }
    func revoke(role: String, of graph: EngineGraph) async throws {
        try await call("revoke") { try await engine.revoke(role: role, of: graph) }
    }
    func measure(_ host: HostReference) async throws -> [GraphMeasure] { try await call("measure") { try await engine.measure(host) } }
    func facts(_ graph: EngineGraph, within budget: Duration) async throws -> GraphFacts { try await engine.facts(graph, within: budget) }
    func dump(_ graph: EngineGraph, into sink: any ByteSink, timeout: Duration, _ warrant: StepWarrant) async throws -> DumpSummary {
        try await call("dump") { try await engine.dump(graph, into: sink, timeout: timeout, warrant) }
    }
    func tables(inArchive source: any ByteSource) async throws -> Set<String> {
        try await call("list") { try await engine.tables(inArchive: source) }
    }
    func drop(_ graph: EngineGraph, proof: FinalBackupProof, _ warrant: StepWarrant) async throws {
        try await call("drop") { try await engine.drop(graph, proof: proof, warrant) }
    }
    func dropPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("dropPrincipals") { try await engine.dropPrincipals(graph, warrant) }
    }
    func discardUnused(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("discard") { try await engine.discardUnused(graph, warrant) }
    }
}
