import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct HistoryTests {
    @Test func `BIL-130 a history is one list in order, of everything that happened`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.clock.advance(by: .days(3))
            try await world.announceRenewal(of: graph.provider)
            try await world.drain()
            let command = CancelSubscription(
                subscription: graph.id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test")
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
            try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.drain()
            let items = try await world.services.billing.lifecycle.history(of: graph.id, in: world.org, as: world.owner)
            #expect(items.map(\.at) == items.map(\.at).sorted())
            #expect(Set(items.map(\.kind)) == Set(HistoryItem.Kind.allCases))
            for type in ["subscription_created", "subscription_activated", "subscription_canceled", "cancel_at_period_end", "invoice"] {
                #expect(items.contains { $0.type == type }, "\(type)")
            }
            let stranger = try await world.admit(as: .member)
            await #expect(throws: BillingError.notFound) {
                try await world.services.billing.lifecycle.history(of: graph.id, in: world.org, as: stranger)
            }
        }
    }

    @Test func `BIL-128 an explanation says what access there is and why, what is pending, what comes next and who may do what`()
        async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let lifecycle = world.services.billing.lifecycle
            let running = try await lifecycle.explain(graph.id, of: world.org, as: world.owner)
            #expect(running.access.reason == .active)
            #expect(running.next.map(\.what) == ["renews"])
            #expect(running.rights == ["cancel": ["owner"], "end_now": ["owner"]])
            let command = CancelSubscription(
                subscription: graph.id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test")
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
            let ending = try await lifecycle.explain(graph.id, of: world.org, as: world.owner)
            #expect(ending.access.reason == .canceledReadOnly)
            #expect(ending.access.level == .read)
            #expect(ending.next.map(\.what) == ["ends"])
            #expect(ending.next.first?.at == ending.view.subscription.endsAt)
            #expect(ending.pending.map(\.kind) == ["cancel_at_period_end"])
            #expect(ending.rights["uncancel"] == ["owner"])
        }
    }

    @Test func `STR-020 an intent remembers every exchange it took`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.provider.fail("cancel_at_period_end", with: .retryLater(ProviderFailure(kind: .busy)))
            let command = CancelSubscription(
                subscription: graph.id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test")
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
            for _ in 1...3 {
                try await world.drain()
                world.clock.advance(by: .minutes(1))
            }
            let sequence = try await world.subscription(graph.id).operationSequence
            let intent = try #require(try await world.store.intent(about: "subscription:\(graph.id)", operationSequence: sequence))
            #expect(intent.state == .succeeded)
            #expect(intent.exchanges.count == 2)
            #expect(intent.exchanges.allSatisfy { $0.requestID?.hasPrefix("req_") == true && $0.attempt == 1 })
        }
    }

    @Test func `BIL-151 a plan that has another name is renamed at the provider, and stays one product`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.checkout()
            #expect(world.provider.productNames.count == 1)
            try await world.database.adminClient.execute("UPDATE billing.plan_price SET provider_product_name = 'an older name'")
            _ = try await world.checkout(configuration: ["name": "another"])
            _ = try await world.checkout(configuration: ["name": "a third"])
            #expect(world.provider.productNames.count == 1)
            #expect(world.provider.effects(of: "create_product") == 1)
            #expect(world.provider.effects(of: "rename_product") == 1)
            let name = world.services.billing.displayName(of: .graph("ladybug-standard"))
            #expect(world.provider.productNames == [name])
        }
    }
}
