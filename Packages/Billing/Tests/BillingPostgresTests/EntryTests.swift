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

@Suite struct EntryTests {
    typealias Change = @Sendable (BillingWorld, Subscription.ID, ProviderID) async throws -> Void

    /// Every kind of change that a person, the provider or time makes.
    static let changes: [(String, Change)] = [
        ("end with the period", { world, id, _ in try await end(world, id, .periodEnd) }),
        ("end now", { world, id, _ in try await end(world, id, .immediate) }),
        (
            "default method",
            { world, _, _ in
                let lifecycle = world.services.billing.lifecycle
                let method = try #require(try await lifecycle.methods(of: world.org, as: world.owner).first).id
                try await lifecycle.makeDefault(method, of: world.org, retryingOpenInvoices: false, as: world.owner)
            }
        ),
        (
            "refund",
            { world, _, provider in
                let payment = try #require(world.provider.payment(of: provider))
                _ = try await world.services.refunds.refund(
                    RefundRequest(
                        org: world.org, payment: payment, amount: 1, reason: "r", key: "k", actor: .system(component: "test")))
            }
        ),
        (
            "renewal",
            { world, _, provider in
                world.clock.advance(by: .days(31))
                try await news(world, "customer.subscription.updated", provider) { world.provider.renew(provider, paid: true) }
            }
        ),
        (
            "debt",
            { world, _, provider in
                world.clock.advance(by: .days(31))
                try await news(world, "customer.subscription.updated", provider) { world.provider.renew(provider, paid: false) }
            }
        ),
        (
            "pause",
            { world, _, provider in
                try await news(world, "customer.subscription.paused", provider) { world.provider.pause(provider, isPaused: true) }
            }
        ),
        (
            "end at the provider",
            { world, _, provider in
                try await news(world, "customer.subscription.deleted", provider) { world.provider.end(provider, reason: nil) }
            }
        ),
        (
            "end planned in the portal",
            { world, _, provider in
                try await news(world, "customer.subscription.updated", provider) { world.provider.planEnd(provider, isPlanned: true) }
            }
        ),
    ]

    private static func end(_ world: BillingWorld, _ id: Subscription.ID, _ mode: Subscription.Cancellation.Mode) async throws {
        let command = CancelSubscription(subscription: id, mode: mode, origin: .user, user: world.owner.userID, via: "test")
        _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
    }

    private static func news(
        _ world: BillingWorld, _ type: String, _ object: ProviderID, _ happening: () -> Void
    ) async throws {
        happening()
        let event = try await world.deliver(type, object)
        _ = try await world.run(ProcessInboundEvent.kind, JSON.encode(ProcessInboundEvent(event: event)))
    }

    /// Everything that Billing keeps, except the stored events themselves, which are no change of anything.
    private static func content(_ world: BillingWorld) async throws -> [String] {
        let tables = [
            "subscription", "invoice", "intent", "customer", "payment_method", "dunning_case", "refund", "notice", "checkout",
        ]
        var content: [String] = []
        for table in tables {
            let rows = try await world.database.adminClient.query(
                "SELECT coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '') AS content FROM billing.\(identifier: table) t")
            content.append(try #require(rows.first).decode("content"))
        }
        content.append("\(try await world.count("SELECT count(*) FROM jobs.event"))")
        return content
    }

    @Test(arguments: changes.indices) func `BIL-145 no change without its entry: when the log refuses, nothing has happened`(
        _ index: Int
    ) async throws {
        try await BillingWorld.with { world in
            let (name, change) = Self.changes[index]
            let graph = try await world.activeGraph()
            let before = try await Self.content(world)
            let entries = try await world.count("SELECT count(*) FROM audit.entry")
            try await world.database.adminClient.execute("ALTER TABLE audit.entry ADD CONSTRAINT broken CHECK (false) NOT VALID")
            await #expect(throws: (any Error).self, "\(name)") { try await change(world, graph.id, graph.provider) }
            #expect(try await Self.content(world) == before, "\(name)")
            try await world.database.adminClient.execute("ALTER TABLE audit.entry DROP CONSTRAINT broken")
            try await change(world, graph.id, graph.provider)
            #expect(try await Self.content(world) != before, "\(name)")
            #expect(try await world.count("SELECT count(*) FROM audit.entry") > entries, "\(name)")
            // What came from the provider refers to the stored event (STR-068).
            let events = try await world.count("SELECT count(*) FROM billing.inbound_event WHERE state = 'done'")
            let referring = try await world.count("SELECT count(DISTINCT ref_provider_event) FROM audit.entry")
            #expect(referring == events, "\(name)")
        }
    }
}
