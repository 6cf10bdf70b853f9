import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Cryptography
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

/// A look ahead and the real run over one random fleet (IDL-069, IDL-070).
@Suite struct InsightTests {
    private static let seed = 0.4711

    /// Orgs of three people each whose last uses lie anywhere in a year, and subscriptions in every state; the same seed gives the same fleet.
    private func populate(_ house: IdleHouse, count: Int) async throws {
        let now = house.now
        _ = try await house.database.adminClient.pipeline([
            "SELECT set_config('session_replication_role', 'replica', true), setseed(\(Self.seed))",
            """
            INSERT INTO orgs.org (id, name, org_type, state, owner_count, created_at, updated_at)
            SELECT gen_random_uuid(), 'Fleet ' || n, 'team', 'active', 1, \(now - .days(800)), \(now - .days(800))
            FROM generate_series(1, \(count / 10)) AS n
            """,
            """
            INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
            SELECT gen_random_uuid(), o.id || '-' || n || '@example.com', 'Someone', 'active', 1, 1, \(now), \(now)
            FROM orgs.org o CROSS JOIN generate_series(1, 3) AS n WHERE o.name LIKE 'Fleet %'
            """,
            """
            INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
            SELECT gen_random_uuid(), left(a.email, 36)::uuid, a.id, CASE WHEN a.email LIKE '%-1@%' THEN 'owner' ELSE 'member' END, \(now),
                'operator', \(now)
            FROM identity.account a WHERE a.name = 'Someone'
            """,
            """
            INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, created_at, updated_at, last_active_at)
            SELECT gen_random_uuid(), a.id, 1, 'Key', 'rfs00000', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), \(now), \(now),
                date_trunc('second', \(now)::timestamptz - random() * interval '400 days')
            FROM identity.account a WHERE a.name = 'Someone' AND random() < 0.5
            """,
            """
            INSERT INTO billing.customer (org_id, currency, created_at)
            SELECT o.id, 'usd', \(now) FROM orgs.org o WHERE o.name LIKE 'Fleet %'
            """,
            """
            INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, interval, currency, configuration,
                backing_kind, backing_detail, provider_subscription_id, provider_item_id, provider_price_id, status, provider_sync, started_at,
                period_start, period_end, trial_end, canceled_at, ends_at, cancellation_type, cancellation_origin, eligible_after, created_at,
                updated_at)
            SELECT gen_random_uuid(), o.id, 'graph', 'kg' || substr(md5(o.id::text || n), 1, 20), 'graph:ladybug-standard', 1, i.word, 'usd', '{}',
                b.kind, CASE b.kind WHEN 'provider_subscription' THEN 'sub_' || md5(o.id::text || n) WHEN 'complimentary' THEN 'gift' END,
                CASE b.kind WHEN 'provider_subscription' THEN 'sub_' || md5(o.id::text || n) END, 'si_1', 'price_1',
                CASE WHEN r.c < 0.8 THEN 'active' WHEN r.c < 0.85 THEN 'past_due' WHEN r.c < 0.9 THEN 'paused' ELSE 'canceled' END, 'confirmed',
                p.started, p.begun, p.begun + CASE i.word WHEN 'monthly' THEN interval '30 days' ELSE interval '365 days' END,
                CASE WHEN r.d < 0.2 THEN p.begun WHEN r.d < 0.3 THEN p.begun - interval '10 days' END,
                CASE WHEN r.c >= 0.9 THEN \(now)::timestamptz END,
                CASE WHEN r.c >= 0.9 THEN p.begun + interval '30 days' END, CASE WHEN r.c >= 0.9 THEN 'period_end' END,
                CASE WHEN r.c >= 0.9 THEN 'user' END,
                CASE WHEN r.d > 0.8 THEN p.begun + interval '1 second' WHEN r.d > 0.7 THEN p.begun ELSE p.started END, p.started, p.started
            FROM orgs.org o CROSS JOIN generate_series(1, 10) AS n
            CROSS JOIN LATERAL (SELECT random() + 0 * n AS a, random() AS b, random() + 0 * n AS c, random() + 0 * n AS d, random() + 0 * n AS e) AS r
            CROSS JOIN LATERAL (SELECT CASE WHEN r.a < 0.7 THEN 'monthly' ELSE 'annual' END AS word) AS i
            CROSS JOIN LATERAL (SELECT date_trunc('second', \(now)::timestamptz - interval '23 days' - r.e * interval '5 days') AS begun) AS q
            CROSS JOIN LATERAL (SELECT q.begun, q.begun - CASE WHEN r.d < 0.1 THEN interval '0' ELSE interval '90 days' END AS started) AS p
            CROSS JOIN LATERAL (SELECT CASE WHEN r.b < 0.9 THEN 'provider_subscription' WHEN r.b < 0.95 THEN 'net_terms' ELSE 'complimentary' END
                AS kind) AS b
            WHERE o.name LIKE 'Fleet %'
            """,
        ])
    }

