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

@Suite struct DecisionTests {
    @Test
    func `IDL-T11 IDL-009 IDL-023 IDL-027 IDL-030 an idle graph is called off by one update, and people hear of it after the confirmation`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.graphOfTheTimeline()
            #expect(try await house.outcomes(graph) == ["first_period", "still_active"])
            try await house.pass("2027-04-24T10:00:00Z")
            try await house.simulator.control("DELETE", "/transcript")
            try await house.worker.drain()

            let found = try await house.idleCase(graph)
            let row = try await house.subscription(graph.id)
            let end = try #require(Instant("2027-05-01T09:00:00Z"))
            #expect(try await house.outcomes(graph) == ["first_period", "still_active", "fired"])
            #expect(found.state == .confirmed)
            #expect(found.threshold == Instant("2027-03-01T09:00:00Z"))
            #expect(found.lastActivity == Instant("2027-02-08T12:00:00Z"))
            #expect(row.status == .canceled && row.cancellation?.mode == .periodEnd && row.cancellation?.origin == .idle)
            #expect(row.endsAt == end && row.canceledAt == house.now && row.providerSync == .confirmed)
            #expect(house.notices.all == ["hold", "release"])

            // One update with flag, mark and comment under the intent's key.
            let updates = try await house.simulator.updates(of: graph.provider)
            #expect(updates.count == 1)
            let body = updates.first?["body"]?.stringValue ?? ""
            #expect(body.contains("cancel_at_period_end=true") && body.contains("trellis_idle_case") && body.contains("comment"))
            let intent = try #require(found.endIntent)
            #expect(updates.first?["idempotency_key"] == .string("\(intent)-1"))
            let remote = try await house.remote(graph)
            #expect(remote["metadata"]?["trellis_idle_case"] == .string(found.id.description))
            #expect(found.providerCanceledAt?.secondsSinceEpoch == remote["canceled_at"]?.integerValue)

            #expect(try await house.entries("subscription_auto_canceled") == 1)
            #expect(try await house.entries("subscription_canceled") == 0)
            #expect(
                try await house.count(
                    """
                    SELECT count(*) FROM audit.entry WHERE type = 'subscription_auto_canceled' AND ref_subscription = \(graph.id)
                        AND ref_org = \(house.org) AND ref_idle_case = \(found.id) AND ref_provider_event = \(found.event)
                    """) == 1)
            #expect(try await house.count("SELECT count(*) FROM jobs.event WHERE topic = 'billing.subscription_ending'") == 1)
            #expect(
                try await house.count(
                    "SELECT count(*) FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'billing.end_access' AND j.run_at = \(end)"
                ) == 1)
            #expect(house.metric("trellis_idle_cancel_fired_total") == 1)
        }
    }

    @Test func `IDL-T11 IDL-010 what the body of the announcement says enters no decision, in the old shape and the new`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.buyGraph()
            let other = ProviderID("sub_nobodys")
            for (number, shape) in [
                #""parent":{"subscription_details":{"subscription":"\#(graph.provider.rawValue)"}}"#,
                #""subscription":"\#(graph.provider.rawValue)""#,
            ].enumerated() {
                try await house.deliver(
                    #"{"object":"invoice",\#(shape),"amount_due":0,"period_start":1,"period_end":2,"lines":{"data":[]}}"#,
                    id: "evt_shape\(number)")
            }
            try await house.deliver(#"{"object":"invoice","subscription":"\#(other.rawValue)"}"#, id: "evt_unknown")
            try await house.worker.drain()
            #expect(try await house.outcomes(graph) == ["first_period", "first_period"])
            let facts = try #require(try await house.store.evaluations(of: graph.id, limit: 1).first).facts
            #expect(facts.period?.start == IdleHouse.start)
            #expect(!facts.isFree)
            #expect(try await house.count("SELECT count(*) FROM billing.invoice WHERE provider_invoice_id LIKE '%upcoming%'") == 0)
            try await house.advance("2027-02-01T10:00:00Z")
            #expect(try await house.count("SELECT count(*) FROM billing.inbound_event WHERE state = 'parked'") == 1)
        }
    }

    @Test func `IDL-T13 IDL-012 the same event acts once, and a new one of the period finds the case`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let found = try await house.idleCase(graph)
            let event = try #require(found.event)
            // The job once more, as after a crash between its work and its end.
            #expect(
                try await house.idle.evaluator.evaluate(IdleTrigger(subscription: graph.id, source: .event, event: event)) == nil)
            try await house.announce(graph, id: "evt_again")
            #expect(try await house.outcomes(graph).last == "already_cancelled")
            #expect(try await house.count("SELECT count(*) FROM billing.idle_case") == 1)
        }
    }

    @Test func `IDL-013 a second case of one period is refused by the database as well`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let found = try await house.idleCase(graph)
            await #expect(throws: (any Error).self) {
                try await house.database.adminClient.execute(
                    """
                    INSERT INTO billing.idle_case (id, org_id, subscription_id, period_start, period_end, interval_unit, interval_count,
                        threshold, evaluation_id, provider_subscription_id, state, ends_at, created_at)
                    SELECT gen_random_uuid(), org_id, subscription_id, period_start, period_end, interval_unit, interval_count, threshold,
                        evaluation_id, provider_subscription_id, 'decided', ends_at, created_at FROM billing.idle_case WHERE id = \(found.id)
                    """)
            }
        }
    }

    @Test func `IDL-014 every evaluation is kept as it was`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.buyGraph()
            try await house.announce(graph, id: "evt_first")
            for statement in ["UPDATE billing.idle_evaluation SET outcome = 'fired'", "DELETE FROM billing.idle_evaluation"] as [Statement]
            {
                await #expect(throws: (any Error).self) { try await house.database.ownerClient.execute(statement) }
            }
            let stored = try #require(try await house.store.evaluations(of: graph.id, limit: 1).first)
            #expect(stored.subjectSize == 2 && stored.rule == RuleVersion(rawValue: 1) && stored.source == .event)
            #expect(TwoPeriodRule().verdict(stored.facts) == .skip(.firstPeriod))
        }
    }

    @Test func `IDL-T17 IDL-026 IDL-037 a use between the decision and the order supersedes it, and nothing leaves`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.pass("2027-04-24T10:00:00Z")
            try await house.simulator.control("DELETE", "/transcript")
            // Everything up to the decision, and not the order that follows from it.
            try await house.drain(until: { try await house.store.newestCase(of: graph.id)?.state == .decided })
            try await house.use(by: house.owner)
            try await house.worker.drain()
            let row = try await house.subscription(graph.id)
            #expect(try await house.idleCase(graph).state == .superseded)
            #expect(row.status == .active && row.endsAt == nil && row.cancellation == nil)
            #expect(house.notices.all == ["hold", "withdraw"])
            #expect(try await house.simulator.updates(of: graph.provider).isEmpty)
            #expect(try await house.entries("subscription_kept") == 0)
            #expect(try await house.entries("idle_case_superseded") == 1)
            #expect(house.metric("trellis_idle_reverse_activity_total") == 1)
        }
    }
}
