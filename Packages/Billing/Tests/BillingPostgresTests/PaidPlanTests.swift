import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import Orgs
import PlatformTesting
import Postgres
import Testing

/// What is paid for is what is made.
@Suite struct PaidPlanTests {
    @Test func `SEC-220 BIL-009 a wish for another tier than the plan's is recorded and changes nothing`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout(configuration: ["name": "a graph", "instance_tier": "ladybug-xlarge"])
            #expect(try await world.entries("tier_mismatch") == 1)
            world.provider.pay(session)
            try await world.deliver("checkout.session.completed", session)
            try await world.drain()
            let row = try await world.subscription(id)
            #expect(row.status == .provisioning)
            #expect(row.plan.key == .graph("ladybug-standard"))
            #expect(try await sold(in: world) == ["graph:ladybug-standard"])
            #expect(try await world.entries("tier_mismatch") == 1)
        }
    }

    @Test func `SEC-220 the wish for the plan's own tier is no mismatch`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.checkout(configuration: ["name": "a graph", "instance_tier": "ladybug-standard"])
            #expect(try await world.entries("tier_mismatch") == 0)
        }
    }

    @Test func `SEC-220 a payment of the small plan that says it is for the large one makes the small one, and tells it`() async throws {
        try await BillingWorld.with { world in
            let other = try await world.admit(as: .owner)
            let small = try await world.checkout(as: other)
            let large = try await world.checkout("ladybug-xlarge")
            world.provider.changePrice(of: large.session, to: small.session)
            world.provider.pay(large.session)
            for _ in 1...2 { try await world.deliver("checkout.session.completed", large.session) }
            try await world.drain()
            let row = try await world.subscription(large.subscription)
            #expect(row.status == .provisioning)
            #expect(row.plan.key == .graph("ladybug-standard"))
            #expect(try await sold(in: world) == ["graph:ladybug-standard"])
            #expect(try await world.entries("tier_mismatch") == 1)
        }
    }

    @Test func `SEC-220 a payment at a price that is nobody's makes nothing and is given back`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout("ladybug-xlarge")
            world.provider.changePrice(of: session, to: nil)
            world.provider.pay(session)
            try await world.deliver("checkout.session.completed", session)
            try await world.drain()
            #expect(try await world.subscription(id).backing == nil)
            #expect(try await sold(in: world).isEmpty)
            #expect(world.provider.effects(of: "cancel_now") == 1)
        }
    }

    /// The plans of what is being provisioned.
    private func sold(in world: BillingWorld) async throws -> [String] {
        try await world.database.adminClient.query(
            "SELECT plan_key FROM billing.subscription WHERE status IN ('provisioning', 'active') ORDER BY plan_key"
        ).map { try $0.decode("plan_key", as: String.self) }
    }
}
