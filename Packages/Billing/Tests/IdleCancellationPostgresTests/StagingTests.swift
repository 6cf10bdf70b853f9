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

@Suite struct StagingTests {
    @Test func `IDL-067 IDL-T26 while observing the would-be case is an evaluation and nothing else`() async throws {
        var settings = IdleSettings()
        settings.mode = .observe
        try await IdleHouse.with(settings: settings) { house in
            let graph = try await house.idleGraph()
            try await house.advance("2027-04-24T10:00:00Z")
            #expect(try await house.outcomes(graph).last == "would_fire")
            #expect(try await house.store.newestCase(of: graph.id) == nil)
            #expect(try await house.subscription(graph.id).status == .active)
            #expect(house.notices.all.isEmpty)
        }
    }

    @Test func `IDL-067 an org outside of the share goes on`() async throws {
        var settings = IdleSettings()
        settings.rolloutPercent = 0
        try await IdleHouse.with(settings: settings) { house in
            let graph = try await house.idleGraph()
            try await house.advance("2027-04-24T10:00:00Z")
            #expect(try await house.outcomes(graph).last == "outside_rollout")
        }
    }

    @Test func `IDL-066 IDL-T30 without a working record of uses a decision is held, and lapses with its period`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            house.activity.breakRecording()
            try await house.advance("2027-04-24T10:00:00Z")
            #expect(try await house.idleCase(graph).state == .held)
            #expect(try await house.subscription(graph.id).status == .active)
            #expect(house.notices.all.isEmpty)
            #expect(try await house.entries("idle_case_held") == 1)
            try await house.advance("2027-05-01T12:00:00Z")
            _ = try await house.idle.evaluator.sweepMissed(limit: 10)
            #expect(try await house.idleCase(graph).state == .lapsed)
            #expect(try await house.subscription(graph.id).status == .active)
        }
    }

    @Test func `IDL-063 IDL-064 IDL-T30 above the limit a decision is held until an operator releases it, and is judged afresh`()
        async throws
    {
        var settings = IdleSettings()
        settings.guardPerHour = 0
        try await IdleHouse.with(settings: settings) { house in
            let graph = try await house.idleGraph()
            try await house.advance("2027-04-24T10:00:00Z")
            #expect(try await house.idleCase(graph).state == .held)
            #expect(try await house.idle.guardian.status().state.isOpen)
            try await house.announce(graph, id: "evt_held")
            #expect(try await house.outcomes(graph).last == "already_held")
            let report = try await house.idle.guardian.release(.all, by: "ops")
            #expect(report.released.count == 1 && report.remaining == 0)
            try await house.worker.drain()
            #expect(try await house.idleCase(graph).state == .confirmed)
            #expect(try await !house.idle.guardian.status().state.isOpen)
            #expect(try await house.entries("idle_case_released") == 1)
        }
    }

    @Test func `IDL-064 a released case that is used meanwhile lapses, and a discarded one as well`() async throws {
        var settings = IdleSettings()
        settings.guardPerHour = 0
        try await IdleHouse.with(settings: settings) { house in
            let graph = try await house.idleGraph()
            try await house.advance("2027-04-24T10:00:00Z")
            try await house.use(by: house.owner)
            _ = try await house.idle.guardian.release(.onePercent, by: "ops")
            try await house.worker.drain()
            #expect(try await house.idleCase(graph).state == .lapsed)
            #expect(try await house.idle.guardian.discard(by: "ops") == 0)
        }
    }

    @Test func `IDL-T26 IDL-017 a subscription that became eligible within the period is not judged in it`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.store.withTransaction(.system) { transaction in
                try await transaction.setEligibleAfter(try #require(Instant("2027-04-01T09:00:01Z")), of: graph.id)
            }
            try await house.advance("2027-04-24T10:00:00Z")
            #expect(try await house.outcomes(graph).last == "grandfathered")
            try await house.advance("2027-05-01T12:00:00Z")
            try await house.advance("2027-05-25T10:00:00Z")
            #expect(try await house.outcomes(graph).last == "fired")
        }
    }
}
