import Audit
import AuditPostgres
import Billing
import BillingPostgres
import Core
import FoundationEssentials
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import IdleCancellation
import IdleCancellationPostgres
import JobsPostgres
import Notifications
import NotificationsPostgres
import Observability
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// An org with people, a graph, and an idle case, written as rows: what sends mails and notices reads them as the product's other packages leave them.
struct Neighbourhood: Sendable {
    static let migrations = [
        AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all, OperationsMigrations.all,
        BillingMigrations.all,
        IdleCancellationMigrations.all, GraphsMigrations.all, NotificationsMigrations.all,
    ]

    let database: TestDatabase
    let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_808_000_000))
    let finished = Finished()
    let org: Org.ID
    let metrics = Metrics()

    static func with(_ body: (Neighbourhood) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(migrations: migrations) { database in
            let here = Neighbourhood(database: database, org: Org.ID.make(at: Instant(secondsSinceEpoch: 1_800_000_000)))
            try await here.write(
                """
                INSERT INTO orgs.org (id, name, org_type, state, owner_count, created_at, updated_at)
                VALUES (\(here.org), 'Acme <Ltd>', 'team', 'active', 1, \(here.clock.now), \(here.clock.now))
                """)
            try await body(here)
        }
    }

    /// The outbox as the worker has it.
    var store: PostgresNotificationStore<TestTransaction> { store(database.systemClient) }

    /// The same as a role of the database has it.
    func store(_ client: PostgresClient) -> PostgresNotificationStore<TestTransaction> {
        let (clock, finished) = (clock, finished)
        return PostgresNotificationStore(client: client, notifier: nil) {
            TestTransaction(postgres: $0, dateSource: clock, wakeUps: $1, finished: finished)
        }
    }

    var board: StoredNoticeBoard<PostgresNotificationStore<TestTransaction>> { StoredNoticeBoard(store: store, dateSource: clock) }

    func sink(_ keys: KeepKeys = .none) throws -> IdleNotices<TestTransaction> {
        IdleNotices(
            outbox: MailOutbox(), composer: IdleMailComposer(graphs: .standard), tokens: KeepTokens(keys: keys),
            dateSource: clock, metrics: metrics)
    }

    /// Writes without the keys between tables and the triggers: what is here is what is read.
    func write(_ statement: Statement) async throws {
        try await database.adminClient.withTransaction(scope: .system) { transaction in
            try await transaction.execute("SET LOCAL session_replication_role = replica")
            try await transaction.execute(statement)
        }
    }

    func person(_ name: String, as role: OrgRole? = nil) async throws -> User.ID {
        let (id, now) = (User.ID.make(at: clock.now), clock.now)
        try await write(
            """
            INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
            VALUES (\(id), \(name.lowercased() + "@example.com"), \(name), 'active', 1, 1, \(now), \(now))
            """)
        if let role {
            try await write(
                """
                INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
                VALUES (gen_random_uuid(), \(org), \(id), \(role.rawValue), \(now), 'operator', \(now))
                """)
        }
        return id
    }

    func bills(to address: String) async throws {
        try await write(
            "INSERT INTO billing.customer (org_id, billing_email, currency, created_at) VALUES (\(org), \(address), 'usd', \(clock.now))")
    }

    /// A case that was decided now and whose period ends in six days; its subscription is in the log's reach.
    func idleCase(seat: User.ID? = nil, state: IdleCaseState = .decided, resource: String? = nil) async throws
        -> IdleCase
    {
        let now = clock.now
        let resource = resource ?? "kg" + String(UInt64.random(in: (1 << 63)...(.max)), radix: 16)
        let idleCase = IdleCase(
            id: .make(at: now), org: org, subscription: .make(at: now), resource: ResourceID(resource),
            subject: seat.map { .subscriber($0) } ?? .members(of: org),
            period: try #require(Period(start: now - .days(24), end: now + .days(6))),
            interval: try #require(RenewalInterval(.month, count: 1)), threshold: now - .days(54), lastActivity: nil,
            evaluation: .make(at: now),
            event: nil, providerSubscription: ProviderID("sub_1"), state: state, at: now)
        try await write(
            """
            INSERT INTO billing.idle_case (id, org_id, subscription_id, subscriber_id, period_start, period_end, interval_unit, interval_count,
                threshold, evaluation_id, provider_subscription_id, state, ends_at, decided_at, created_at)
            VALUES (\(idleCase.id), \(org), \(idleCase.subscription), \(seat), \(idleCase.period.start), \(idleCase.period.end), 'month', 1,
                \(idleCase.threshold), \(idleCase.evaluation), 'sub_1', \(state.rawValue), \(idleCase.endsAt), \(now), \(now))
            """)
        try await write(
            """
            INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, interval, currency, configuration,
                status, provider_sync, created_at, updated_at)
            VALUES (\(idleCase.subscription), \(org), 'graph', \(resource), 'graph:standard', 1, 'monthly', 'usd', '{}', 'pending', 'confirmed',
                \(now), \(now))
            """)
        return idleCase
    }

    func mails() async throws -> [(status: String, template: String, address: String)] {
        try await database.adminClient.query("SELECT status, template, address FROM notifications.mail ORDER BY address, queued_at").map {
            try $0.decode((String, String, String).self)
        }
    }

    func count(_ sql: String) async throws -> Int {
        Int(try await database.adminClient.query(Statement("SELECT count(*) FROM " + sql))[0].decode(Int64.self))
    }
}
