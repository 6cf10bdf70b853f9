import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

/// Events of which an operator says whose they are; the clock stands until a test moves it.
@Suite struct AssignedEventTests {
    @Test func `STR-069 a parked event that was given to a subscription is applied to it, and cannot move it backwards`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            let paid = try #require(world.provider.pay(session))
            // Somebody took the tags away and the page is forgotten: nothing says whose it is.
            let page = try #require(world.provider.known(paid))
            world.provider.know([page.untagged()])
            let event = try await world.deliver("customer.subscription.updated", paid)
            try await world.drain()
            world.clock.advance(by: .minutes(16))
            try await world.drain()
            #expect(try await world.store.event(event)?.parkReason == .unresolved)
            #expect(try await world.subscription(id).status == .pendingPayment)
            try await assign(event, to: id, world)
            #expect(try await world.store.event(event)?.outcome == .applied)
            let row = try await world.subscription(id)
            #expect(row.status == .provisioning && row.providerLink?.subscription == paid)
            let entries = try await world.count(
                "SELECT count(*) FROM audit.entry WHERE type = 'webhook_applied' AND ref_org = \(world.org)")
            #expect(entries >= 1)
            // Once more, it finds its work done.
            try await assign(event, to: id, world)
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(try await world.events("subscription_ready_to_provision") == 1)
        }
    }

    /// What the operators' command writes.
    private func assign(_ event: InboundEvent.ID, to subscription: Subscription.ID, _ world: BillingWorld) async throws {
        try await world.database.adminClient.execute(
            """
            UPDATE billing.inbound_event SET state = 'received', outcome = NULL, park_reason = NULL, settled_at = NULL,
                assigned_org_id = \(world.org), assigned_subscription_id = \(subscription) WHERE id = \(event)
            """)
        _ = try await world.store.withTransaction(.system) { transaction in
            try await transaction.enqueue(ProcessInboundEvent(event: event), JobOptions(uniqueKey: "again \(event) \(world.now)"))
        }
        try await world.drain()
        world.clock.advance(by: .minutes(1))
    }
}

extension ProviderSubscription {
    /// The same without our ids on it.
    fileprivate func untagged() -> ProviderSubscription {
        var copy = ProviderSubscription(
            id: id, customer: ProviderID("cus_of_nobody"), status: status, tags: ProviderTags(), item: item, price: price, period: period,
            trialEnd: trialEnd, endsAt: endsAt, endedAt: endedAt, cancellationReason: cancellationReason, latestInvoice: latestInvoice,
            defaultMethod: defaultMethod)
        copy.terms = terms
        return copy
    }
}
