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

@Suite struct PeriodEndTests {
    @Test func `IDL-062 IDL-T42 without a reversal the access ends at the instant that was promised, and the case is complete`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let end = try #require(Instant("2027-05-01T09:00:00Z"))
            try await house.advance("2027-05-01T08:59:59Z")
            #expect(try await house.subscription(graph.id).isEnding(at: house.now))
            try await house.advance("2027-05-01T09:00:00Z")
            let row = try await house.subscription(graph.id)
            #expect(row.closedAt == end && row.endsAt == end)
            #expect(try await house.count("SELECT count(*) FROM jobs.event WHERE topic = 'billing.subscription_ended'") == 1)
            try await house.advance("2027-05-01T10:00:01Z")
            #expect(try await house.idleCase(graph).state == .completed)
            #expect(try await house.remote(graph)["status"] == "canceled")
        }
    }

    @Test func `IDL-045 IDL-T36 a slow provider cuts off nobody who kept: the end moves, then it is kept`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            try await house.pass("2027-05-01T08:40:00Z")
            try await house.worker.drain()
            try await house.simulator.control("POST", "/faults", #"{"kind":"error","status":500,"path":"/v1/subscriptions/*"}"#)
            _ = try await house.accept(graph, via: .activity)
            try await house.worker.drain()
            // The provider is still down ten minutes before the end; its own clock stands meanwhile.
            house.clock.advance(to: try #require(Instant("2027-05-01T08:50:00Z")))
            try await house.worker.drain()
            let extended = try #require(Instant("2027-05-04T09:00:00Z"))
            #expect(try await house.subscription(graph.id).endsAt == extended)
            #expect(try await house.idleCase(graph).extendedAt == house.now)
            #expect(try await house.entries("idle_end_extended") == 1)
            try await house.simulator.control("DELETE", "/faults")
            house.clock.advance(to: try #require(Instant("2027-05-01T08:59:00Z")))
            try await house.advance("2027-05-01T08:59:30Z")
            house.clock.advance(by: .minutes(20))
            try await house.worker.drain()
            #expect(try await [.kept, .keepFailed].contains(house.idleCase(graph).state))
        }
    }

    @Test func `IDL-045 IDL-T36 what the provider ended before the reversal was settled is told, and stays usable for 72 hours`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            try await house.pass("2027-05-01T08:45:00Z")
            try await house.worker.drain()
            _ = try await house.accept(graph, via: .activity)
            try await house.simulator.control(
                "POST", "/faults", #"{"kind":"error","status":500,"method":"GET","path":"/v1/subscriptions/*"}"#)
            house.clock.advance(to: try #require(Instant("2027-05-01T08:50:00Z")))
            try await house.worker.drain()
            try await house.pass("2027-05-01T09:05:00Z")
            try await house.worker.drain()
            #expect(try await house.subscription(graph.id).isEnding(at: house.now))
            try await house.simulator.control("DELETE", "/faults")
            try await house.advance("2027-05-01T10:00:00Z")
            #expect(try await house.idleCase(graph).state == .keepFailed)
            #expect(try await house.subscription(graph.id).endsAt == Instant("2027-05-04T09:00:00Z"))
            #expect(house.notices.all.last == "keepFailed")
            #expect(try await house.entries("idle_keep_failed") == 1)
        }
    }

    @Test func `IDL-029 IDL-T36 a renewal before the confirmation is missed: the row goes on and nobody is told`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.pass("2027-04-24T10:00:00Z")
            try await house.drain(until: { try await house.store.newestCase(of: graph.id)?.state == .decided })
            try await house.simulator.control("POST", "/faults", #"{"kind":"error","status":500,"path":"/v1/subscriptions/*"}"#)
            try await house.worker.drain()
            try await house.advance("2027-05-01T08:50:00Z")
            #expect(try await house.subscription(graph.id).endsAt == Instant("2027-05-04T09:00:00Z"))
            try await house.advance("2027-05-01T12:00:00Z")
            try await house.simulator.control("DELETE", "/faults")
            try await house.advance("2027-05-01T14:00:00Z")
            #expect(try await house.idleCase(graph).state == .missed)
            let row = try await house.subscription(graph.id)
            #expect(row.status == .active && row.cancellation == nil)
            #expect(house.notices.all == ["hold", "withdraw"])
            #expect(try await house.remote(graph)["cancel_at"] == .null)
            #expect(try await house.entries("idle_renewal_missed") == 1)
        }
    }

    @Test func `IDL-011 IDL-T35 a renewal whose announcement was lost is found by the daily sweep`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.pass("2027-04-24T10:00:00Z")
            try await house.database.adminClient.execute(
                "DELETE FROM jobs.job j USING jobs.kind k WHERE k.id = j.kind_id AND k.name = 'billing.process_inbound_event'")
            try await house.worker.drain()
            #expect(try await house.store.newestCase(of: graph.id) == nil)
            try await house.advance("2027-04-25T10:00:00Z")
            try await house.advance("2027-04-26T10:00:00Z")
            #expect(try await house.idleCase(graph).state == .confirmed)
            #expect(try await house.store.evaluations(of: graph.id, limit: 1).first?.source == .sweep)
        }
    }

    @Test func `IDL-043 IDL-044 a use that had no consequence is found by the sweep`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            try await house.use(by: house.member)
            #expect(try await house.idle.reversals.sweepLost(limit: 10) == 1)
            try await house.worker.drain()
            #expect(try await house.idleCase(graph).state == .kept)
            #expect(try await house.idle.reversals.sweepLost(limit: 10) == 0)
        }
    }

    @Test func `IDL-T45 IDL-022 AUD-104 twenty evaluations at one instant make one case, one order and one set of mails`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.pass("2027-04-24T10:00:00Z")
            for number in 1...20 {
                try await house.deliver(
                    #"{"object":"invoice","subscription":"\#(graph.provider.rawValue)"}"#, id: "evt_at_once\(number)")
            }
            let events = try await house.database.adminClient.query(
                "SELECT id FROM billing.inbound_event WHERE provider_event_id LIKE 'evt_at_once%'"
            ).map { try $0.decode("id", as: InboundEvent.ID.self) }
            let idle = house.idle
            try await withThrowingTaskGroup(of: Void.self) { group in
                for event in events {
                    group.addTask {
                        do {
                            _ = try await idle.evaluator.evaluate(IdleTrigger(subscription: graph.id, source: .event, event: event))
                        } catch is IdleEvaluationPostponed {}
                    }
                }
                try await group.waitForAll()
            }
            try await house.worker.drain()
            #expect(try await house.count("SELECT count(*) FROM billing.idle_case") == 1)
            #expect(try await house.count("SELECT count(*) FROM billing.intent WHERE kind = 'set_idle_end'") == 1)
            #expect(house.notices.all == ["hold", "release"])
            #expect(try await house.entries("subscription_auto_canceled") == 1)
            #expect(try await house.count("SELECT count(*) FROM billing.idle_evaluation WHERE outcome = 'fired'") == 1)
        }
    }
}
