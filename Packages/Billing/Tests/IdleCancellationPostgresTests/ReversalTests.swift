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

@Suite struct ReversalTests {
    private let hash = [UInt8](repeating: 7, count: 32)

    @Test func `IDL-T19 IDL-036 IDL-038 IDL-039 IDL-050 the link takes it back once; the second and third use change nothing`() async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            try await house.simulator.control("DELETE", "/transcript")
            let first = try await house.accept(graph, via: .link, hash: hash)
            #expect(first.isReversed)
            #expect(try await house.idleCase(graph).state == .reversing)
            #expect(try await house.subscription(graph.id).status == .canceled)
            try await house.worker.drain()
            let row = try await house.subscription(graph.id)
            #expect(try await house.idleCase(graph).state == .kept)
            #expect(row.status == .active && row.endsAt == nil && row.providerSync == .confirmed)
            #expect(house.notices.all == ["hold", "release", "kept"])
            #expect(try await house.entries("subscription_kept") == 1)
            #expect(try await house.entries("keep_link_used") == 1)
            // Flag and mark are cleared in one update.
            let updates = try await house.simulator.updates(of: graph.provider)
            #expect(updates.count == 1)
            let body = updates.first?["body"]?.stringValue ?? ""
            #expect(body.contains("cancel_at_period_end=false") && body.contains("trellis_idle_case"))
            let remote = try await house.remote(graph)
            #expect(remote["cancel_at"] == .null && remote["metadata"]?["trellis_idle_case"] == nil)

