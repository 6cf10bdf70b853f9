import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import FoundationEssentials
import Identity
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
import Testing

/// Many orgs with a subscription each, a provider in memory that has the same, one clock, and a worker that works when it is told to.
struct IdleFleet: Sendable {
    /// One org with its only person, its only subscription, and how often that is charged.
    struct Payer: Sendable {
        let number: Int
        let org: Org.ID
        let owner: User.ID
        let key: APIKey.ID
        let subscription: Subscription.ID
        let remote: ProviderID
        let months: Int
    }

    let database: TestDatabase
    let clock: SteppedDateSource
    let store: PostgresIdleStore
    let provider: FakePaymentProvider
    let billing: BillingServices<PostgresIdleStore>
    let idle: IdleCancellationServices<PostgresIdleStore>
    let notices = NotedNotices(keepsRows: true)
    let metrics = Metrics()
    let worker: ManualWorker

    static func with<Result: Sendable>(
        at start: String, settings: IdleSettings = .unlimited, _ body: @Sendable (IdleFleet) async throws -> Result
    ) async throws -> Result {
        let start = try #require(Instant(start))
        return try await TestDatabase.withDatabase(migrations: IdleSchemaTests.migrations) { database in
            let clock = SteppedDateSource(startingAt: start)
            _ = try await database.adminClient.pipeline([
                "CREATE TABLE public.told (word text NOT NULL, idle_case uuid NOT NULL)", "GRANT ALL ON public.told TO PUBLIC",
            ])
            let fleet = try await IdleFleet(database, clock, FakePaymentProvider(dateSource: clock), settings: settings)
            try await fleet.store.establish(try BuiltInCatalogue.load(), at: start)
            return try await body(fleet)
        }
    }

    /// The same installation after its process was killed and started again: nothing of its memory is left.
    func restarted() async throws -> IdleFleet {
        try await IdleFleet(database, clock, provider, settings: .unlimited)
    }

    private init(_ database: TestDatabase, _ clock: SteppedDateSource, _ provider: FakePaymentProvider, settings: IdleSettings) async throws
    {
        self.database = database
        self.clock = clock
        self.provider = provider
        store = PostgresIdleStore(client: database.systemClient, dateSource: clock)
        let observer = IdleObserver<IdleOnlyTransaction>(
            notices: notices, settings: settings, metrics: metrics, dateSource: clock, log: .silent)
        billing = BillingServices(
            store: store, provider: provider, catalogue: try BuiltInCatalogue.load(), resources: [PlainGraphs()],
            directory: NobodysDirectory(), authorizer: MembershipAuthorizer(),
            settings: BillingSettings(isEnabled: true, isSandboxMode: true, successURL: "", cancelURL: "", portalReturnURL: ""),
            dateSource: clock, log: .silent, idle: observer)
        idle = IdleCancellationServices(
            store: store, observer: observer, orders: billing.idleOrders, activity: ProbedActivity(clock: clock))
        var registry = JobRegistry()
        registry.register(billing.handlers.sendProviderIntent)
        registry.register(billing.handlers.syncProviderObject)
        registry.register(billing.handlers.endAccess)
        registry.register(billing.handlers.enforceDeadline)
        registry.register(billing.handlers.reconcileProvider)
        idle.handlers.register(on: &registry)
        worker = ManualWorker(client: database.systemClient, registry: registry, dateSource: clock)
    }

    var now: Instant { clock.now }

    /// Sells one subscription to each of a number of orgs; all begin now.
    ///
    /// - Parameter months: how often one is charged, by its number.
    func sell(_ count: Int, begun: Instant? = nil, startedAt: Instant? = nil, months: (Int) -> Int = { _ in 1 }) async throws -> [Payer] {
        let begun = begun ?? now
        let started = startedAt ?? begun
        var payers: [Payer] = []
        for number in 0..<count {
            let payer = Payer(
                number: number, org: .make(at: begun), owner: .make(at: begun), key: .make(at: begun), subscription: .make(at: begun),
                remote: ProviderID("sub_\(String(number + 100_000))"), months: months(number))
            payers.append(payer)
            let end = begun.addingMonths(payer.months, anchoredOnDay: begun.calendarDate.day)
            var known = ProviderSubscription(
                id: payer.remote, customer: ProviderID("cus_\(number)"), status: .active, tags: ProviderTags(), item: nil, price: nil,
                period: Period(start: begun, end: end), trialEnd: nil, endsAt: nil, endedAt: nil, cancellationReason: nil,
                latestInvoice: nil, defaultMethod: nil)
            known.terms = ProviderTerms(
                startedAt: started, intervalUnit: payer.months == 12 ? "year" : "month",
                intervalCount: payer.months == 12 ? 1 : Int64(payer.months))
            provider.know([known])
            try await write(payer, begun: begun, end: end, started: started)
        }
        return payers
    }