    /// Everything that a look ahead could have touched.
    private func state(_ house: IdleHouse) async throws -> [String] {
        try await house.database.adminClient.query(
            """
            SELECT (SELECT md5(string_agg(s::text, ',' ORDER BY s.id)) FROM billing.subscription s) || (SELECT count(*) FROM billing.idle_case)
                || '/' || (SELECT count(*) FROM billing.idle_evaluation) || '/' || (SELECT count(*) FROM audit.entry) || '/'
                || (SELECT count(*) FROM jobs.job) || '/' || (SELECT count(*) FROM billing.intent) AS state
            """
        ).map { try $0.decode("state") }
    }

    private func preview(_ house: IdleHouse, _ insight: any IdleInsight) async throws -> [IdlePreview] {
        var (all, last): ([IdlePreview], Subscription.ID?) = ([], nil)
        while true {
            let part = try await insight.preview(IdlePreviewRequest(at: house.now, after: last, limit: 700))
            all += part
            guard let end = part.last?.subscription else { return all }
            last = end
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `IDL-T31 a look ahead over 2,000 random subscriptions writes nothing and agrees with the real run about each of them`()
        async throws
    {
        var settings = IdleSettings()
        settings.guardPerHour = 10_000
        settings.guardDailyPermille = 1_000
        settings.earlyUndoPercent = 101
        settings.rolloutPercent = 90
        try await IdleHouse.with(settings: settings) { [settings] house in
            try await populate(house, count: 2_000)
            let fleet = try await Fleet(house, settings: settings)
            let before = try await state(house)
            let ahead = try await preview(house, fleet.idle.insight)
            #expect(try await state(house) == before)
            #expect(ahead.count == 2_000)
            var outcomes: [String: Int] = [:]
            try await withThrowingTaskGroup(of: (IdlePreview, IdleEvaluation?).self) { group in
                var waiting = ahead[...]
                func next() {
                    guard let line = waiting.popFirst() else { return }
                    group.addTask {
                        (line, try await fleet.idle.evaluator.evaluate(IdleTrigger(subscription: line.subscription, source: .sweep)))
                    }
                }
                for _ in 0..<6 { next() }
                while let (line, evaluation) = try await group.next() {
                    #expect(evaluation?.outcome == line.outcome, "\(line.subscription)")
                    #expect(evaluation?.threshold == line.threshold)
                    outcomes[line.outcome.word, default: 0] += 1
                    next()
                }
            }
            // The fleet has everything in it, or the comparison would say little.
            for word in [
                "fired", "still_active", "no_activity_history", "first_period", "grandfathered", "already_ending", "status", "net_terms",
                "not_provider_billed", "outside_rollout",
            ] {
                #expect(outcomes[word] ?? 0 > 0, "\(word): \(outcomes)")
            }

            // Replay: the stored rule says the same of every stored evaluation, another one lists what it changes (IDL-070).
            let same = try await fleet.idle.insight.replay(TwoPeriodRule(), after: nil, limit: 10_000)
            #expect(same.count == 2_000 && same.differences.isEmpty)
            let patient = try await fleet.idle.insight.replay(TwoPeriodRule(quietPeriods: 6), after: nil, limit: 10_000)
            #expect(!patient.differences.isEmpty)
            #expect(patient.differences.allSatisfy { $0.verdict == .skip(.stillActive) && $0.evaluation.outcome.verdict == .cancel })
            let expected = try await house.count(
                """
                SELECT count(*) FROM billing.idle_evaluation WHERE outcome IN ('fired', 'outside_rollout')
                    AND (facts->>'lastActivity')::timestamptz >= (facts->'period'->>'start')::timestamptz
                        - 6 * CASE facts->'interval'->>'unit' WHEN 'month' THEN interval '1 month' ELSE interval '1 year' END
                """)
            #expect(patient.differences.count == expected)
        }
    }

    @Test func `IDL-T32 IDL-068 IDL-070 an explanation tells facts, verdict, case, and when it could end; replay pages through the past`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            let insight = house.idle.insight
            #expect(try await insight.explain(.make(at: house.now)) == nil)
            let before = try #require(try await insight.explain(graph.id))
            #expect(before.isCovered && before.outcome == .fired && before.cases.isEmpty)
            #expect(before.threshold == Instant("2027-03-01T09:00:00Z"))
            #expect(before.nextEvaluation == Instant("2027-04-24T09:00:00Z"))
            #expect(before.earliestEnd == Instant("2027-05-01T09:00:00Z"))
            #expect(before.wouldSend == ["idle_cancel"] && before.wouldWrite.contains("idle_case"))
            #expect(before.mirror.credential?.isEmpty == false)

            // Used in the period before the running one: the second period from now on is the first that could end it.
            try await house.use(by: house.member, at: Instant("2027-03-10T12:00:00Z"))
            let used = try #require(try await insight.explain(graph.id))
            #expect(used.outcome == .skipped(.stillActive) && used.wouldSend.isEmpty)
            #expect(used.earliestEnd == Instant("2027-06-01T09:00:00Z"))

            _ = try await house.idle.operations.moveEligibility(
                of: graph.id, to: house.now.addingMonths(6, anchoredOnDay: 1), because: "a question of support", by: .commandLine("ops"))
            let moved = try #require(try await insight.explain(graph.id))
            #expect(moved.outcome == .skipped(.grandfathered))
            // The first period that begins after the new instant ends on 1 December.
            #expect(moved.earliestEnd == Instant("2027-12-01T09:00:00Z"))
        }
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let explained = try #require(try await house.idle.insight.explain(graph.id))
            #expect(explained.current?.state == .confirmed && explained.outcome == .skipped(.alreadyCancelled))
            #expect(explained.evaluations.map(\.outcome.word) == (try await house.outcomes(graph)).reversed())
            #expect(explained.nextEvaluation == nil)
            let all = try await house.idle.insight.replay(TwoPeriodRule(), after: nil, limit: 1)
            #expect(all.count == 1 && all.last != nil)
            var (count, last) = (1, all.last)
            while let id = last {
                let part = try await house.idle.insight.replay(TwoPeriodRule(), after: id, limit: 1)
                (count, last) = (count + part.count, part.last)
                #expect(part.differences.isEmpty)
            }
            #expect(count == explained.evaluations.count)
        }
    }
}

