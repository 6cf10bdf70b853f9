import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Observability
import PlatformTesting
import Postgres
import Testing

@Suite struct InboxTests {
    @Test func `SEC-203 STR-061 STR-E10 BIL-136 twenty deliveries of one event leave one row, one job and one effect`() async throws {
        try await BillingWorld.with { world in
            let (session, _) = try await world.checkout()
            world.provider.pay(session)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...20 { group.addTask { try await world.deliver("checkout.session.completed", session, id: "evt_one") } }
                try await group.waitForAll()
            }
            #expect(try await world.count("SELECT count(*) FROM billing.inbound_event") == 1)
            try await world.drain()
            try await world.deliver("checkout.session.completed", session, id: "evt_one")
            try await world.drain()
            #expect(try await world.events("subscription_ready_to_provision") == 1)
            #expect(try await world.entries("webhook_received") == 1)
        }
    }

    @Test func `STR-061 groups that hold the same events in different orders leave each once, with the job of its own request`()
        async throws
    {
        try await BillingWorld.with { world in
            var generator = SystemRandomNumberGenerator()
            let deliveries = (1...12).map { number in
                let event = VerifiedEvent(
                    provider: "stripe", id: ProviderID("evt_\(number)"), type: "brand.new", apiVersion: nil, livemode: false,
                    created: world.now, objectID: ProviderID("x_\(number % 3)"), objectType: nil, references: .init())
                return ReceivedDelivery(
                    event: InboundEvent(id: .make(at: world.now), event, body: Array("{}".utf8), receivedAt: world.now),
                    cause: LogContext(trace: .make(using: &generator)))
            }
            let fresh = try await withThrowingTaskGroup(of: Set<InboundEvent.ID>.self) { group in
                for number in 0..<8 {
                    let turned = Array(deliveries[number...] + deliveries[..<number])
                    group.addTask { try await world.store.receive(number.isMultiple(of: 2) ? turned : turned.reversed()) }
                }
                return try await group.reduce(into: [InboundEvent.ID]()) { $0 += $1 }
            }
            #expect(fresh.count == 12 && Set(fresh) == Set(deliveries.map(\.event.id)))
            #expect(try await world.count("SELECT count(*) FROM billing.inbound_event") == 12)
            let traces = try await world.database.adminClient.query(
                "SELECT trace FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = \(ProcessInboundEvent.kind)"
            ).map { try $0.decode("trace", as: String.self) }
            #expect(traces.sorted() == deliveries.compactMap { $0.cause.trace?.description }.sorted())
            // Known ones bring no second job, and do not keep a new one back.
            #expect(try await world.store.receive(deliveries).isEmpty)
        }
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5])
    func `STR-E11 STR-E12 STR-E14 BIL-033 BIL-137 any order of the news of one payment starts one provisioning`(
        order: Int
    ) async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            let subscription = try #require(world.provider.pay(session))
            let invoice = try #require(try await world.provider.invoices(of: subscription, budget: .job).first).id
            let news = [
                ("checkout.session.completed", session), ("customer.subscription.created", subscription), ("invoice.paid", invoice),
            ]
            let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
            for index in orders[order] + orders[order] {
                try await world.deliver(news[index].0, news[index].1)
                try await world.drain()
            }
            let row = try await world.subscription(id)
            #expect(row.status == .provisioning)
            #expect(row.backing == .providerSubscription(subscription))
            #expect(try await world.events("subscription_ready_to_provision") == 1)
            #expect(try await world.events("invoice_paid") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.inbound_event WHERE state = 'done'") == 6)
        }
    }

    @Test func `STR-E13 BIL-033 twenty events handled at the same moment start one provisioning`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.pay(session)
            var events: [InboundEvent.ID] = []
            for _ in 1...20 { events.append(try await world.deliver("checkout.session.completed", session)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for event in events {
                    group.addTask { _ = try await world.run(ProcessInboundEvent.kind, JSON.encode(ProcessInboundEvent(event: event))) }
                }
                try await group.waitForAll()
            }
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(try await world.events("subscription_ready_to_provision") == 1)
        }
    }

    @Test func `BIL-040 the news of a payment is done although what it paid for could not be made`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.pay(session)
            let event = try await world.deliver("checkout.session.completed", session, id: "evt_paid")
            try await world.drain()
            let fence = try #require(try await world.subscription(id).lease).fence
            try await world.store.withTransaction(.system) { transaction in
                let failure = ProvisioningFailure(code: "PROVISIONING_FAILED", message: "It could not be made.", at: world.now)
                try await world.services.subscriptions.failProvisioning(of: id, fence: fence, failure, in: transaction)
            }
            try await world.drain()
            #expect(try await world.subscription(id).status == .failed)
            #expect(try await world.store.event(event)?.state == .done)
            // Delivered once more it is known, and nothing is made again.
            try await world.deliver("checkout.session.completed", session, id: "evt_paid")
            try await world.drain()
            #expect(try await world.events("subscription_ready_to_provision") == 1)
            #expect(try await world.subscription(id).status == .failed)
        }
    }

    @Test func `STR-E05 an event of the other mode is parked and never applied`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.pay(session)
            let event = try await world.deliver("checkout.session.completed", session, livemode: true)
            try await world.drain()
            #expect(try await world.store.event(event)?.parkReason == .wrongMode)
            #expect(try await world.subscription(id).status == .pendingPayment)
            #expect(try await world.entries("webhook_parked") == 1)
        }
    }

    @Test func `STR-065 STR-E47 AUD-008 what belongs to nobody is tried for 15 minutes and then parked under its own reference`()
        async throws
    {
        try await BillingWorld.with { world in
            let event = try await world.deliver("customer.subscription.updated", ProviderID("sub_foreign"))
            try await world.drain()
            #expect(try await world.store.event(event)?.state == .received)
            world.clock.advance(by: .minutes(16))
            try await world.drain()
            #expect(try await world.store.event(event)?.parkReason == .unresolved)
            let alone = try await world.count(
                "SELECT count(*) FROM audit.entry WHERE type = 'webhook_parked' AND ref_provider_event IS NOT NULL AND ref_org IS NULL")
            #expect(alone == 1)
        }
    }

    @Test func `STR-065 BIL-095 while the provider is down an event waits, and after three days it is parked`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.pay(session)
            world.provider.failReads(with: ProviderFailure(kind: .unreachable), ProviderFailure(kind: .serverError))
            let event = try await world.deliver("checkout.session.completed", session)
            try await world.drain()
            #expect(try await world.store.event(event)?.state == .received)
            world.clock.advance(by: .seconds(10))
            try await world.drain()
            world.clock.advance(by: .seconds(20))
            try await world.drain()
            #expect(try await world.subscription(id).status == .provisioning)
            world.provider.failReads(with: ProviderFailure(kind: .unreachable))
            let late = try await world.deliver("checkout.session.completed", session)
            world.clock.advance(by: .days(3) + .seconds(1))
            try await world.drain()
            #expect(try await world.store.event(late)?.parkReason == .providerDown)
        }
    }

    @Test func `STR-E25 STR-110 an unknown type is kept, counted and ignored`() async throws {
        try await BillingWorld.with { world in
            let event = try await world.deliver("brand.new_thing", ProviderID("x_1"))
            try await world.drain()
            #expect(try await world.store.event(event)?.outcome == .ignored)
            #expect(try await world.entries("webhook_received") == 1)
        }
    }

    @Test func `STR-068 STR-E09 a crash between the read and the commit leaves nothing, and the rerun applies once`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.pay(session)
            try await world.deliver("checkout.session.completed", session)
            // The log refuses the last entry of the transaction: everything of it is undone.
            try await world.database.adminClient.execute(
                "ALTER TABLE audit.entry ADD CONSTRAINT broken CHECK (type <> 'webhook_applied') NOT VALID")
            await #expect(throws: (any Error).self) { try await world.drain() }
            #expect(try await world.subscription(id).status == .pendingPayment)
            #expect(try await world.events("subscription_ready_to_provision") == 0)
            try await world.database.adminClient.execute("ALTER TABLE audit.entry DROP CONSTRAINT broken")
            try await world.drain()
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(try await world.events("subscription_ready_to_provision") == 1)
        }
    }
}
