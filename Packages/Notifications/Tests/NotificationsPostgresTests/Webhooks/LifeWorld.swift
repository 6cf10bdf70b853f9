import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Cryptography
import EventLoops
import FoundationEssentials
import Graphs
import GraphsPostgres
@_spi(Authentication) import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Notifications
import NotificationsPostgres
import Observability
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@testable import GraphEngines

/// What a deployment does below the edge and what customers' systems hear of it: control database, graph host, backup store, provider, worker and relays;
/// one org of a fixed clock with an owner, a member and an endpoint that hears everything.
struct LifeWorld: Sendable {
    typealias Store = PostgresGraphPackagesStore

    let database: TestDatabase
    let clock = SteppedDateSource(startingAt: Self.start)
    let store: Store
    let provider: FakePaymentProvider
    let services: GraphServices<Store, SubscriptionService<Store>>
    let billing: BillingService<Store>
    let worker: ManualWorker
    let owner = User.ID.make(at: Self.start)
    let member = User.ID.make(at: Self.start)
    let org = Org.ID.make(at: Self.start)

    static let start = Instant(secondsSinceEpoch: 1_772_359_200)

    var caller: GraphCaller { GraphCaller(user: owner, org: org, reach: MembershipReach(lacking: nil, boundOrg: nil)) }

    /// Once, or those who come at the same time would wait for one another's.
    private static let preparation = Task {
        let loops = try EventLoopGroup(count: 1, name: "preparation")
        defer { loops.shutdown() }
        try await PostgresHostPreparation(host: try host(), loops: loops, log: .silent).run()
    }

    private static func host() throws -> PostgresGraphHost {
        let url = try #require(ProcessInfo.processInfo.environment["TRELLIS_TEST_DATABASE_URL"])
        return try #require(PostgresGraphHost("local=" + url))
    }

