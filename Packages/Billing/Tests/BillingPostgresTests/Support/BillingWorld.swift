import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import EventLoops
@_spi(Authentication) import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Where orgs and people of these tests are found by the log.
enum M9000CreatePeople: Migration {
    static var id: String { "9000-testing-people" }
    static var sql: String {
        """
        CREATE SCHEMA people AUTHORIZATION trellis_owner;
        GRANT USAGE ON SCHEMA people TO trellis_app, trellis_system;
        CREATE TABLE people.org (id uuid PRIMARY KEY);
        CREATE TABLE people.person (id uuid PRIMARY KEY);
        CREATE TABLE people.seat_change (subscription uuid, status text);
        GRANT SELECT, INSERT ON people.org, people.person, people.seat_change TO trellis_app, trellis_system;

        """ + AuditSchema.locate(.org, in: "people.org", column: "id") + AuditSchema.locate(.user, in: "people.person", column: "id")
    }
}

/// Billing on a database of its own, with a provider in memory and a clock that stands still.
struct BillingWorld: Sendable {
    let database: TestDatabase
    let clock: TestClock
    let provider: FakePaymentProvider
    let store: TestBillingStore
    /// As the API has it: its login may do less.
    let services: BillingServices<TestBillingStore>
    /// As the worker has it.
    let handlers: BillingJobHandlers<TestBillingStore>
    let directory: FakeDirectory
    let org: Org.ID
    let owner: Principal

    static func with<Result: Sendable>(
        settings: BillingSettings = .test, limit: Int = 100, _ body: (BillingWorld) async throws -> Result
    ) async throws -> Result {
        let migrations = [AuditMigrations.all, JobsMigrations.all, BillingMigrations.all, [M9000CreatePeople.self]]
        return try await TestDatabase.withDatabase(migrations: migrations) { database in
            let clock = TestClock.fixed()
            let provider = FakePaymentProvider(dateSource: clock)
            let store = TestBillingStore(client: database.client, dateSource: clock)
            let catalogue = try BuiltInCatalogue.load().sellingAllAddons()
            try await store.establish(catalogue, at: clock.now)
            let directory = FakeDirectory()
            func services(_ store: TestBillingStore) -> BillingServices<TestBillingStore> {
                BillingServices(
                    store: store, provider: provider, catalogue: catalogue, resources: [FakeGraphs(limit: limit), FakeSeats()],
                    directory: directory,
                    authorizer: MembershipAuthorizer(), settings: settings, dateSource: clock, log: .silent)
            }
            let worker = services(TestBillingStore(client: database.systemClient, dateSource: clock))
            let org = Org.ID.make(at: clock.now)
            let owner = try await directory.admit(to: org, as: .owner, database, at: clock.now)
            return try await body(
                BillingWorld(
                    database: database, clock: clock, provider: provider, store: store, services: services(store),
                    handlers: worker.handlers, directory: directory, org: org, owner: owner))
        }
    }

    var now: Instant { clock.now }

    /// Admits one more person to the org.
    func admit(as role: OrgRole) async throws -> Principal {
        try await directory.admit(to: org, as: role, database, at: now)
    }

    func checkout(
        _ plan: String = "ladybug-standard", type: ResourceType = .graph, as principal: Principal? = nil,
        configuration: JSONValue = ["name": "a graph"]
    ) async throws -> (session: ProviderID, subscription: Subscription.ID) {
        let request = CheckoutRequest(
            principal: principal ?? owner, namedOrg: nil, planName: plan, resourceType: type, configuration: configuration)
        guard case .open(_, let session, let subscription) = try await services.billing.startCheckout(request) else {
            throw NotPartOfTheTest()
        }
        return (session, subscription)
    }

    /// Delivers an event as the provider would, already verified.
    @discardableResult
    func deliver(
        _ type: String, _ object: ProviderID, id: String? = nil, customer: ProviderID? = nil, livemode: Bool = false
    ) async throws -> InboundEvent.ID {
        let event = VerifiedEvent(
            provider: "stripe", id: ProviderID(id ?? "evt_" + InboundEvent.ID.make(at: now).description), type: type,
            apiVersion: "2026-08-26.dahlia", livemode: livemode, created: now, objectID: object, objectType: nil,
            references: .init(customer: customer))
        let inbound = InboundEvent(id: .make(at: now), event, body: Array("{}".utf8), receivedAt: now)
        _ = try await store.receive(inbound)
        return inbound.id
    }

    func subscription(_ id: Subscription.ID) async throws -> Subscription {
        try #require(try await store.withTransaction(.system) { try await $0.subscription(id) })
    }