/// Idle cancellation over a fleet whose provider has what our rows have.
struct Fleet: Sendable {
    let provider: FakePaymentProvider
    let idle: IdleCancellationServices<PostgresIdleStore>

    init(_ house: IdleHouse, settings: IdleSettings, dateSource: (any DateSource)? = nil) async throws {
        let rows = try await house.database.adminClient.query(
            """
            SELECT provider_subscription_id AS id, status, interval, started_at, period_start, period_end, trial_end, ends_at
            FROM billing.subscription WHERE provider_subscription_id IS NOT NULL
            """)
        var known: [ProviderSubscription] = []
        for row in rows {
            let id = ProviderID(try row.decode("id", as: String.self))
            let status = try row.decode("status", as: String.self)
            var subscription = ProviderSubscription(
                id: id, customer: ProviderID("cus_1"), status: status == "canceled" ? .active : .init(rawValue: status),
                tags: ProviderTags(),
                item: nil, price: nil, period: Period(start: try row.decode("period_start"), end: try row.decode("period_end")),
                trialEnd: try row.decode("trial_end"), endsAt: try row.decode("ends_at"), endedAt: nil, cancellationReason: nil,
                latestInvoice: nil, defaultMethod: nil)
            subscription.terms = ProviderTerms(
                startedAt: try row.decode("started_at"),
                intervalUnit: try row.decode("interval", as: String.self) == "monthly" ? "month" : "year", intervalCount: 1)
            known.append(subscription)
        }
        provider = FakePaymentProvider(dateSource: house.clock)
        provider.know(known)
        let catalogue = try BuiltInCatalogue.load()
        let observer = IdleObserver<IdleOnlyTransaction>(
            notices: house.notices, settings: settings, metrics: Metrics(), dateSource: dateSource ?? house.clock, log: .silent)
        let billing = BillingServices(
            store: house.store, provider: provider, catalogue: catalogue, resources: [PlainGraphs()],
            directory: NobodysDirectory(), authorizer: MembershipAuthorizer(),
            settings: BillingSettings(isEnabled: true, isSandboxMode: true, successURL: "", cancelURL: "", portalReturnURL: ""),
            dateSource: house.clock, log: .silent, idle: observer)
        idle = IdleCancellationServices(
            store: house.store, observer: observer, orders: billing.idleOrders, activity: house.activity)
    }
}
