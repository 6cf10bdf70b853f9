import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Postgres
import Testing

@Suite struct LifecycleEventTests {
    @Test func `STR-081 STR-E44 BIL-024 a delayed payment starts nothing until it came, and tells of it when it never does`()
        async throws
    {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.payLater(session)
            try await world.deliver("checkout.session.completed", session)
            try await world.drain()
            #expect(try await world.subscription(id).startedAt == nil)
            #expect(try await world.events("subscription_ready_to_provision") == 0)
            world.provider.settleLater(session, paid: true)
            try await world.deliver("checkout.session.async_payment_succeeded", session)
            try await world.deliver("checkout.session.async_payment_succeeded", session)
            try await world.drain()
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(try await world.events("subscription_ready_to_provision") == 1)
        }
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.payLater(session)
            try await world.deliver("checkout.session.completed", session)
            try await world.drain()
            world.provider.settleLater(session, paid: false)
            try await world.deliver("checkout.session.async_payment_failed", session)
            try await world.deliver("checkout.session.async_payment_failed", session)
            try await world.drain()
            let row = try await world.subscription(id)
            #expect(row.status == .unpaid)
            #expect(row.startedAt == nil)
            #expect(row.failure?.code == "PAYMENT_FAILED")
            #expect(try await world.events("first_payment_failed") == 1)
            #expect(try await world.events("subscription_ready_to_provision") == 0)
        }
    }

    @Test func `STR-083 a created event gives no access while the subscription is incomplete, and may come last`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            let paid = try #require(world.provider.pay(session))
            world.provider.show(paid, as: .incomplete)
            try await world.deliver("customer.subscription.created", paid)
            try await world.drain()
            #expect(try await world.subscription(id).status == .pendingPayment)
            #expect(try await world.events("subscription_ready_to_provision") == 0)
            world.provider.show(paid, as: .active)
            try await world.deliver("customer.subscription.updated", paid)
            try await world.drain()
            try await world.deliver("customer.subscription.created", paid)
            try await world.drain()
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(try await world.events("subscription_ready_to_provision") == 1)
        }
    }

    @Test(arguments: [
        (ProviderSubscription.Status.active, Subscription.Status.active), (.trialing, .active), (.pastDue, .pastDue), (.unpaid, .unpaid),
        (.paused, .paused), (.canceled, .canceled), (.incomplete, .active), (.incompleteExpired, .canceled),
    ])
    func `STR-084 an updated event gives a running subscription the status of the table`(
        _ theirs: ProviderSubscription.Status, _ ours: Subscription.Status
    ) async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.provider.show(graph.provider, as: theirs)
            for _ in 1...2 { try await world.deliver("customer.subscription.updated", graph.provider) }
            try await world.drain()
            let row = try await world.subscription(graph.id)
            #expect(row.status == ours)
            #expect(row.providerLink?.subscription == graph.provider)
            #expect(try await world.count("SELECT count(*) FROM billing.inbound_event WHERE state = 'done'") == 3)
        }
    }

    @Test func `a payment that the bank wants confirmed is told once for each invoice, and not while it is paid on the page`() async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.clock.advance(by: .days(31))
            let invoice = try #require(world.provider.renew(graph.provider, paid: false))
            for _ in 1...2 { try await world.deliver("invoice.payment_action_required", invoice) }
            try await world.drain()
            #expect(try await world.events("payment_action_required") == 1)
            #expect(try await world.entries("payment_action_required") == 1, "AUD-107")
            // What came late is about something that was paid meanwhile.
            world.clock.advance(by: .days(31))
            let next = try #require(world.provider.renew(graph.provider, paid: true))
            try await world.deliver("invoice.payment_action_required", next)
            try await world.drain()
            #expect(try await world.events("payment_action_required") == 1)
        }
    }

    @Test func `STR-084 BIL-070 a price that is nobody's is not taken over: the event waits for a person`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let before = try await world.subscription(graph.id)
            world.provider.changePrice(ofSubscription: graph.provider, to: ProviderID("price_of_somebody"))
            let event = try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.drain()
            #expect(try await world.store.event(event)?.parkReason == .foreignPrice)
            let row = try await world.subscription(graph.id)
            #expect(row.plan == before.plan)
            #expect(row.providerLink?.price == before.providerLink?.price)
            #expect(row.status == .active)
        }
    }

    @Test func `STR-086 T17 T18 a pause at the provider stops writing, and going on brings it back`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.provider.pause(graph.provider, isPaused: true)
            try await world.deliver("customer.subscription.paused", graph.provider)
            try await world.drain()
            let paused = try await world.subscription(graph.id)
            #expect(paused.status == .paused)
            let facts = AccessFacts(resource: .active, subscription: paused, billingEnabled: true, isReadOnlyByDispute: false)
            #expect(AccessDecision.decide(facts, now: world.now).level == .read)
            world.provider.pause(graph.provider, isPaused: false)
            try await world.deliver("customer.subscription.resumed", graph.provider)
            try await world.drain()
            #expect(try await world.subscription(graph.id).status == .active)
            #expect(try await world.entries("subscription_paused") == 1)
            #expect(try await world.entries("subscription_resumed") == 1)
        }
    }

    @Test func `STR-089 STR-E23 an announced renewal is told once for its period and is no invoice`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let invoices = try await world.count("SELECT count(*) FROM billing.invoice")
            for _ in 1...3 { try await world.announceRenewal(of: graph.provider) }
            try await world.drain()
            #expect(try await world.events("renewal_ahead") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == invoices)
            world.clock.advance(by: .days(31))
            world.provider.renew(graph.provider, paid: true)
            try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.drain()
            try await world.announceRenewal(of: graph.provider)
            try await world.drain()
            #expect(try await world.events("renewal_ahead") == 2)
            world.provider.planEnd(graph.provider, isPlanned: true)
            world.clock.advance(by: .days(1))
            try await world.announceRenewal(of: graph.provider)
            try await world.drain()
            #expect(try await world.events("renewal_ahead") == 2)
        }
    }

    @Test func `STR-066 what an event is about is found by our own id, then by stored ids, and never guessed among several`() async throws {
        try await BillingWorld.with { world in
            let first = try await world.activeGraph("kg1111111111111111111a")
            // An invoice of a subscription that nothing here names belongs to the only candidate of its customer.
            let stray = try #require(world.provider.strayInvoice(ofCustomerOf: first.provider))
            let event = try await world.deliver("invoice.paid", stray)
            try await world.drain()
            #expect(try await world.store.event(event)?.outcome == .applied)
            let found = try await world.count(
                "SELECT count(*) FROM billing.invoice WHERE provider_invoice_id = \(stray.rawValue) AND subscription_id = \(first.id)")
            #expect(found == 1)
            _ = try await world.sellAnother("kg2222222222222222222b")
            let second = try #require(world.provider.strayInvoice(ofCustomerOf: first.provider))
            let guess = try await world.deliver("invoice.paid", second)
            try await world.drain()
            world.clock.advance(by: .minutes(16))
            try await world.drain()
            #expect(try await world.store.event(guess)?.parkReason == .unresolved)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE provider_invoice_id = \(second.rawValue)") == 0)
        }
    }

    @Test func `STR-099 BIL-074 a method that was added to be the default is charged from then on, and pays what is owed`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.clock.advance(by: .days(31))
            world.provider.renew(graph.provider, paid: false)
            try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.drain()
            #expect(try await world.subscription(graph.id).status == .pastDue)
            _ = try await world.services.billing.lifecycle.startMethodSetup(of: world.org, makesDefault: true, as: world.owner)
            let page = try #require(world.provider.lastSetupPage)
            let refused = try #require(world.provider.addMethod(on: page, succeeding: false))
            try await world.deliver("setup_intent.setup_failed", refused.setup)
            try await world.drain()
            #expect(try await world.entries("payment_method_setup_failed") == 1)
            #expect(try await world.subscription(graph.id).status == .pastDue)
            let added = try #require(world.provider.addMethod(on: page))
            for _ in 1...2 { try await world.deliver("setup_intent.succeeded", added.setup) }
            try await world.drain()
            #expect(world.provider.chargedMethod(of: graph.provider) == added.method)
            #expect(world.provider.effects(of: "pay_invoice") == 1)
            #expect(world.provider.effects(of: "set_default_method") == 1)
            #expect(try await world.subscription(graph.id).status == .active)
            let methods = try await world.services.billing.lifecycle.methods(of: world.org, as: world.owner)
            #expect(methods.filter(\.isDefault).map(\.id) == [added.method])
        }
    }

    @Test func `STR-E08 a slow read of the provider delays no answer, and a redelivery meanwhile runs nothing twice`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.pay(session)
            let event = try await world.deliver("checkout.session.completed", session, id: "evt_slow")
            let gate = world.provider.holdReads()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await world.run(ProcessInboundEvent.kind, JSON.encode(ProcessInboundEvent(event: event))) }
                await gate.isReached()
                // The provider has not answered yet: storing an event does not wait for that.
                try await world.deliver("checkout.session.completed", session, id: "evt_slow")
                #expect(try await world.count("SELECT count(*) FROM billing.inbound_event") == 1)
                group.addTask { _ = try await world.run(ProcessInboundEvent.kind, JSON.encode(ProcessInboundEvent(event: event))) }
                gate.open()
                try await group.waitForAll()
            }
            try await world.drain()
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(try await world.events("subscription_ready_to_provision") == 1)
            #expect(try await world.entries("webhook_received") == 1)
        }
    }

    @Test func `each event is a job of its own, and those about one object share a place in the queue`() async throws {
        try await BillingWorld.with { world in
            let (session, _) = try await world.checkout()
            let subscription = try #require(world.provider.pay(session))
            try await world.deliver("checkout.session.completed", session)
            try await world.deliver("checkout.session.async_payment_succeeded", session)
            try await world.deliver("customer.subscription.created", subscription)
            let keys = try await world.count(
                """
                SELECT count(DISTINCT j.serial_key) FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id
                WHERE k.name = 'billing.process_inbound_event' AND j.serial_key IS NOT NULL
                """)
            #expect(keys == 2)
            let jobs = try await world.count(
                "SELECT count(*) FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'billing.process_inbound_event'")
            #expect(jobs == 3)
        }
    }
}
