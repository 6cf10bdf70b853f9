import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct NewsTests {
    @Test func `STR-096 a draft that was deleted is dropped, one that nobody knew is ignored, and neither waits for a person`() async throws
    {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            let (draft, issued) = (ProviderID("in_draft"), ProviderID("in_issued"))
            for (id, status) in [(draft, "draft"), (issued, "open")] {
                try await world.database.adminClient.execute(
                    """
                    INSERT INTO billing.invoice (id, org_id, kind, provider_invoice_id, currency, subtotal, total, amount_due, amount_paid,
                        status, created_at)
                    VALUES (gen_random_uuid(), \(world.org), 'provider', \(id.rawValue), 'usd', 1, 1, 1, 0, \(status), \(world.now))
                    """)
            }
            for id in [draft, draft, issued, ProviderID("in_unknown")] { try await world.deliver("invoice.deleted", id) }
            try await world.drain()
            #expect(
                try await world.count("SELECT count(*) FROM billing.invoice WHERE provider_invoice_id = 'in_draft' AND status = 'void'")
                    == 1)
            #expect(
                try await world.count("SELECT count(*) FROM billing.invoice WHERE provider_invoice_id = 'in_issued' AND status = 'open'")
                    == 1)
            #expect(
                try await world.count("SELECT count(*) FROM billing.inbound_event WHERE type = 'invoice.deleted' AND state = 'done'") == 4)
        }
    }

    @Test func `STR-090 STR-091 BIL-079 a draft is mirrored without a number, and finalising brings number, link and due date`()
        async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let draft = try #require(world.provider.draftRenewal(graph.provider))
            try await world.deliver("invoice.created", draft)
            try await world.drain()
            let drafts = try await world.count(
                """
                SELECT count(*) FROM billing.invoice WHERE provider_invoice_id = \(draft.rawValue) AND status = 'draft' AND number IS NULL
                    AND hosted_url IS NULL
                """)
            #expect(drafts == 1)
            let due = world.now + .days(7)
            world.provider.finaliseRenewal(graph.provider, as: "INV-7", dueDate: due)
            for type in ["invoice.finalized", "invoice.updated", "invoice.sent"] { try await world.deliver(type, draft) }
            try await world.drain()
            let finalised = try await world.count(
                """
                SELECT count(*) FROM billing.invoice WHERE provider_invoice_id = \(draft.rawValue) AND status = 'open'
                    AND number = 'INV-7' AND hosted_url IS NOT NULL AND due_date = \(due) AND total = 9900 AND amount_due = 9900
                """)
            #expect(finalised == 1)
            #expect(try await world.subscription(graph.id).status == .active)
        }
    }

    @Test func `STR-E15 a stale active update after the deletion revives nothing`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.provider.end(graph.provider, reason: nil)
            try await world.deliver("customer.subscription.deleted", graph.provider)
            try await world.drain()
            let ended = try await world.subscription(graph.id)
            world.clock.advance(by: .hours(1))
            for _ in 1...2 { try await world.deliver("customer.subscription.updated", graph.provider) }
            try await world.drain()
            let row = try await world.subscription(graph.id)
            #expect(row.status == .canceled)
            #expect(row.endsAt == ended.endsAt)
            #expect(try await world.events("subscription_ended") == 1)
        }
    }

    @Test func `STR-E18 news that overtakes the answer to our own call makes one row and one subscription`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            let plan = PlanKey.graph("ladybug-standard")
            let entitlement = try await world.services.subscriptions.entitlement(of: world.org, to: plan)
            let id = Subscription.ID.make(at: world.now)
            let sale = NewSubscription(
                id: id, org: world.org, entitlement: entitlement, plan: plan, requestedBy: world.owner.userID, configuration: [:],
                operation: nil)
            world.provider.fail("create_subscription", with: .unknown(ProviderFailure(kind: .timeout)))
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.open(sale, in: $0) }
            #expect(try await world.services.subscriptions.confirmFirstPayment(of: id) == .waiting)
            // It took effect all the same, and its news comes before the answer is asked for again.
            let made = try #require(world.provider.runningSubscriptions.last)
            try await world.deliver("customer.subscription.created", made)
            try await world.drain()
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(try await world.services.subscriptions.confirmFirstPayment(of: id) == .confirmed)
            #expect(world.provider.effects(of: "create_subscription") == 1)
            #expect(world.provider.runningSubscriptions.count == 2)
            #expect(try await world.count("SELECT count(*) FROM billing.subscription") == 2)
            #expect(try await world.subscription(id).providerSync == .confirmed)
        }
    }

    @Test func `STR-E24 what is previewed is never kept as an invoice`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            let before = try await world.count("SELECT count(*) FROM billing.invoice")
            #expect(try await world.services.billing.upcomingInvoice(of: world.org, as: world.owner) != nil)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == before)
        }
    }

    @Test func `STR-100 a card that the network replaced has its new expiry`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let customer = world.provider.changeCards(ofCustomerOf: graph.provider) { card in
                ProviderMethod(id: card.id, type: card.type, brand: card.brand, last4: "9999", expiryMonth: 1, expiryYear: 2035)
            }
            let card = try #require(try await world.services.billing.lifecycle.methods(of: world.org, as: world.owner).first)
            for type in ["payment_method.attached", "payment_method.updated", "payment_method.automatically_updated"] {
                try await world.deliver(type, card.id, customer: customer)
            }
            try await world.drain()
            let seen = try #require(try await world.services.billing.lifecycle.methods(of: world.org, as: world.owner).first)
            #expect(seen.id == card.id)
            #expect(seen.last4 == "9999")
            #expect(seen.expiryYear == 2035)
            // The same news three times is one change.
            #expect(try await world.entries("payment_method_updated") == 1)
        }
    }

    @Test func `STR-101 STR-E48 a method that was taken away is found by its own id, and twice is once`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let card = try #require(try await world.services.billing.lifecycle.methods(of: world.org, as: world.owner).first)
            _ = world.provider.changeCards(ofCustomerOf: graph.provider) { _ in nil }
            for _ in 1...2 { try await world.deliver("payment_method.detached", card.id) }
            try await world.drain()
            #expect(try await world.services.billing.lifecycle.methods(of: world.org, as: world.owner).isEmpty)
            #expect(try await world.services.billing.customer(of: world.org, as: world.owner).hasPaymentMethod == false)
            #expect(try await world.entries("payment_method_removed") == 1)
            #expect(try await world.subscription(graph.id).status == .active)
        }
    }

    @Test func `STR-103 STR-E46 a customer that was deleted pays for nothing any more, and its invoices stay`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let other = try await world.sellAnother("kg2222222222222222222b")
            let invoices = try await world.count("SELECT count(*) FROM billing.invoice")
            let customer = try #require(world.provider.deleteCustomer(of: graph.provider))
            for _ in 1...2 { try await world.deliver("customer.deleted", customer) }
            try await world.drain()
            for id in [graph.id, other.id] {
                let row = try await world.subscription(id)
                #expect(row.status == .canceled)
                #expect(row.cancellation?.origin == .provider)
            }
            try await world.deliver("customer.subscription.deleted", graph.provider)
            try await world.drain()
            #expect(try await world.events("subscription_ended") == 2)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == invoices)
            #expect(try await world.services.billing.lifecycle.methods(of: world.org, as: world.owner).isEmpty)
            #expect(world.provider.effects(of: "cancel_now") == 0)
            // The org may buy again, as a new customer.
            _ = try await world.checkout()
            #expect(world.provider.effects(of: "create_customer") == 2)
        }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `BIL-138 BIL-055 whatever is decided in whatever order, row and provider agree once all is sent`(_ seed: UInt64) async throws {
        try await BillingWorld.with { world in
            var generator = Seeded(state: seed)
            let graph = try await world.activeGraph()
            for _ in 1...12 {
                switch UInt64.random(in: 0...3, using: &generator) {
                case 0:
                    let command = CancelSubscription(
                        subscription: graph.id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test")
                    _ = try? await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
                case 1:
                    let command = UncancelSubscription(subscription: graph.id, by: .person(world.owner.userID))
                    _ = try? await world.services.subscriptions.uncancel(command)
                case 2: try await world.drain()
                default: try await world.deliver("customer.subscription.updated", graph.provider)
                }
            }
            try await world.drain()
            let row = try await world.subscription(graph.id)
            let object = try #require(try await world.provider.subscription(graph.provider, budget: .job).object)
            #expect(row.providerSync == .confirmed)
            #expect((row.status == .canceled) == (object.endsAt != nil))
            #expect(row.endsAt == object.endsAt)
            #expect(Set(world.provider.sentKeys).count == world.provider.sentKeys.count)
        }
    }
}

/// Random numbers that a seed decides.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
