import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Foundation
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
import Synchronization
import Testing

/// A program that embeds idle cancellation and nothing that serves requests, speaks to a payment provider or sends mails: what is outside of it are the fakes
/// of its ports.
private struct EmbeddedProgram: Sendable {
    static let migrations = [
        AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all, BillingMigrations.all,
        IdleCancellationMigrations.all,
    ]

    let database: TestDatabase
    let clock: SteppedDateSource
    let store: PostgresIdleStore
    let provider: FakePaymentProvider
    let notices = SaidWords()
    let idle: IdleCancellationServices<PostgresIdleStore>
    let worker: ManualWorker
    let org: Org.ID
    let subscription: Subscription.ID
    let remote = ProviderID("sub_embedded")

    init(_ database: TestDatabase) async throws {
        self.database = database
        let start = try #require(Instant("2027-04-24T10:00:00Z"))
        clock = SteppedDateSource(startingAt: start)
        org = .make(at: start)
        subscription = .make(at: start)
        store = PostgresIdleStore(client: database.systemClient, dateSource: clock)
        provider = FakePaymentProvider(dateSource: clock)
        let catalogue = try BuiltInCatalogue.load()
        try await store.establish(catalogue, at: start)
        let observer = IdleObserver<IdleOnlyTransaction>(
            notices: notices, settings: IdleSettings(), metrics: Metrics(), dateSource: clock, log: .silent)
        let billing = BillingServices(
            store: store, provider: provider, catalogue: catalogue, resources: [NothingSold()], directory: NobodyKnown(),
            authorizer: MembershipAuthorizer(),
            settings: BillingSettings(isEnabled: true, isSandboxMode: true, successURL: "", cancelURL: "", portalReturnURL: ""),
            dateSource: clock, log: .silent, idle: observer)
        idle = IdleCancellationServices(
            store: store, observer: observer, orders: billing.idleOrders, activity: StillWater(last: start - .days(80), clock: clock))
        var registry = JobRegistry()
        idle.handlers.register(on: &registry)
        worker = ManualWorker(client: database.systemClient, registry: registry, dateSource: clock)
        try await sell()
    }

    /// One subscription that was bought two periods ago, here and at the provider.
    private func sell() async throws {
        let (now, begun) = (clock.now, try #require(Instant("2027-04-01T09:00:00Z")))
        let end = try #require(Instant("2027-05-01T09:00:00Z"))
        var known = ProviderSubscription(
            id: remote, customer: ProviderID("cus_1"), status: .active, tags: ProviderTags(), item: nil, price: nil,
            period: Period(start: begun, end: end), trialEnd: nil, endsAt: nil, endedAt: nil, cancellationReason: nil, latestInvoice: nil,
            defaultMethod: nil)
        known.terms = ProviderTerms(startedAt: begun - .days(31), intervalUnit: "month", intervalCount: 1)
        provider.know([known])
        _ = try await database.adminClient.pipeline([
            "SELECT set_config('session_replication_role', 'replica', true)",
            """
            INSERT INTO orgs.org (id, name, org_type, state, owner_count, created_at, updated_at)
            VALUES (\(org), 'Acme', 'team', 'active', 1, \(begun), \(begun))
            """,
            "INSERT INTO billing.customer (org_id, currency, created_at) VALUES (\(org), 'usd', \(begun))",
            """
            INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, interval, currency, configuration,
                backing_kind, backing_detail, provider_subscription_id, provider_item_id, provider_price_id, status, provider_sync, started_at,
                period_start, period_end, eligible_after, created_at, updated_at)
            VALUES (\(subscription), \(org), 'graph', 'kg0123456789abcdef0123', 'graph:ladybug-standard', 1, 'monthly', 'usd', '{}',
                'provider_subscription', \(remote.rawValue), \(remote.rawValue), 'si_1', 'price_1', 'active', 'confirmed',
                \(begun - .days(31)), \(begun), \(end), \(begun - .days(31)), \(begun - .days(31)), \(now))
            """,
        ])
    }

    func row() async throws -> Subscription {
        try #require(try await store.withTransaction(.system) { try await $0.subscription(subscription) })
    }

    func seen() async throws -> ProviderSubscription? {
        try await provider.subscription(remote, budget: .job).object
    }
}

@Suite struct EmbeddedProgramTests {
    @Test func `IDL-001 a program with fakes for the ports evaluates, cancels and reverses`() async throws {
        try await TestDatabase.withDatabase(migrations: EmbeddedProgram.migrations) { database in
            let program = try await EmbeddedProgram(database)
            let evaluation = try await program.idle.evaluator.evaluate(IdleTrigger(subscription: program.subscription, source: .sweep))
            #expect(evaluation?.outcome == .fired)
            #expect(try await program.row().status == .canceled)
            #expect(try await program.seen()?.endsAt == nil)
            try await program.worker.drain()
            let idleCase = try #require(try await program.store.newestCase(of: program.subscription))
            #expect(idleCase.state == .confirmed)
            let ending = try await program.seen()
            #expect(ending?.endsAt == Instant("2027-05-01T09:00:00Z") && ending?.terms?.idleMark == idleCase.id.description)

            let wish = ReversalRequest(case: idleCase.id, via: .activity, actor: .system(component: "sample"))
            let outcome = try await program.store.withTransaction(.system) {
                try await program.idle.reversals.accept(wish, in: $0)
            }
            #expect(outcome.isReversed)
            try await program.worker.drain()
            #expect(try await program.store.newestCase(of: program.subscription)?.state == .kept)
            #expect(try await program.row().status == .active)
            let running = try await program.seen()
            #expect(running?.endsAt == nil && running?.terms?.idleMark == nil)
            #expect(program.notices.words.withLock { $0 } == ["hold", "release", "kept"])
        }
    }