            let before = try await house.idleCase(graph)
            for _ in 1...2 {
                #expect(try await !house.accept(graph, via: .link, hash: hash).isReversed)
                try await house.worker.drain()
            }
            #expect(try await house.idleCase(graph) == before)
            #expect(try await house.count("SELECT count(*) FROM billing.keep_token_use") == 1)
            #expect(try await house.store.isLinkUsed(hash))
            #expect(house.metric("trellis_idle_reverse_link_total") == 1)
            // It renews.
            try await house.advance("2027-05-01T12:00:00Z")
            #expect(try await house.subscription(graph.id).currentPeriod?.end == Instant("2027-06-01T09:00:00Z"))
        }
    }

    @Test func `IDL-050 a reversal that is refused uses no link up`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            _ = try await house.accept(graph, via: .owner)
            try await house.worker.drain()
            #expect(try await !house.accept(graph, via: .link, hash: hash).isReversed)
            #expect(try await !house.store.isLinkUsed(hash))
        }
    }

    @Test(arguments: [-1, 0, 1])
    func `IDL-036 one second before the end it can be taken back, at the end and after it no more`(seconds: Int) async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let end = try #require(try await house.subscription(graph.id).endsAt)
            house.clock.advance(to: end + .seconds(Int64(seconds)))
            let outcome = try await house.accept(graph, via: .link, hash: hash)
            #expect(outcome.isReversed == (seconds < 0))
            if seconds >= 0 {
                #expect(outcome == .tooLate(try await house.idleCase(graph)))
                #expect(try await !house.store.isLinkUsed(hash))
            }
        }
    }

    @Test func `IDL-T14 IDL-012 IDL-046 after a link keep the period is left alone, and the next one is called off again`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            _ = try await house.accept(graph, via: .link, hash: hash)
            try await house.worker.drain()
            try await house.announce(graph, id: "evt_after_keep")
            #expect(try await house.outcomes(graph).last == "already_kept")
            try await house.advance("2027-05-01T12:00:00Z")
            try await house.advance("2027-05-25T10:00:00Z")
            #expect(try await house.outcomes(graph).last == "fired")
            #expect(try await house.idleCase(graph).period.start == Instant("2027-05-01T09:00:00Z"))
            #expect(try await house.subscription(graph.id).endsAt == Instant("2027-06-01T09:00:00Z"))
        }
    }

    @Test func `IDL-T14 IDL-012 after a supersession and a drift the period is left alone as well`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.pass("2027-04-24T10:00:00Z")
            try await house.drain(until: { try await house.store.newestCase(of: graph.id)?.state == .decided })
            #expect(try await house.accept(graph, via: .owner).isReversed)
            try await house.announce(graph, id: "evt_after_supersession")
            #expect(try await house.outcomes(graph).last == "already_superseded")
        }
    }

    @Test func `IDL-T18 IDL-037 a use while the order is on the wire is followed by the opposite order, and nobody is told`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.pass("2027-04-24T10:00:00Z")
            // The update is done and its answer lost.
            try await house.simulator.control(
                "POST", "/faults", #"{"kind":"error_after","status":500,"should_retry":false,"method":"POST","path":"/v1/subscriptions/*"}"#
            )
            try await house.drain(until: {
                try await house.count(
                    "SELECT count(*) FROM billing.intent WHERE kind = 'set_idle_end' AND state = 'unknown'") == 1
            })
            try await house.simulator.control("DELETE", "/faults")
            try await house.use(by: house.owner)
            #expect(try await house.accept(graph, via: .activity).isReversed)
            try await house.advance("2027-04-24T11:00:00Z")
            // The opposite order waited for the first one.
            try await house.advance("2027-04-24T11:01:00Z")
            #expect(try await house.idleCase(graph).state == .kept)
            #expect(try await house.subscription(graph.id).status == .active)
            #expect(try await house.remote(graph)["cancel_at"] == .null)
            #expect(house.notices.all == ["hold", "withdraw"])
        }
    }

    @Test func `IDL-T16 IDL-028 a lost answer, busy answers and errors are resolved, and it is confirmed once`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.pass("2027-04-24T10:00:00Z")
            for fault in [
                #"{"kind":"error","status":500,"count":3}"#, #"{"kind":"error","status":429,"count":3}"#,
                #"{"kind":"error","status":409,"count":3}"#, #"{"kind":"cut_after","count":3}"#,
            ] {
                let rule = fault.dropLast() + #","method":"POST","path":"/v1/subscriptions/*"}"#
                try await house.simulator.control("POST", "/faults", String(rule))
            }
            try await house.worker.drain()
            for hour in 11...20 { try await house.advance("2027-04-24T\(hour):00:00Z") }
            let found = try await house.idleCase(graph)
            #expect(found.state == .confirmed)
            #expect(house.notices.all == ["hold", "release"])
            let keys = Set(
                try await house.simulator.updates(of: graph.provider).compactMap { $0["idempotency_key"]?.stringValue })
            #expect(keys.count == 1)
            #expect(try await house.remote(graph)["cancel_at_period_end"] == true)
        }
    }

    @Test func `IDL-T22 IDL-033 a cancellation at the portal after our lost clearing stands`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            _ = try await house.accept(graph, via: .link, hash: hash)
            try await house.simulator.control(
                "POST", "/faults", #"{"kind":"error_after","status":500,"should_retry":false,"method":"POST","path":"/v1/subscriptions/*"}"#
            )
            try await house.drain(until: {
                try await house.count("SELECT count(*) FROM billing.intent WHERE kind = 'clear_idle_end' AND state = 'unknown'") == 1
            })
            try await house.simulator.control("DELETE", "/faults")
            try await house.simulator.call("POST", "/v1/subscriptions/\(graph.provider.rawValue)", "cancel_at=1809162000")
            try await house.advance("2027-04-24T11:00:00Z")
            let row = try await house.subscription(graph.id)
            #expect(try await house.idleCase(graph).state == .overridden)
            #expect(row.status == .canceled && row.cancellation?.origin == .portal)
            #expect(try await house.remote(graph)["cancel_at"]?.integerValue == 1_809_162_000)
            #expect(try await house.entries("subscription_kept") == 0)
        }
    }

    @Test func `IDL-T22 IDL-033 renewed and cancelled again at the portal it is theirs, although our mark is still there`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let path = "/v1/subscriptions/\(graph.provider.rawValue)"
            try await house.simulator.call("POST", path, "cancel_at=")
            try await house.pass("2027-04-24T10:30:00Z")
            try await house.simulator.call("POST", path, "cancel_at_period_end=true")
            _ = try await house.accept(graph, via: .activity)
            try await house.advance("2027-04-24T11:00:00Z")
            #expect(try await house.idleCase(graph).state == .overridden)
            #expect(try await house.subscription(graph.id).cancellation?.origin == .portal)
            #expect(try await house.remote(graph)["cancel_at_period_end"] == true)
        }
    }

    @Test func `IDL-T23 IDL-035 a renewal at the portal keeps it, clears the mark and blocks the period`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            try await house.simulator.call("POST", "/v1/subscriptions/\(graph.provider.rawValue)", "cancel_at=")
            try await house.advance("2027-04-24T11:00:00Z")
            let found = try await house.idleCase(graph)
            #expect(found.state == .kept && found.via == .portal)
            #expect(try await house.subscription(graph.id).status == .active)
            #expect(house.notices.all == ["hold", "release", "kept"])
            #expect(try await house.remote(graph)["metadata"]?["trellis_idle_case"] == nil)
            try await house.announce(graph, id: "evt_after_portal")
            #expect(try await house.outcomes(graph).last == "already_kept")
        }
    }

    @Test func `IDL-T24 IDL-038 an end that the provider does not have is corrected, and nobody is told`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            try await house.simulator.call(
                "POST", "/v1/subscriptions/\(graph.provider.rawValue)", "cancel_at=&metadata[trellis_idle_case]=")
            // Before the news of it is read here.
            _ = try await house.accept(graph, via: .link, hash: hash)
            try await house.advance("2027-04-24T11:00:00Z")
            #expect(try await house.idleCase(graph).state == .driftCorrected)
            #expect(try await house.subscription(graph.id).status == .active)
            #expect(house.metric("trellis_idle_drift_corrected_total") == 1)
            #expect(!house.notices.all.contains("kept"))
            #expect(try await house.entries("subscription_kept") == 0)
            #expect(try await house.entries("idle_drift_corrected") == 1)
        }
    }

    @Test func `IDL-T48 IDL-027 called off, kept and called off again within a day the last decision holds, each by a key of its own`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            _ = try await house.accept(graph, via: .owner)
            try await house.worker.drain()
            let command = CancelSubscription(
                subscription: graph.id, mode: .periodEnd, origin: .user, user: house.owner, via: "test")
            _ = try await house.store.withTransaction(.system) { try await house.billing.subscriptions.cancel(command, in: $0) }
            try await house.worker.drain()
            _ = try await house.billing.subscriptions.uncancel(
                UncancelSubscription(subscription: graph.id, by: .person(house.owner)))
            try await house.worker.drain()
            let keys = try await house.simulator.updates(of: graph.provider).compactMap { $0["idempotency_key"]?.stringValue }
            #expect(keys.count == 4 && Set(keys).count == 4)
            #expect(try await house.subscription(graph.id).status == .active)
            #expect(try await house.remote(graph)["cancel_at"] == .null)
        }
    }
}
