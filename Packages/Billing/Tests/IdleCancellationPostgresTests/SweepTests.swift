import Audit
import AuditPostgres
import Billing
import BillingPostgres
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
import Testing

@Suite struct SweepTests {
    private func sweep(_ house: IdleHouse, _ job: some Job) async throws {
        try await house.store.withTransaction(.system) { try await $0.enqueue(job, .standard) }
        try await house.worker.drain()
    }

    /// The announcement is lost: the provider's event is thrown away before anybody looks at it.
    private func loseAnnouncement(_ house: IdleHouse) async throws {
        try await house.pass("2027-04-24T10:00:00Z")
        try await house.database.adminClient.execute("DELETE FROM jobs.job")
    }

    @Test func `OPS-111 the daily search finds a lost announcement from six days before the end on, to the second, and asks once`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await loseAnnouncement(house)
            let horizon = try #require(Instant("2027-05-01T09:00:00Z")) - .days(6)
            house.clock.advance(to: horizon - .seconds(1))
            #expect(try await house.idle.evaluator.sweepMissed(limit: 10) == 0)
            house.clock.advance(by: .seconds(1))
            // Two workers search at once: one evaluation is asked for.
            async let first = house.idle.evaluator.sweepMissed(limit: 10)
            async let second = house.idle.evaluator.sweepMissed(limit: 10)
            #expect(try await [first, second] == [1, 1])
            let jobs = try await house.database.adminClient.query(
                "SELECT j.lane FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'billing.evaluate_idle'")
            #expect(try jobs.map { try $0.decode("lane", as: Int16.self) } == [Lane.webhooks.rawValue])
            try await house.worker.drain()
            #expect(try await house.idleCase(graph).state == .confirmed)
            #expect(try await house.store.evaluations(of: graph.id, limit: 1).first?.source == .sweep)
            // Judged, it is not found again.
            #expect(try await house.idle.evaluator.sweepMissed(limit: 10) == 0)
        }
    }

    @Test func `BIL-131 while calling off is held nothing is called off, and what was announced is judged afterwards`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            let controls = BillingControls(store: house.store, dateSource: house.clock)
            let before = try await house.store.evaluations(of: graph.id, limit: 100).count
            try await controls.set(.autoCancel, isOn: false, because: "a fault is looked into", by: "Ada")
            try await house.advance("2027-04-24T10:00:00Z")
            try await house.advance("2027-04-26T10:00:00Z")
            #expect(try await house.store.evaluations(of: graph.id, limit: 100).count == before)
            try await controls.set(.autoCancel, isOn: true, because: "the fault is mended", by: "Ada")
            try await house.advance("2027-04-26T10:05:00Z")
            #expect(try await house.store.evaluations(of: graph.id, limit: 100).count > before)
            #expect(try await house.idleCase(graph).state == .confirmed)
        }
    }

    @Test func `OPS-111 the search runs at 02:00 UTC every day, and not a second earlier`() throws {
        let cron = try #require(SweepIdleRenewals.schedule).cron
        let two = try #require(Instant("2027-04-26T02:00:00Z"))
        for instant in [two - .hours(2), two - .seconds(1)] { #expect(cron.next(after: instant) == two) }
        #expect(cron.next(after: two) == two + .days(1))
    }

    @Test
    func
        `OPS-150 ID-081 a use that had no consequence, its notice lost, is found, at the threshold and not a second before it, and taken up once`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let threshold = try await house.idleCase(graph).threshold
            try await house.use(by: house.owner, at: threshold - .seconds(1))
            try await sweep(house, SweepIdleReversals())
            #expect(try await house.idleCase(graph).state == .confirmed)
            try await house.use(by: house.owner, at: threshold)
            async let first = house.idle.reversals.sweepLost(limit: 10)
            async let second = house.idle.reversals.sweepLost(limit: 10)
            #expect(try await [first, second].sorted() == [0, 1])
            try await house.worker.drain()
            #expect(try await house.idleCase(graph).state == .kept)
            #expect(try await house.entries("subscription_kept") == 1)
        }
    }

    @Test func `OPS-150 what is being taken back and has lost its job is ordered again, once`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            _ = try await house.accept(graph, via: .owner)
            // A live job is left alone.
            #expect(try await house.idle.reversals.sweepLost(limit: 10) == 0)
            try await house.database.adminClient.execute("DELETE FROM jobs.job")
            try await house.simulator.control("DELETE", "/transcript")
            #expect(try await house.idle.reversals.sweepLost(limit: 10) == 1)
            #expect(try await house.idle.reversals.sweepLost(limit: 10) == 0)
            try await house.worker.drain()
            #expect(try await house.idleCase(graph).state == .kept)
            #expect(try await house.simulator.updates(of: graph.provider).count == 1)
        }
    }

    @Test func `OPS-150 a reversal that the provider refused waits for an operator and is not recovered again and again`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            _ = try await house.accept(graph, via: .owner)
            try await house.simulator.control(
                "POST", "/faults",
                #"{"kind":"error","method":"POST","path":"/v1/subscriptions/\#(graph.provider.rawValue)","count":1,"status":402}"#)
            try await house.worker.drain()
            let refused = try await house.count(
                "SELECT count(*) FROM billing.intent WHERE kind = 'clear_idle_end' AND state = 'refused'")
            #expect(refused == 1)
            #expect(try await house.idleCase(graph).note?.hasPrefix("refused: ") == true)
            for _ in 1...3 { #expect(try await house.idle.reversals.sweepLost(limit: 10) == 0) }
            #expect(
                try await house.count(
                    "SELECT count(*) FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'billing.send_idle_end'") == 0)
        }
    }

    @Test func `OPS-150 ten minutes before the end a use that nobody acted on is taken up, and a second earlier it is not looked at`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let end = try await house.idleCase(graph).endsAt
            try await house.use(by: house.owner, at: end - .hours(1))
            house.clock.advance(to: end - .minutes(10) - .seconds(1))
            // This worker knows the look before the end only, and not the sweep of every five minutes.
            var registry = JobRegistry()
            registry.register(house.idle.handlers.watchEnd)
            let worker = ManualWorker(client: house.database.systemClient, registry: registry, dateSource: house.clock)
            try await worker.drain()
            #expect(try await house.idleCase(graph).acceptedAt == nil)
            house.clock.advance(by: .seconds(1))
            try await worker.drain()
            let taken = try await house.idleCase(graph)
            #expect(taken.acceptedAt == end - .minutes(10) && taken.via == .activity)
        }
    }

    @Test func `IDL-T12 IDL-009 one announcement delivered twenty times at once and again after thirty days is one evaluation`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.buyGraph()
            let object = #"{"object":"invoice","subscription":"\#(graph.provider.rawValue)"}"#
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Each delivery that is not thrown back is answered 200.
                for _ in 0..<20 { group.addTask { try await house.deliver(object, id: "evt_twenty") } }
                try await group.waitForAll()
            }
            try await house.worker.drain()
            #expect(try await house.outcomes(graph) == ["first_period"])
            let event = try #require(try await house.store.evaluations(of: graph.id, limit: 1).first?.event)
            house.clock.advance(by: .days(30))
            try await house.deliver(object, id: "evt_twenty")
            try await house.worker.drain()
            let again = try await house.store.evaluations(of: graph.id, limit: 100).filter { $0.event == event }
            #expect(again.count == 1)
            #expect(try await house.count("SELECT count(*) FROM billing.inbound_event WHERE provider_event_id = 'evt_twenty'") == 1)
        }
    }

    @Test func `IDL-025 an end for want of use leaves full use to its last second, and none from that instant on`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let row = try await house.subscription(graph.id)
            let end = try #require(row.endsAt)
            func level(at instant: Instant, _ origin: Subscription.Cancellation.Origin? = nil) -> AccessDecision.Level {
                var row = row
                if let origin { row.cancellation?.origin = origin }
                return AccessDecision.decide(
                    AccessFacts(resource: .active, subscription: row, billingEnabled: true, isReadOnlyByDispute: false), now: instant
                ).level
            }
            for instant in [house.now, end - .seconds(1)] { #expect(level(at: instant) == .readWrite) }
            for instant in [end, end + .seconds(1)] { #expect(level(at: instant) == .none) }
            // Unlike every other end.
            #expect(level(at: house.now, .user) == .read)
        }
    }
}