    @Test func `IDL-001 the target imports no HTTP, provider or mail code, and nothing outside of the foundations and the domains below`()
        throws
    {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/IdleCancellation")
        let allowed: Set = [
            "Audit", "Billing", "Core", "Cryptography", "FoundationEssentials", "Identity", "Jobs", "Observability", "Orgs",
            "Synchronization",
        ]
        var files = 0
        let walker = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        for case let file as URL in walker where file.pathExtension == "swift" {
            files += 1
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                guard
                    let match = line.firstMatch(
                        of:
                            /^(?:@\w+(?:\(\w+\))? )*(?:public |internal |package |private |fileprivate )?import (?:struct |enum |func )?(\w+)/
                    )
                else { continue }
                #expect(allowed.contains(String(match.1)), "\(file.lastPathComponent): \(line)")
            }
        }
        #expect(files > 30)
    }
}

/// What people would have been told.
private final class SaidWords: IdleNoticeSink, Sendable {
    typealias Transaction = IdleOnlyTransaction
    let words = Mutex<[String]>([])

    private func say(_ word: String) { words.withLock { $0.append(word) } }
    func hold(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws { say("hold") }
    func release(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws { say("release") }
    func withdraw(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws { say("withdraw") }
    func kept(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws { say("kept") }
    func keepFailed(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws { say("keepFailed") }
    func periodMoved(_ idleCase: IdleCase, in transaction: IdleOnlyTransaction) async throws { say("periodMoved") }
}

/// Nobody has used anything since an instant, and the record of uses works.
private struct StillWater: ActivityReading {
    typealias Transaction = IdleOnlyTransaction
    let last: Instant
    let clock: SteppedDateSource

    func lastActivity(of subject: IdleSubject, in transaction: IdleOnlyTransaction) async throws -> ActivityFact? {
        ActivityFact(at: last, source: .session)
    }

    func probe() async throws -> ProbeResult { ProbeResult(isGreen: true, at: clock.now) }
}

private struct NothingSold: SellableResource {
    var type: ResourceType { .graph }
    func validate(_ configuration: JSONValue, for plan: Plan) throws(BillingError) {}
    func wishedTier(in configuration: JSONValue) -> String? { nil }
    func reserve(for subscription: Subscription, plan: Plan, in transaction: IdleOnlyTransaction) async throws {}
    func release(_ subscription: Subscription.ID, in transaction: IdleOnlyTransaction) async throws {}
}

private struct NobodyKnown: OrgDirectory {
    func org(_ id: Org.ID) async throws -> Org? { nil }
    func owners(of org: Org.ID) async throws -> [Member] { [] }
    func recipients(with role: OrgRole, of org: Org.ID) async throws -> [Member] { [] }
    func role(of user: User.ID, in org: Org.ID) async throws -> OrgRole? { nil }
    func standing(of user: User.ID, in org: Org.ID) async throws -> SecondFactorStanding? { nil }
}
