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

@Suite struct OverrideTests {
    @Test(arguments: [Subscription.Cancellation.Origin.user, .admin])
    func `IDL-T21 IDL-033 a cancellation of a person's own is taken back by no use and no sweep`(
        origin: Subscription.Cancellation.Origin
    ) async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            try await house.cancel(graph, origin: origin, mode: .periodEnd)
            try await house.use(by: house.owner)
            for via in [ReversalVia.link, .activity] {
                let hash: [UInt8]? = via == .link ? [UInt8](repeating: 1, count: 32) : nil
                #expect(try await !house.accept(graph, via: via, hash: hash).isReversed)
            }
            #expect(try await house.idle.reversals.sweepLost(limit: 10) == 0)
            try await house.worker.drain()
            #expect(try await house.subscription(graph.id).cancellation?.origin == origin)
            #expect(try await house.count("SELECT count(*) FROM billing.keep_token_use") == 0)
        }
    }

    @Test func `IDL-T21 IDL-032 a cancellation at the portal has its own origin, and no idle case takes it back`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.idleGraph()
            try await house.simulator.call("POST", "/v1/subscriptions/\(graph.provider.rawValue)", "cancel_at_period_end=true")
            try await house.advance("2027-04-24T10:00:00Z")
            #expect(try await house.subscription(graph.id).cancellation?.origin == .portal)
            #expect(try await house.store.newestCase(of: graph.id) == nil)
            try await house.use(by: house.owner)
            #expect(try await house.idle.reversals.sweepLost(limit: 10) == 0)
            #expect(try await house.subscription(graph.id).status == .canceled)
        }
    }

    @Test(arguments: [true, false])
    func `IDL-T25 IDL-034 an owner's own end at the period end takes the case over in both orders`(reversalFirst: Bool) async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            if reversalFirst { _ = try await house.accept(graph, via: .activity) }
            try await house.cancel(graph, origin: .user, mode: .periodEnd)
            if !reversalFirst { _ = try await house.accept(graph, via: .activity) }
            try await house.advance("2027-04-24T11:00:00Z")
            let row = try await house.subscription(graph.id)
            #expect(row.status == .canceled && row.cancellation?.origin == .user && row.endsAt == Instant("2027-05-01T09:00:00Z"))
            #expect(try await house.idleCase(graph).state == .overridden)
            #expect(try await house.remote(graph)["cancel_at_period_end"] == true)
            #expect(!house.notices.all.contains("kept"))
        }
    }

    @Test func `IDL-T25 IDL-034 an owner's end at once needs nothing brought forward and closes the case`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            try await house.cancel(graph, origin: .user, mode: .immediate)
            try await house.worker.drain()
            let row = try await house.subscription(graph.id)
            #expect(row.cancellation?.origin == .user && row.closedAt == house.now)
            #expect(try await house.idleCase(graph).state == .overridden)
            #expect(try await house.remote(graph)["status"] == "canceled")
        }
    }

    @Test func `IDL-036 an owner takes it back in the product, which is attention`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            _ = try await house.billing.billing.lifecycle.uncancel(graph.id, of: house.org, as: try house.principal)
            #expect(try await house.idleCase(graph).via == .owner)
            try await house.worker.drain()
            #expect(try await house.idleCase(graph).state == .kept)
            #expect(try await house.subscription(graph.id).status == .active)
        }
    }
}

extension IdleHouse {
    func cancel(_ graph: Graph, origin: Subscription.Cancellation.Origin, mode: Subscription.Cancellation.Mode) async throws {
        let command = CancelSubscription(
            subscription: graph.id, mode: mode, origin: origin, user: origin == .user ? owner : nil, via: "test")
        _ = try await store.withTransaction(.system) { try await billing.subscriptions.cancel(command, in: $0) }
    }
}
