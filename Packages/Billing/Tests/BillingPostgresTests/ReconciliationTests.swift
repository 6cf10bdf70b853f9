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

    @Test
    func `BIL-125 OPS-118 a run over 5,000 subscriptions goes in bounded parts, leaves the provider alone between them, and reports all`()
        async throws
    {
        try await BillingWorld.with { world in
            let one = try await world.activeGraph("kg1111111111111111111a")
            let ids = (1..<5_000).compactMap { _ in world.provider.startByHand(likeThatOf: one.provider) }
            world.provider.showSubscriptions(perPage: 100)
            try await world.database.adminClient.execute("ALTER TABLE billing.subscription DISABLE TRIGGER USER")
            try await world.database.adminClient.execute(
                """
                INSERT INTO billing.subscription SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(),
                    'resource_id', 'kg' || i.n, 'provider_subscription_id', i.id, 'backing_detail', i.id))).*
                FROM billing.subscription s, unnest(\(ids.map(\.rawValue))) WITH ORDINALITY AS i (id, n) WHERE s.id = \(one.id)
                """)
            try await world.database.adminClient.execute("ALTER TABLE billing.subscription ENABLE TRIGGER USER")
            try await world.database.adminClient.execute(
                """
                INSERT INTO billing.control (name, is_on, changed_by, reason, changed_at)
                VALUES ('auto_repair', false, 'Ada', 'a person looks first', \(world.now))
                """)
            for index in [7, 2_500, 4_990] { world.provider.end(ids[index], reason: nil) }
            let strange = try #require(world.provider.startByHand(likeThatOf: one.provider))
            let job = try JSON.encode(ReconcileProvider())
            func compared() async throws -> Int { try await world.count("SELECT compared FROM billing.reconciliation_run") }
            for go in 1...2 {
                #expect(try await world.run(ReconcileProvider.kind, job) == .snoozed(until: world.now + .seconds(10)))
                #expect(try await compared() == go * 2_000)
            }
            // Stopped in the middle of a go, it goes on behind the last part.
            world.provider.failReads(afterReads: 3, with: ProviderFailure(kind: .unreachable))
            #expect(try await world.run(ReconcileProvider.kind, job) == .retry(after: .seconds(10)))
            #expect(try await compared() == 4_300)
            #expect(try await world.run(ReconcileProvider.kind, job) == .completed)
            #expect(try await world.count("SELECT count(*) FROM billing.reconciliation_run WHERE finished_at IS NOT NULL") == 1)
            #expect(try await world.count("SELECT count(DISTINCT compared_in) FROM billing.subscription") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.subscription WHERE compared_in IS NULL") == 0)
            let report = try #require(try await world.services.driftRepairs.report(of: nil))
            #expect(report.run.compared == 5_001 && report.run.found == 4)
            #expect(report.counts == [.serviceWithoutPayment: [.open: 3], .missingHere: [.open: 1]])
            #expect(report.items.map(\.object) == [ids[7], ids[2_500], ids[4_990]].sorted { $0.rawValue < $1.rawValue } + [strange])
            let lines = report.csv.split(separator: "\r\n")
            #expect(lines.count == 5)
            #expect(lines[0] == "id,category,severity,state,object,org_id,subscription_id,ours,theirs,proposed_repair,found_at")
            #expect(lines[1].contains(",service_without_payment,critical,open,"))
            // A comma within a field is quoted.
            #expect(
                lines[4].contains("\"\(DriftItem.Category.missingHere.proposedRepair)\"")
                    || !DriftItem.Category.missingHere.proposedRepair.contains(","))
            let json = report.json
            #expect(json["compared"] == 5_001 && json["counts"]?["service_without_payment"]?["open"] == 3)
            #expect(json["differences"]?.arrayValue?.count == 4)
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