    /// Buys a graph and brings it to active.
    func activeGraph(_ resource: String = "kg0123456789abcdef0123") async throws -> (id: Subscription.ID, provider: ProviderID) {
        let (session, id) = try await checkout()
        let paid = try #require(provider.pay(session))
        try await deliver("checkout.session.completed", session)
        try await drain()
        let row = try await subscription(id)
        let fence = try #require(row.lease).fence
        try await store.withTransaction(.system) { transaction in
            let graph = try #require(ResourceID(resource))
            try await services.subscriptions.link(graph, to: id, fence: fence, in: transaction)
            try await services.subscriptions.activate(id, fence: fence, in: transaction)
        }
        return (id, paid)
    }

    // MARK: What the database shows

    func count(_ statement: Statement) async throws -> Int {
        Int(try #require(try await database.adminClient.query(statement).first).decode(Int64.self))
    }

    func events(_ topic: String) async throws -> Int {
        try await count("SELECT count(*) FROM jobs.event WHERE topic = \("billing." + topic)")
    }

    func entries(_ type: String) async throws -> Int {
        try await count("SELECT count(*) FROM audit.entry WHERE type = \(type)")
    }

    // MARK: Jobs

    /// Runs all due jobs, one after the other, until none is due.
    func drain() async throws {
        for _ in 1...200 {
            let rows = try await database.adminClient.query(
                """
                SELECT j.id, k.name, j.args FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE j.run_at <= \(now)
                ORDER BY j.lane, j.run_at, j.id LIMIT 1
                """)
            guard let row = rows.first else { return }
            let id = try row.decode("id", as: Int64.self)
            let arguments = try JSON.encode(try row.decode("args", as: JSONValue.self))
            switch try await run(try row.decode("name", as: String.self), arguments, job: id) {
            case .snoozed(let until):
                try await database.adminClient.execute(
                    "UPDATE jobs.job SET run_at = \(max(until, now + .microseconds(1))) WHERE id = \(id)")
            case .retry(let wait):
                try await database.adminClient.execute("UPDATE jobs.job SET run_at = \(now + wait) WHERE id = \(id)")
            case .completed, .cancelled, .committed, .discarded:
                try await database.adminClient.execute("DELETE FROM jobs.job WHERE id = \(id)")
            }
        }
        Issue.record("the jobs do not come to an end")
    }

    func run(_ kind: String, _ arguments: [UInt8], job: Int64 = 1) async throws -> JobOutcome {
        let context = JobContext(
            lease: JobLease(job: JobID(rawValue: job), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: clock,
            effects: NoEffects())
        switch kind {
        case SendProviderIntent.kind:
            return try await handlers.sendProviderIntent.run(JSON.decode(SendProviderIntent.self, from: arguments), context: context)
        case ProcessInboundEvent.kind:
            return try await handlers.processInboundEvent.run(JSON.decode(ProcessInboundEvent.self, from: arguments), context: context)
        case SyncProviderObject.kind:
            return try await handlers.syncProviderObject.run(JSON.decode(SyncProviderObject.self, from: arguments), context: context)
        case EndAccess.kind: return try await handlers.endAccess.run(JSON.decode(EndAccess.self, from: arguments), context: context)
        case EnforceDeadline.kind:
            return try await handlers.enforceDeadline.run(JSON.decode(EnforceDeadline.self, from: arguments), context: context)
        case CompensateSale.kind:
            return try await handlers.compensateSale.run(JSON.decode(CompensateSale.self, from: arguments), context: context)
        case RemindDebtor.kind:
            return try await handlers.remindDebtor.run(JSON.decode(RemindDebtor.self, from: arguments), context: context)
        case ExpireCheckout.kind:
            return try await handlers.expireCheckout.run(JSON.decode(ExpireCheckout.self, from: arguments), context: context)
        case FinishPlanChange.kind:
            return try await handlers.finishPlanChange.run(JSON.decode(FinishPlanChange.self, from: arguments), context: context)
        case CatchLostWork.kind:
            return try await handlers.catchLostWork.run(JSON.decode(CatchLostWork.self, from: arguments), context: context)
        case SweepCheckouts.kind:
            return try await handlers.sweepCheckouts.run(JSON.decode(SweepCheckouts.self, from: arguments), context: context)
        case PullProviderEvents.kind:
            return try await handlers.pullProviderEvents.run(JSON.decode(PullProviderEvents.self, from: arguments), context: context)
        case ReconcileProvider.kind:
            return try await handlers.reconcileProvider.run(JSON.decode(ReconcileProvider.self, from: arguments), context: context)
        case ComparePrices.kind:
            return try await handlers.comparePrices.run(JSON.decode(ComparePrices.self, from: arguments), context: context)
        case WatchCards.kind: return try await handlers.watchCards.run(JSON.decode(WatchCards.self, from: arguments), context: context)
        case WarnOfCard.kind: return try await handlers.warnOfCard.run(JSON.decode(WarnOfCard.self, from: arguments), context: context)
        default: return try await runMoney(kind, arguments, context)
        }
    }
}

extension BillingSettings {
    static let test = BillingSettings(
        isEnabled: true, isSandboxMode: true, successURL: "https://app.example/ok?session_id={CHECKOUT_SESSION_ID}",
        cancelURL: "https://app.example/no", portalReturnURL: "https://app.example/billing")
}

/// Billing keeps its own record of effects, so that no job of it may ask for the general one.
struct NoEffects: EffectLedger {
    func perform<Response: Codable & Sendable>(
        _ key: EffectKey, destination: String, requestHash: [UInt8], send: @Sendable (EffectKey) async throws -> EffectOutcome<Response>,
        readBack: @Sendable (EffectKey) async throws -> EffectOutcome<Response>
    ) async throws -> Response {
        throw NotPartOfTheTest()
    }
}

/// Graphs as Billing sees them: a limit for each org, and nothing to be provisioned.
struct FakeGraphs: SellableResource {
    let limit: Int
    var type: ResourceType { .graph }

    func validate(_ configuration: JSONValue, for plan: Plan) throws(BillingError) {
        if configuration["bad"] != nil { throw .invalidConfiguration(pointer: "/bad", reason: "is not known") }
    }

    func wishedTier(in configuration: JSONValue) -> String? { configuration["instance_tier"]?.stringValue }

    func reserve(for subscription: Subscription, plan: Plan, in transaction: TestTransaction) async throws {
        let live = try await transaction.liveSubscriptions(of: subscription.org).filter { $0.resourceType == .graph }
        guard live.count <= limit else { throw BillingError.graphLimitReached(limit: limit) }
    }

    func release(_ subscription: Subscription.ID, in transaction: TestTransaction) async throws {}
}

/// Repositories as Billing sees them: they stand already.
struct FakeSeats: SellableResource {
    var type: ResourceType { .repository }

    func validate(_ configuration: JSONValue, for plan: Plan) throws(BillingError) {}
    func standingResource(of plan: PlanKey) -> ResourceID? { plan.repository.flatMap { ResourceID($0) } }
    func reserve(for subscription: Subscription, plan: Plan, in transaction: TestTransaction) async throws {}
    func release(_ subscription: Subscription.ID, in transaction: TestTransaction) async throws {}

    /// Leaves a trace of every change in the same transaction.
    func changed(_ subscription: Subscription, in transaction: TestTransaction) async throws {
        try await transaction.postgres.execute(
            "INSERT INTO people.seat_change VALUES (\(subscription.id), \(subscription.status.rawValue))")
    }
}

/// Who is in which org.
final class FakeDirectory: OrgDirectory, Sendable {
    private let roles = Mutex<[User.ID: [Org.ID: OrgRole]]>([:])

    func admit(to org: Org.ID, as role: OrgRole, _ database: TestDatabase, at now: Instant) async throws -> Principal {
        let user = User.ID.make(at: now)
        roles.withLock { $0[user, default: [:]][org] = role }
        try await database.adminClient.execute("INSERT INTO people.org VALUES (\(org)) ON CONFLICT DO NOTHING")
        try await database.adminClient.execute("INSERT INTO people.person VALUES (\(user))")
        let scope = OrgScope(
            org: org, user: user, membership: .make(at: now), role: role, state: .active, name: "An org", type: .team)
        return Principal(
            userID: user, email: try #require(EmailAddress("someone@example.com")), name: try #require(PersonName("Someone")),
            isEmailVerified: true, credential: .session(.make(at: now), generation: 1), scopes: nil, graph: nil, orgScope: scope)
    }

    func org(_ id: Org.ID) async throws -> Org? { nil }
    func owners(of org: Org.ID) async throws -> [Member] { [] }
    func recipients(with role: OrgRole, of org: Org.ID) async throws -> [Member] { [] }
    func role(of user: User.ID, in org: Org.ID) async throws -> OrgRole? { roles.withLock { $0[user]?[org] } }
    func standing(of user: User.ID, in org: Org.ID) async throws -> SecondFactorStanding? {
        try await role(of: user, in: org).map { SecondFactorStanding(role: $0, type: .team, rule: nil, isAlone: false) }
    }
}
