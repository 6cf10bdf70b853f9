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
    let notices = ShownNotices()
    let subscriptions: SubscriptionService<Store>
    let guards: ActionGuards<Store>
    let observers: [any OrgLifecycleObserver<Store.Transaction>]
    let worker: ManualWorker
    let metrics: Metrics
    let archives: FaultyArchives
    let name: String
    let directory: String
    let owner = User.ID.make(at: start)
    let member = User.ID.make(at: start)
    let org = Org.ID.make(at: start)

    var caller: GraphCaller { GraphCaller(user: owner, org: org) }

    /// Once, or those who come at the same time would wait for one another's.
    private static let preparation = Task {
        let url = try #require(ProcessInfo.processInfo.environment["TRELLIS_TEST_DATABASE_URL"])
        let host = try #require(PostgresGraphHost("local=" + url))
        let loops = try EventLoopGroup(count: 1, name: "preparation")
        defer { loops.shutdown() }
        try await PostgresHostPreparation(host: host, loops: loops, log: Log(label: "deployment", level: .error)).run()
    }

    static func with<Value: Sendable>(
        billing: Bool = true, also others: [PostgresGraphHost] = [], _ body: @Sendable (Deployment) async throws -> Value
    ) async throws -> Value {
        try await TestDatabase.withDatabase(
            migrations: [
                AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all, OperationsMigrations.all,
                BillingMigrations.all, GraphsMigrations.all,
            ]
        ) { database in
            let url = try #require(ProcessInfo.processInfo.environment["TRELLIS_TEST_DATABASE_URL"])
            let host = try #require(PostgresGraphHost("local=" + url))
            // The same server under another name, for a test that has two hosts.
            let spare = try #require(PostgresGraphHost("spare=" + url))
            let log = Log(label: "deployment", level: .error)
            try await Self.preparation.value
            let name = "test-" + Hex.encode(RandomBytes.make(count: 4))
            let postgres = PostgresGraphEngine(
                hosts: [host, spare] + others, deployment: name, tools: try #require(PostgresTools.installed()),
                sealer: try SecretSealer(
                    keys: KeyRing(newest: KeyRing.Key(id: "m1", secret: SecretBytes.random(count: 32, from: SystemRandomSource())))),
                loops: database.loops, log: log)
            let directory = FileManager.default.temporaryDirectory.path + "/trellis-" + name
            let deployment = try await Deployment(
                database: database, engine: FaultyEngine(postgres), host: host, name: name, directory: directory, billing: billing, log: log
            )
            let result: Result<Value, any Error>
            do { result = .success(try await body(deployment)) } catch { result = .failure(error) }
            try await deployment.removeGraphs()
            await postgres.close()
            try? FileManager.default.removeItem(atPath: directory)
            return try result.get()
        }
    }

    private init(
        database: TestDatabase, engine: FaultyEngine, host: PostgresGraphHost, name: String, directory: String, billing: Bool, log: Log
    ) async throws {
        self.database = database
        self.engine = engine
        self.host = host
        self.name = name
        self.directory = directory
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
            dateSource: clock, log: log, guarded: DueGraph.Step.allCases.map { GuardedGraphs<Store.Transaction>($0) })
        subscriptions = paid.subscriptions
        guards = paid.guards
        let ring = try KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes.random(count: 32, from: SystemRandomSource())))
        archives = FaultyArchives(
            EncryptedBackupArchive(engine: engine, store: try DirectoryBackupStore(directory: directory), keys: ring))
        services = GraphServices(
            store: store, subscriptions: paid.subscriptions, engine: engine, archives: archives,
            links: SignedDownloadLinks(master: SecretBytes.random(count: 32, from: SystemRandomSource())),
            catalogue: catalogue, notices: notices, isBillingEnabled: billing, dateSource: clock)
        let metrics = Metrics()
        self.metrics = metrics
        var registry = JobRegistry()
        registry.register(services.provisioning)
        registry.register(services.teardown)
        registry.register(services.changeTier)
        registry.register(services.applyMode)
        registry.register(services.sweepCredentials)
        registry.register(services.sweepOrphans)
        registry.register(services.repairOrphan)
        registry.register(services.sweepRecords)
        registry.register(services.sweepBackupStore)
        registry.register(services.takeBackup)
        registry.register(services.orderNightlyBackups)
        registry.register(services.takeNightlyBackup)
        registry.register(services.expireBackup)
        registry.register(services.sweepBackups)
        registry.register(services.checkBackupCoverage)
        registry.register(services.orderDrills)
        registry.register(services.tryBackup)
        registry.register(services.restore)
        registry.register(services.dropReplaced)
        registry.register(services.recoverHost)
        registry.register(services.recoverGraph)
        registry.register(services.drainHost)
        registry.register(services.moveGraph)
        registry.register(services.releasePlace)
        registry.register(services.purge)
        registry.register(services.checkHeldPurges)
        registry.register(services.expireCredential)
        registry.register(services.sweepDue)
        registry.register(services.catchPaidSales)
        registry.register(services.provisionSale)
        registry.register(services.freeLapsedHolds)
        registry.register(services.reconcile)
        registry.register(services.reconcileSeats)
        registry.register(services.endRepositoryGrants)
        registry.register(services.reconcileSeat)
        registry.register(services.sampleStorage)
        registry.register(services.forgetMeasures)
        registry.register(services.compareCounts)
        registry.register(services.compareGraphCounts)
        registry.register(services.orderCompactions)
        registry.register(services.considerCompaction)
        registry.register(services.compactGraph)
        registry.register(services.materialize)
        registry.register(services.createSubgraph)
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
        registry.register(PassOperationDeadlineHandler(store: store, controller: GraphOperations<Store.Transaction>()))
        registry.register(CatchOverdueOperationsHandler(store: store, meters: NetMeters(metrics: metrics, log: log)))
        observers = [paid.orgObserver, services.orgObserver]
        registry.register(WarnOfPurgeHandler(store: store))
        registry.register(PurgeOrgHandler(store: store, observers: observers, membershipObservers: []))
        worker = ManualWorker(client: database.systemClient, registry: registry, dateSource: clock)
        try await populate(plans)
    }

    private func populate(_ plans: Catalogue) async throws {
        try await store.establish(plans, at: start)
        try await store.register([NewGraphHost(name: "local", tiers: [.standard, .large, .xlarge], slots: 5)], at: start)
        try await database.keepHostsHealthy()
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
            try await $0.enqueue(SyncProviderObject(subject: .subscription(subscription)), .standard)
        }
        try await worker.drain()
    }

    func subscription(of graph: GraphID) async throws -> Subscription {
        let id = try await self.graph(graph).subscription
        return try #require(try await store.withTransaction(.system) { try await $0.subscription(id ?? .make(at: start)) })
    }

    /// How many sagas of a kind are in a state.
    func sagas(_ kind: String, _ state: String) async throws -> Int {
        try await database.adminClient.query("SELECT id FROM jobs.saga WHERE kind = \(kind) AND state = \(state)").count
    }

    func audit(_ type: String) async throws -> Int {
        try await database.adminClient.query("SELECT id FROM audit.entry WHERE type = \(type)").count
    }

    /// Works as a tenant, through a session of a login.
    func connected<Value: Sendable>(
        as login: IssuedLogin, on host: PostgresGraphHost? = nil, _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        let url = (host ?? self.host).url(ofDatabase: login.database, user: login.role, password: login.password)
        var configuration = PostgresConfiguration(url: url)
        configuration.poolSizePerLoop = 1
        configuration.acquireTimeout = .seconds(300)
        configuration.connectTimeout = .seconds(300)
        let client = PostgresClient(configuration: configuration, loops: database.loops, log: Log(label: "tenant", level: .error))
        let result: Result<Value, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await client.close()
        return try result.get()
    }

    /// Works in a graph's database as its host's administrator.
    func administering<Value: Sendable>(_ graph: GraphID, _ body: (PostgresClient) async throws -> Value) async throws -> Value {
        var configuration = PostgresConfiguration(url: host.url(ofDatabase: graph.databaseName))
        configuration.poolSizePerLoop = 1
        configuration.acquireTimeout = .seconds(300)
        configuration.connectTimeout = .seconds(300)
        let client = PostgresClient(configuration: configuration, loops: database.loops, log: Log(label: "administrator", level: .error))
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
        let id = try #require(operation.graph.flatMap { GraphID($0) })
        // What kept it from being made is said here, and not as a graph that nobody finds later on.
        let made = try await graph(id)
        let failure = try await self.operation(operation.id).failure?.message ?? made.statusReason ?? ""
        try #require(made.status == .active, "\(failure)")
        return id
    }

    /// Has a graph end with what was paid.
    ///
    /// - Returns: when that is.
    func cancelAtPeriodEnd(_ id: GraphID) async throws -> Instant {
        _ = try await services.graphs.delete(id, confirmation: id.description, atPeriodEnd: true, key: nil, as: caller)
        try await worker.drain()
        return try #require(try await subscription(of: id).endsAt)
    }

    /// Lets the end of what was paid for a graph come.
    func suspend(_ id: GraphID) async throws {
        clock.advance(to: try await cancelAtPeriodEnd(id))
        try await worker.drain()
        try #require(try await graph(id).status == .suspended)
    }

    func graph(_ id: GraphID) async throws -> Graph {
        try #require(try await store.withTransaction(.system) { try await $0.graph(id) })
    }

    func operation(_ id: Operations.Operation.ID) async throws -> Operations.Operation {
        try #require(try await store.operation(id))
    }

    func auditTypes(of graph: GraphID) async throws -> [String] {
        try await database.adminClient.query(
            "SELECT type FROM audit.entry WHERE ref_graph = \(graph.description) AND type <> 'graph_mutation' ORDER BY occurred_at, recorded_at, id"
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

/// What owners were told, as a test says it; everything, long ago, until it says otherwise.
final class ShownNotices: NoticeReading, Sendable {
    typealias Transaction = Deployment.Store.Transaction
    private let proof = Mutex(
        NoticeProof(owners: [.init(suspension: start, lastWarning: start)], idleEnd: .none))

    func show(_ owners: [NoticeProof.Owner], idleEnd: NoticeProof.IdleEnd = .none) {
        proof.withLock { $0 = NoticeProof(owners: owners, idleEnd: idleEnd) }
    }

    func proof(for graph: Graph, in transaction: Transaction) async throws -> NoticeProof { proof.withLock { $0 } }
}

/// Lets rows be stored as they could not come to be in so short a time: the rest of a pipeline runs without triggers.
let withoutRules: Statement = "SELECT set_config('session_replication_role', 'replica', true)"
