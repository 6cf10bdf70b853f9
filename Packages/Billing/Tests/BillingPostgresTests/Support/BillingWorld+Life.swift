import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Testing

extension BillingWorld {
    /// Delivers the announcement of the next renewal, which names its subscription and has no id of its own.
    func announceRenewal(of subscription: ProviderID) async throws {
        let event = VerifiedEvent(
            provider: "stripe", id: ProviderID("evt_" + InboundEvent.ID.make(at: now).description), type: "invoice.upcoming",
            apiVersion: "2026-08-26.dahlia", livemode: false, created: now, objectID: nil, objectType: "invoice",
            references: .init(subscription: subscription))
        _ = try await store.receive(InboundEvent(id: .make(at: now), event, body: Array("{}".utf8), receivedAt: now))
    }

    /// Sells another graph on the card on file and brings it to active.
    func sellAnother(_ resource: String) async throws -> (id: Subscription.ID, provider: ProviderID) {
        let plan = PlanKey.graph("ladybug-standard")
        let entitlement = try await services.subscriptions.entitlement(of: org, to: plan)
        let id = Subscription.ID.make(at: now)
        let sale = NewSubscription(
            id: id, org: org, entitlement: entitlement, plan: plan, requestedBy: owner.userID, configuration: [:], operation: nil)
        try await services.subscriptions.prepareSale(of: plan, interval: .monthly)
        _ = try await store.withTransaction(.system) { try await services.subscriptions.open(sale, in: $0) }
        #expect(try await services.subscriptions.confirmFirstPayment(of: id) == .confirmed)
        let fence = try #require(try await subscription(id).lease).fence
        try await store.withTransaction(.system) { transaction in
            let graph = try #require(ResourceID(resource))
            try await services.subscriptions.link(graph, to: id, fence: fence, in: transaction)
            try await services.subscriptions.activate(id, fence: fence, in: transaction)
        }
        return (id, try #require(try await subscription(id).providerLink?.subscription))
    }
}
