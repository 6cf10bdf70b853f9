import Audit
import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct RefundTests {
    private func request(_ world: BillingWorld, _ payment: ProviderID, _ amount: Int64, key: String = "k1") -> RefundRequest {
        RefundRequest(
            org: world.org, payment: payment, amount: amount, reason: "asked for", key: key, actor: .system(component: "test"))
    }

    /// Delivers news of a refund, which names the payment.
    private func tell(_ world: BillingWorld, _ type: String, _ payment: ProviderID) async throws {
        let event = VerifiedEvent(
            provider: "stripe", id: ProviderID("evt_" + InboundEvent.ID.make(at: world.now).description), type: type,
            apiVersion: "2026-08-26.dahlia", livemode: false, created: world.now, objectID: ProviderID("ch_1"), objectType: "charge",
            references: .init(payment: payment))
        _ = try await world.store.receive(InboundEvent(id: .make(at: world.now), event, body: Array("{}".utf8), receivedAt: world.now))
        try await world.drain()
    }

    private func given(_ world: BillingWorld) async throws -> Int {
        try await world.count("SELECT coalesce(sum(amount), 0)::bigint FROM billing.refund WHERE status IN ('pending', 'succeeded')")
    }

    @Test func `BIL-096 STR-E72 never more is given back than was paid, and the provider is not even asked`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let payment = try #require(world.provider.payment(of: graph.provider))
            let refunds = world.services.refunds
            for amount in [0, -1, 9_901] as [Int64] {
                await #expect(throws: BillingError.refundTooLarge(left: 9_900)) {
                    try await refunds.refund(request(world, payment, amount))
                }
            }
            let first = try await refunds.refund(request(world, payment, 6_000))
            #expect(try await refunds.refund(request(world, payment, 6_000)).id == first.id)
            await #expect(throws: MoneyRefusal.keyReused) { try await refunds.refund(request(world, payment, 100)) }
            await #expect(throws: BillingError.refundTooLarge(left: 3_900)) {
                try await refunds.refund(request(world, payment, 3_901, key: "k2"))
            }
            await #expect(throws: BillingError.notFound) { try await refunds.refund(request(world, ProviderID("pi_else"), 1, key: "k3")) }
            try await world.database.adminClient.execute("UPDATE billing.customer SET disputed = true")
            await #expect(throws: BillingError.customerInDispute) { try await refunds.refund(request(world, payment, 1, key: "k4")) }
            try await world.drain()
            #expect(world.provider.effects(of: "refund") == 1)
            #expect(world.provider.refunded == 6_000)
            #expect(try await world.count("SELECT count(*) FROM billing.refund WHERE status = 'succeeded'") == 1)
            #expect(try await world.entries("refund_requested") == 1)
        }
    }

    @Test func `BIL-096 twenty wishes at once with a key are one refund, and with twenty keys never more than was paid`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let payment = try #require(world.provider.payment(of: graph.provider))
            let refunds = world.services.refunds
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...20 { group.addTask { _ = try await refunds.refund(request(world, payment, 900)) } }
                try await group.waitForAll()
            }
            await withTaskGroup(of: Void.self) { group in
                for number in 1...20 {
                    group.addTask { _ = try? await refunds.refund(request(world, payment, 1_000, key: "n\(number)")) }
                }
            }
            try await world.drain()
            #expect(world.provider.refunded == 9_900)
            #expect(try await given(world) == 9_900)
        }
    }

    @Test func `BIL-097 STR-E71 a refund that fails late takes its figures back, is told of, and can be made again`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let payment = try #require(world.provider.payment(of: graph.provider))
            world.provider.startRefunds(as: .pending)
            let refund = try await world.services.refunds.refund(request(world, payment, 9_900))
            try await world.drain()
            #expect(try await world.count("SELECT count(*) FROM billing.refund WHERE status = 'pending'") == 1)
            world.provider.moveRefunds(of: payment, to: .succeeded)
            try await tell(world, "refund.updated", payment)
            #expect(try await world.count("SELECT count(*) FROM billing.refund WHERE status = 'succeeded'") == 1)
            world.provider.moveRefunds(of: payment, to: .failed)
            for _ in 1...2 { try await tell(world, "refund.failed", payment) }
            #expect(try await given(world) == 0)
            #expect(try await world.events("refund_reversed") == 1)
            let alarms = try await world.count(
                "SELECT count(*) FROM audit.entry WHERE type = 'refund_status_changed' AND risk = 'high' AND ref_refund = \(refund.id)")
            #expect(alarms == 1)
            world.provider.startRefunds(as: .succeeded)
            _ = try await world.services.refunds.refund(request(world, payment, 9_900, key: "again"))
            try await world.drain()
            #expect(try await given(world) == 9_900)
        }
    }

    @Test(arguments: [[0, 1], [1, 0], [0, 0, 1, 1], [1, 1, 0]])
    func `BIL-098 STR-104 STR-E70 refunds made at the provider converge to its list, in any order and however often`(_ order: [Int])
        async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let payment = try #require(world.provider.payment(of: graph.provider))
            world.provider.refundByHand(payment, amount: 300)
            if order.first == 0 { try await tell(world, "charge.refunded", payment) }
            world.provider.refundByHand(payment, amount: 200)
            for step in order { try await tell(world, step == 0 ? "charge.refunded" : "refund.created", payment) }
            let amounts = try await world.database.adminClient.query("SELECT amount FROM billing.refund ORDER BY amount").map {
                try $0.decode("amount", as: Int64.self)
            }
            #expect(amounts == [200, 300])
            #expect(try await world.events("refund_processed") == 2)
            #expect(try await world.subscription(graph.id).status == .active)
        }
    }

    @Test func `BIL-099 a refund ends nothing, and an end gives nothing back`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let payment = try #require(world.provider.payment(of: graph.provider))
            _ = try await world.services.refunds.refund(request(world, payment, 9_900))
            try await world.drain()
            #expect(try await world.subscription(graph.id).status == .active)
            #expect(world.provider.runningSubscriptions == [graph.provider])
            let other = try await world.sellAnother("kg2222222222222222222b")
            let command = CancelSubscription(
                subscription: other.id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test")
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
            try await world.drain()
            #expect(world.provider.effects(of: "refund") == 1)
            #expect(try await world.entries("refund_requested") == 1)
            #expect(try await world.entries("subscription_canceled") == 1)
        }
    }

    @Test func `STR-E72 what the provider refuses to give back counts as not given`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let payment = try #require(world.provider.payment(of: graph.provider))
            world.provider.fail("refund", with: .refused(ProviderRefusal(kind: .badRequest, code: "charge_disputed")))
            _ = try await world.services.refunds.refund(request(world, payment, 9_900))
            try await world.drain()
            #expect(try await given(world) == 0)
            #expect(try await world.entries("refund_failed") == 1)
            #expect(try await world.events("refund_refused") == 1)
            #expect(try await world.events("refund_reversed") == 0)
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit") == 0)
        }
    }

    @Test func `STR-104 refunds of one payment are read one after the other, whatever told of them`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let payment = try #require(world.provider.payment(of: graph.provider))
            for (object, type) in [("ch_1", "charge.refunded"), ("re_1", "refund.created"), ("re_1", "refund.failed")] {
                let event = VerifiedEvent(
                    provider: "stripe", id: ProviderID("evt_" + InboundEvent.ID.make(at: world.now).description), type: type,
                    apiVersion: "2026-08-26.dahlia", livemode: false, created: world.now, objectID: ProviderID(object), objectType: nil,
                    references: .init(payment: payment))
                _ = try await world.store.receive(
                    InboundEvent(id: .make(at: world.now), event, body: Array("{}".utf8), receivedAt: world.now))
            }
            let jobs = "FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'billing.process_inbound_event'" as Statement
            #expect(try await world.count("SELECT count(*) \(fragment: jobs)") == 3)
            #expect(try await world.count("SELECT count(DISTINCT serial_key) \(fragment: jobs)") == 1)
        }
    }
}
