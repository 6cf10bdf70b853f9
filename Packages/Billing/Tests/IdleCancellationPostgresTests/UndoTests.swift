import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Cryptography
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

@Suite struct UndoTests {
    /// Many graphs of one org that nobody has used for 80 days, in their second period; the first few of them end days earlier.
    private func populate(_ house: IdleHouse, count: Int, endingEarlier few: Int) async throws {
        let now = house.now
        try await house.use(by: house.member, at: now - .days(80))
        _ = try await house.database.adminClient.pipeline([
            "SELECT set_config('session_replication_role', 'replica', true)",
            "INSERT INTO billing.customer (org_id, currency, created_at) VALUES (\(house.org), 'usd', \(now)) ON CONFLICT DO NOTHING",
            """
            INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, interval, currency, configuration,
                backing_kind, backing_detail, provider_subscription_id, provider_item_id, provider_price_id, status, provider_sync, started_at,
                period_start, period_end, eligible_after, created_at, updated_at)
            SELECT gen_random_uuid(), \(house.org), 'graph', 'kg' || lpad(n::text, 20, '0'), 'graph:ladybug-standard', 1, 'monthly', 'usd', '{}',
                'provider_subscription', 'sub_' || n, 'sub_' || n, 'si_1', 'price_1', 'active', 'confirmed', \(now - .days(90)),
                \(now - .days(23)), \(now)::timestamptz + CASE WHEN n <= \(few) THEN interval '2 days' ELSE interval '7 days' END,
                \(now - .days(90)), \(now - .days(90)), \(now - .days(90))
            FROM generate_series(1, \(count)) AS n
            """,
        ])
    }

    @Test(.timeLimit(.minutes(15)))
    func
        `IDL-T33 IDL-071 an undo of 200 decisions that is killed half way goes on, keeps 195, tells of 5 that have ended, and calls once each`()
        async throws
    {
        var settings = IdleSettings()
        settings.guardPerHour = 10_000
        // What could still be decided about becomes less with each decision, so that a share of all of it stops half way.
        settings.guardFloor = 10_000
        try await IdleHouse.with(settings: settings) { [settings] house in
            try await populate(house, count: 200, endingEarlier: 5)
            let clock = CountingClock(house.clock)
            let fleet = try await Fleet(house, settings: settings, dateSource: clock)
            let rows = try await house.database.adminClient.query("SELECT id FROM billing.subscription ORDER BY id")
            for row in rows {
                let id = try row.decode("id", as: Subscription.ID.self)
                let evaluation = try await fleet.idle.evaluator.evaluate(IdleTrigger(subscription: id, source: .sweep))
                #expect(evaluation?.outcome == .fired)
            }
            var registry = JobRegistry()
            fleet.idle.handlers.register(on: &registry)
            let worker = ManualWorker(client: house.database.systemClient, registry: registry, dateSource: house.clock)
            try await worker.drain()
            #expect(try await house.count("SELECT count(*) FROM billing.idle_case WHERE state = 'confirmed'") == 200)
            let decided = house.now
            house.clock.advance(by: .days(3))
            func request(validatesOnly: Bool) -> UndoRequest {
                UndoRequest(
                    from: decided, until: decided + .seconds(1), reason: "a mistake of our own", validatesOnly: validatesOnly, limit: 1_000,
                    operator: .commandLine("ops"))
            }
            let outlook = try await fleet.idle.operations.undo(request(validatesOnly: true))
            #expect(outlook.count(.wouldReverse) == 195 && outlook.count(.ended) == 5)
            #expect(try await house.count("SELECT count(*) FROM billing.idle_case WHERE state = 'reversing'") == 0)

            // Killed half way, at a look at the clock: whoever ran it is gone, and what was done is done.
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            let run = Task {
                for await _ in started {}
                return try await fleet.idle.operations.undo(request(validatesOnly: false))
            }
            clock.call(afterLooks: 100) { run.cancel() }
            start.finish()
            _ = await run.result
            let before = try await house.count("SELECT count(*) FROM billing.idle_case WHERE state = 'reversing'")
            #expect(before > 0 && before < 195)

            let report = try await fleet.idle.operations.undo(request(validatesOnly: false))
            #expect(report.lines.count == 200)
            #expect(report.count(.reversed) == 195 - before && report.count(.already) == before && report.count(.ended) == 5)
            try await worker.drain()
            #expect(try await house.count("SELECT count(*) FROM billing.idle_case WHERE state = 'kept' AND via = 'operator'") == 195)
            #expect(try await house.count("SELECT count(*) FROM billing.subscription WHERE status = 'active'") == 195)
            #expect(fleet.provider.effects(of: "clear_idle_end") == 195)
            #expect(house.notices.all.count { $0 == "kept" } == 195)
        }
    }
}

/// A clock that does something once it was looked at so often.
private final class CountingClock: DateSource {
    private struct State {
        var looks = 0
        var act: (@Sendable () -> Void)?
    }

    private let base: any DateSource
    private let state = Mutex(State())

    init(_ base: any DateSource) { self.base = base }

    var now: Instant {
        let act = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.act != nil else { return nil }
            state.looks -= 1
            guard state.looks == 0 else { return nil }
            defer { state.act = nil }
            return state.act
        }
        act?()
        return base.now
    }

    func call(afterLooks count: Int, _ act: @escaping @Sendable () -> Void) {
        state.withLock { $0 = State(looks: count, act: act) }
    }
}
