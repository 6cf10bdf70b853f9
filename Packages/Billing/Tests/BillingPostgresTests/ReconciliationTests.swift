import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Jobs
import PlatformTesting
import Postgres
import Testing

@Suite struct ReconciliationTests {
    private func pull(_ world: BillingWorld) async throws {
        _ = try await world.run(PullProviderEvents.kind, JSON.encode(PullProviderEvents()))
        try await world.drain()
    }

    private func reconcile(_ world: BillingWorld) async throws {
        #expect(try await world.run(ReconcileProvider.kind, JSON.encode(ReconcileProvider())) == .completed)
        try await world.drain()
    }

    private func drift(_ world: BillingWorld, state: String = "open") async throws -> [String] {
        try await world.database.adminClient.query(
            "SELECT category FROM billing.drift_item WHERE state = \(state) ORDER BY category"
        ).map { try $0.decode("category") }
    }

    @Test func `BIL-122 STR-126 OPS-117 events that were never delivered are found in the provider's list within a quarter of an hour`()
        async throws
    {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.pay(session)
            let lost = world.provider.makeEvent("checkout.session.completed", session)
            let delivered = world.provider.makeEvent("brand.new_thing", session)
            try await world.deliver("brand.new_thing", session, id: delivered.rawValue)
            try await world.drain()
            #expect(try await world.subscription(id).status == .pendingPayment)
            world.clock.advance(by: .minutes(15))
            try await pull(world)
            #expect(try await world.subscription(id).status == .provisioning)
            for _ in 1...3 {
                world.clock.advance(by: .minutes(15))
                try await pull(world)
            }
            #expect(try await world.count("SELECT count(*) FROM billing.inbound_event") == 2)
            let pulled = try await world.count(
                "SELECT count(*) FROM billing.inbound_event WHERE pulled AND provider_event_id = \(lost.rawValue)")
            #expect(pulled == 1)
            #expect(try await world.events("subscription_ready_to_provision") == 1)
        }
    }

    @Test func `STR-126 a look that fails is made again from where the last one ended`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            try await pull(world)
            world.provider.pay(session)
            world.provider.makeEvent("checkout.session.completed", session)
            world.clock.advance(by: .minutes(15))
            world.provider.failReads(with: ProviderFailure(kind: .unreachable))
            try await pull(world)
            #expect(try await world.subscription(id).status == .pendingPayment)
            world.clock.advance(by: .hours(30))
            try await pull(world)
            #expect(try await world.subscription(id).status == .provisioning)
        }
    }

    @Test func `BIL-122 STR-E75 STR-128 a night finds what no event tells of any more, repairs what is safe, and finds nothing again`()
        async throws
    {
        try await BillingWorld.with { world in
            let ended = try await world.activeGraph("kg1111111111111111111a")
            let owing = try await world.sellAnother("kg2222222222222222222b")
            let ending = try await world.sellAnother("kg3333333333333333333c")
            let same = try await world.sellAnother("kg4444444444444444444d")
            try await reconcile(world)
            #expect(try await drift(world).isEmpty)
            world.clock.advance(by: .days(31))
            for graph in [owing, ending, same] { world.provider.renew(graph.provider, paid: graph.id != owing.id) }
            world.provider.end(ended.provider, reason: "cancellation_requested")
            world.provider.planEnd(ending.provider, isPlanned: true)
            try await reconcile(world)
            #expect(try await world.subscription(ended.id).status == .canceled)
            #expect(try await world.subscription(owing.id).status == .pastDue)
            #expect(try await world.subscription(ending.id).cancellation?.origin == .portal)
            #expect(try await world.subscription(same.id).currentPeriod?.start == world.now)
            #expect(try await drift(world).contains("service_without_payment"))
            let found = try await world.entries("provider_drift_detected")
            #expect(found == (try await world.count("SELECT count(*) FROM billing.drift_item")))
            #expect(try await world.count("SELECT count(*) FROM audit.entry WHERE type = 'provider_drift_detected' AND risk = 'high'") == 1)
            try await reconcile(world)
            #expect(try await drift(world).isEmpty)
            #expect(try await drift(world, state: "repaired").count >= 3)
            // Each is told when it is found and when it is repaired, once, however often the night comes.
            try await reconcile(world)
            #expect(try await world.entries("provider_drift_detected") == found)
            #expect(try await world.entries("provider_drift_repaired") == found)
        }
    }

    @Test func `BIL-122 what is missing on either side is found and left to a person`() async throws {
        try await BillingWorld.with { world in
            let lost = try await world.activeGraph("kg1111111111111111111a")
            let kept = try await world.sellAnother("kg2222222222222222222b")
            let strange = try #require(world.provider.startByHand(likeThatOf: kept.provider))
            world.provider.lose(lost.provider)
            for _ in 1...2 { try await reconcile(world) }
            #expect(try await drift(world) == ["missing_here", "missing_there"])
            let named = try await world.count(
                """
                SELECT count(*) FROM billing.drift_item WHERE (object_id = \(strange.rawValue) AND category = 'missing_here'
                    AND org_id = \(world.org)) OR (object_id = \(lost.provider.rawValue) AND subscription_id = \(lost.id))
                """)
            #expect(named == 2)
            // Nothing was taken away because of it.
            #expect(try await world.subscription(lost.id).status == .active)
        }
    }

    @Test func `BIL-122 a walk that was stopped goes on where it stood`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph("kg1111111111111111111a")
            for name in ["kg2222222222222222222b", "kg3333333333333333333c", "kg4444444444444444444d"] {
                _ = try await world.sellAnother(name)
            }
            // The first part is read; the second fails.
            world.provider.failReads(afterReads: 1, with: ProviderFailure(kind: .unreachable))
            let stopped = try await world.run(ReconcileProvider.kind, JSON.encode(ReconcileProvider()))
            #expect(stopped == .retry(after: .seconds(10)))
            #expect(try await world.count("SELECT compared FROM billing.reconciliation_run WHERE finished_at IS NULL") == 2)
            try await reconcile(world)
            #expect(try await world.count("SELECT count(*) FROM billing.reconciliation_run") == 1)
            #expect(try await world.count("SELECT compared FROM billing.reconciliation_run WHERE finished_at IS NOT NULL") == 4)
        }
    }
}