    static func with(_ body: @Sendable (LifeWorld) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(
            migrations: [
                AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all, OperationsMigrations.all,
                BillingMigrations.all, GraphsMigrations.all, NotificationsMigrations.all,
            ]
        ) { database in
            try await Self.preparation.value
            let name = "test-" + Hex.encode(RandomBytes.make(count: 4))
            let engine = PostgresGraphEngine(
                hosts: [try host()], deployment: name, tools: try #require(PostgresTools.installed()), loops: database.loops, log: .silent)
            let directory = FileManager.default.temporaryDirectory.path + "/trellis-" + name
            let world = try await LifeWorld(database: database, engine: engine, directory: directory)
            let result: Result<Void, any Error>
            do { result = .success(try await body(world)) } catch { result = .failure(error) }
            try await world.removeGraphs()
            await engine.close()
            try? FileManager.default.removeItem(atPath: directory)
            try result.get()
        }
    }

    private init(database: TestDatabase, engine: PostgresGraphEngine, directory: String) async throws {
        self.database = database
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
            settings: BillingSettings(isEnabled: true, isSandboxMode: true, successURL: "", cancelURL: "", portalReturnURL: ""),
            dateSource: clock, log: .silent)
        billing = paid.billing
        let ring = try KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes.random(count: 32, from: SystemRandomSource())))
        services = GraphServices(
            store: store, subscriptions: paid.subscriptions, engine: engine,
            archives: EncryptedBackupArchive(engine: engine, store: try DirectoryBackupStore(directory: directory), keys: ring),
            links: SignedDownloadLinks(master: SecretBytes.random(count: 32, from: SystemRandomSource())),
            catalogue: catalogue, notices: EverybodyKnows(), isBillingEnabled: true, dateSource: clock)
        var registry = JobRegistry()
        registry.register(services.provisioning)
        registry.register(services.teardown)
        registry.register(services.changeTier)
        registry.register(services.applyMode)
        registry.register(services.purge)
        registry.register(services.takeBackup)
        registry.register(services.provisionPaidGraph)
        registry.register(services.followEnding)
        registry.register(services.followEnded)
        registry.register(services.followResumed)
        registry.register(services.followStanding)
        registry.register(paid.handlers.expireCheckout)
        registry.register(paid.handlers.endAccess)
        registry.register(paid.handlers.enforceDeadline)
        registry.register(paid.handlers.compensateSale)
        registry.register(paid.handlers.sendProviderIntent)
        registry.register(paid.handlers.syncProviderObject)
        registry.register(paid.handlers.finishPlanChange)
        let (clock, client) = (clock, database.systemClient)
        WebhookRelays(
            store: PostgresNotificationStore(client: client, notifier: nil) {
                NotificationsOnlyTransaction(postgres: $0, dateSource: clock, wakeUps: $1)
            }, publisher: WebhookPublisher(publicURL: "https://api.example.com")
        ).register(on: &registry)
        worker = ManualWorker(client: database.systemClient, registry: registry, dateSource: clock)
        try await populate(plans)
    }

    private func populate(_ plans: Catalogue) async throws {
        let now = Self.start
        try await store.establish(plans, at: now)
        try await store.register([NewGraphHost(name: "local", tiers: [.standard, .large], slots: 5)], at: now)
        // A host that did not report for 100 s of the server's own time gets no graph; a slow test is no such host.
        try await database.adminClient.execute("UPDATE graphs.graph_host SET last_healthy_at = now() + interval '1 day'")
        func person(_ id: User.ID, _ name: String) -> Statement {
            """
            INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, email_verified_at, created_at, updated_at)
            VALUES (\(id), \(name.lowercased() + "@example.com"), \(name), 'active', 1, 1, \(now), \(now), \(now))
            """
        }
        func membership(_ user: User.ID, _ role: String) -> Statement {
            """
            INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
            VALUES (\(Membership.ID.make(at: now)), \(org), \(user), \(role), \(now), 'founding', \(now))
            """
        }
        _ = try await database.adminClient.pipeline([
            person(owner, "Ada"), person(member, "Grace"),
            """
            INSERT INTO orgs.org (id, name, org_type, personal_owner_id, state, created_at, updated_at)
            VALUES (\(org), 'Acme', 'team', NULL, 'active', \(now), \(now))
            """,
            "INSERT INTO orgs.org_limits (org_id, max_graphs, source) VALUES (\(org), 2, 'catalogue')",
            membership(owner, "owner"), membership(member, "member"),
            "INSERT INTO billing.customer (org_id, invoice_billing_enabled, currency, created_at) VALUES (\(org), true, 'usd', \(now))",
            """
            INSERT INTO notifications.webhook_endpoint (org_id, id, url, description, types, is_ordered, status, created_by, created_at, updated_at)
            VALUES (\(org), \(WebhookEndpoint.ID.make(at: now)), 'https://hooks.example.com', '', '{}', false, 'enabled', \(owner), \(now), \(now))
            """,
        ])
    }

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
            VALUES (\(org), 'pm_test0000000000001', 'card', 'visa', '4242', 12, 2034, true, 'usable', \(Self.start))
            """,
        ])
    }

    /// What the provider said is looked at, as after each of its events.
    func hearOfProvider(_ subscription: ProviderID) async throws {
        try await store.withTransaction(.system) {
            try await $0.enqueue(SyncProviderObject(subject: .subscription(subscription)), .standard)
        }
        try await settle()
    }

    /// Runs what is due, and what follows from it.
    func settle() async throws {
        for _ in 0..<4 { try await worker.drain() }
    }

    /// Lets time pass and runs whatever became due.
    func advance(_ duration: Duration) async throws {
        clock.advance(by: duration)
        try await settle()
    }

    /// A graph that is ready.
    func activeGraph() async throws -> GraphID {
        let operation = try await services.graphs.create(
            {
                GraphDraft.Wish(
                    name: "Ledger", description: nil, extensions: [], tags: [], tier: "ladybug-standard", customSchema: nil,
                    initialEntity: ["name": "Acme", "uri": "https://acme.example"], createsEntity: true)
            }, key: nil, as: caller
        ).operation
        try await settle()
        let id = try #require(operation.graph.flatMap { GraphID($0) })
        try #require(try await graph(id).status == .active)
        return id
    }

    func graph(_ id: GraphID) async throws -> Graph {
        try #require(try await store.withTransaction(.system) { try await $0.graph(id) })
    }

    /// A caller as authentication would find it.
    func principal(_ user: User.ID) async throws -> Principal {
        let account = try #require(try await store.profile(of: user))
        return Principal(
            userID: user, email: account.email, name: account.name, isEmailVerified: account.isEmailVerified,
            credential: .session(Session.ID.make(at: clock.now), generation: 1), scopes: nil, graph: nil,
            orgScope: try await store.scope(of: user, in: org))
    }

    /// What customers' systems heard so far.
    func heard() async throws -> Heard {
        let rows = try await database.systemClient.query(
            "SELECT type, object, sequence, payload FROM notifications.webhook_message ORDER BY object, sequence", scope: .system)
        var told: [Heard.Message] = []
        for row in rows {
            let payload: String = try row.decode("payload")
            told.append(
                Heard.Message(
                    type: try row.decode("type"), object: try row.decode("object"), sequence: try row.decode("sequence"),
                    data: try JSON.decode(JSONValue.self, from: Array(payload.utf8))["data"] ?? .null))
        }
        return Heard(messages: told)
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

/// What customers' systems heard.
struct Heard: Sendable {
    struct Message: Sendable {
        let type: String
        let object: String
        let sequence: Int64
        let data: JSONValue
    }

    let messages: [Message]

    /// For each kind of object what was told of each, in the order of its numbers; objects of one kind by their stories, for their ids are no order.
    var stories: [String: [[String]]] {
        var objects: [String: [Message]] = [:]
        for message in messages { objects[message.object, default: []].append(message) }
        var stories: [String: [[String]]] = [:]
        for told in objects.values {
            guard let noun = told.first?.type.prefix(while: { $0 != "." }) else { continue }
            stories[String(noun), default: []].append(told.map(\.type))
        }
        return stories.mapValues { $0.sorted { $0.joined(separator: " ") < $1.joined(separator: " ") } }
    }

    /// What was told of a graph and of everything that hangs on it, in the order of the graph's own numbers.
    func story(of graph: GraphID) -> [String] {
        messages.compactMap { message -> (Int64, String)? in
            guard message.data["graph"]?.stringValue == graph.description, let number = message.data["graph_sequence"]?.integerValue else {
                return nil
            }
            return (number, message.type)
        }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

/// Owners who were told of everything, long ago.
struct EverybodyKnows: NoticeReading {
    func proof(for graph: Graph, in transaction: LifeWorld.Store.Transaction) async throws -> NoticeProof {
        NoticeProof(owners: [.init(suspension: LifeWorld.start, lastWarning: LifeWorld.start)], idleEnd: .none)
    }
}
