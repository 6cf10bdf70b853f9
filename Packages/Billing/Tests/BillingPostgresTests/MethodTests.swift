import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Postgres
import Testing

@Suite struct MethodTests {
    @Test func `BIL-075 another default is told to the customer and to every running subscription, and debts are tried on request only`()
        async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let other = try await world.sellAnother("kg2222222222222222222b")
            _ = try await world.services.billing.lifecycle.startMethodSetup(of: world.org, makesDefault: false, as: world.owner)
            let page = try #require(world.provider.lastSetupPage)
            let added = try #require(world.provider.addMethod(on: page))
            try await world.deliver("setup_intent.succeeded", added.setup)
            try await world.drain()
            #expect(world.provider.effects(of: "set_default_method") == 0)
            let lifecycle = world.services.billing.lifecycle
            try await lifecycle.makeDefault(added.method, of: world.org, retryingOpenInvoices: false, as: world.owner)
            try await world.drain()
            for id in [graph.provider, other.provider] { #expect(world.provider.chargedMethod(of: id) == added.method) }
            #expect(world.provider.effects(of: "pay_invoice") == 0)
            #expect(try await lifecycle.methods(of: world.org, as: world.owner).filter(\.isDefault).map(\.id) == [added.method])
            #expect(try await world.entries("payment_method_default_changed") == 1)
            // The card that came with the purchase is told by the purchase; the added one and that it is charged now are told (NOT-141).
            #expect(try await world.events("payment_method_changed") == 2)
            let admin = try await world.admit(as: .admin)
            await #expect(throws: (any Error).self) {
                try await lifecycle.makeDefault(added.method, of: world.org, retryingOpenInvoices: false, as: admin)
            }
            await #expect(throws: BillingError.notFound) {
                try await lifecycle.makeDefault(ProviderID("pm_else"), of: world.org, retryingOpenInvoices: false, as: world.owner)
            }
        }
    }

    @Test func `BIL-072 BIL-074 the last method cannot be taken away while something that goes on is charged`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let lifecycle = world.services.billing.lifecycle
            let only = try #require(try await lifecycle.methods(of: world.org, as: world.owner).first).id
            await #expect(throws: BillingError.lastPaymentMethod) { try await lifecycle.remove(only, of: world.org, as: world.owner) }
            let command = CancelSubscription(
                subscription: graph.id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test")
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
            try await lifecycle.remove(only, of: world.org, as: world.owner)
            try await world.drain()
            #expect(world.provider.effects(of: "detach_method") == 1)
            #expect(try await world.events("payment_method_changed") == 1)
            #expect(try await lifecycle.methods(of: world.org, as: world.owner).isEmpty)
            #expect(try await world.services.billing.customer(of: world.org, as: world.owner).hasPaymentMethod == false)
            await #expect(throws: BillingError.notFound) { try await lifecycle.remove(only, of: world.org, as: world.owner) }
        }
    }

    @Test func `BIL-072 a card that runs out is no method to pay with from the next month on`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            #expect(try await world.services.billing.customer(of: world.org, as: world.owner).hasPaymentMethod)
            world.clock.advance(to: try #require(Instant("2030-12-31T23:59:59Z")))
            #expect(try await world.services.billing.customer(of: world.org, as: world.owner).hasPaymentMethod)
            world.clock.advance(by: .seconds(1))
            #expect(try await world.services.billing.customer(of: world.org, as: world.owner).hasPaymentMethod == false)
        }
    }
}