    private func write(_ payer: Payer, begun: Instant, end: Instant, started: Instant) async throws {
        let name = "p\(payer.number)@example.com"
        _ = try await database.adminClient.pipeline([
            "SELECT set_config('session_replication_role', 'replica', true)",
            """
            INSERT INTO orgs.org (id, name, org_type, state, owner_count, created_at, updated_at)
            VALUES (\(payer.org), 'Org', 'team', 'active', 1, \(started), \(started))
            """,
            """
            INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
            VALUES (\(payer.owner), \(name), 'Someone', 'active', 1, 1, \(started), \(started))
            """,
            """
            INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
            VALUES (gen_random_uuid(), \(payer.org), \(payer.owner), 'owner', \(started), 'founding', \(started))
            """,
            """
            INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, created_at, updated_at, last_active_at)
            VALUES (\(payer.key), \(payer.owner), 1, 'Key', 'rfs00000', uuid_send(\(payer.key)) || uuid_send(\(payer.key)), \(started),
                \(started), \(started))
            """,
            "INSERT INTO billing.customer (org_id, currency, created_at) VALUES (\(payer.org), 'usd', \(started))",
            """
            INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, interval, currency, configuration,
                backing_kind, backing_detail, provider_subscription_id, status, provider_sync, started_at, period_start, period_end,
                eligible_after, created_at, updated_at)
            VALUES (\(payer.subscription), \(payer.org), 'graph', \("kg" + String(payer.number + 1_000_000).leftPadded(to: 20)),
                'graph:ladybug-standard', 1, 'monthly', 'usd', '{}', 'provider_subscription', \(payer.remote.rawValue),
                \(payer.remote.rawValue), 'active', 'confirmed', \(started), \(begun), \(end), \(started), \(started), \(started))
            """,
        ])
    }

    // MARK: What happens

    /// Somebody of the org uses the product; what a request would order follows from it only when `ordersReversal` is set.
    func use(_ payer: Payer, ordersReversal: Bool = false) async throws {
        let instant = Instant(secondsSinceEpoch: now.secondsSinceEpoch)
        try await database.adminClient.execute("UPDATE identity.api_key SET last_active_at = \(instant) WHERE id = \(payer.key)")
        guard ordersReversal, let pending = try await store.newestCase(of: payer.subscription), pending.state.isPending else { return }
        try await store.withTransaction(.system) {
            try await $0.enqueue(ReverseIdleCase(idleCase: pending.id, user: payer.owner, at: instant), .standard)
        }
    }

    /// The provider tells, as by an event, that something about a subscription is new.
    func tell(_ payer: Payer, because word: String) async throws {
        let subject = ProviderSubject.subscription(payer.remote)
        try await store.withTransaction(.system) {
            try await $0.enqueue(SyncProviderObject(subject: subject), JobOptions(uniqueKey: "\(payer.remote.rawValue)/\(word)"))
        }
    }

    /// What people were told, in all.
    func told(_ word: String) async throws -> Int {
        try await count("SELECT count(*) FROM public.told WHERE word = \(word)")
    }

    func subscription(_ payer: Payer) async throws -> Subscription {
        try #require(try await store.withTransaction(.system) { try await $0.subscription(payer.subscription) })
    }

    func remote(_ payer: Payer) async throws -> ProviderSubscription {
        try #require(try await provider.subscription(payer.remote, budget: .job).object)
    }

    func count(_ statement: Statement) async throws -> Int {
        Int(try #require(try await database.adminClient.query(statement).first).decode(Int64.self))
    }
}

extension IdleSettings {
    /// No guard stands in the way of a test about something else.
    static var unlimited: IdleSettings {
        var settings = IdleSettings()
        settings.guardPerHour = 1_000_000
        settings.guardFloor = 1_000_000
        settings.earlyUndoPercent = 101
        return settings
    }
}

extension String {
    fileprivate func leftPadded(to length: Int) -> String {
        String(repeating: "0", count: max(0, length - count)) + self
    }
}

/// Random numbers that a seed decides.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
