import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Postgres
import Testing

@Suite struct LifeTests {
    private func cancel(
        _ world: BillingWorld, _ id: Subscription.ID, _ mode: Subscription.Cancellation.Mode, bringingForward: Bool = false
    ) async throws {
        let command = CancelSubscription(
            subscription: id, mode: mode, origin: .user, user: world.owner.userID, via: "delete-graph", bringingForward: bringingForward)
        _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
    }

    @Test func `STR-093 a paid renewal moves the period and is told once`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.clock.advance(by: .days(31))
            let invoice = try #require(world.provider.renew(graph.provider, paid: true))
            for type in ["invoice.paid", "customer.subscription.updated", "invoice.payment_succeeded"] {
                try await world.deliver(type, type.hasPrefix("invoice") ? invoice : graph.provider)
            }
            try await world.drain()
            #expect(try await world.events("subscription_renewed") == 1)
            #expect(try await world.entries("subscription_renewed") == 1)
            #expect(try await world.events("invoice_paid") == 2)
            let period = try #require(try await world.subscription(graph.id).currentPeriod)
            #expect(period.start == Instant(secondsSinceEpoch: 1_768_467_600).addingMonths(1, anchoredOnDay: 15))
        }
    }

    @Test func `T10 T11 a failed renewal starts the grace, and payment ends it`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.clock.advance(by: .days(31))
            world.provider.renew(graph.provider, paid: false)
            try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.drain()
            let due = try await world.subscription(graph.id)
            #expect(due.status == .pastDue)
            #expect(due.graceDeadline == world.now + .days(14))
            #expect(try await world.events("payment_failed") == 1)
            world.provider.settleDebt(of: graph.provider)
            try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.drain()
            let settled = try await world.subscription(graph.id)
            #expect(settled.status == .active)
            #expect(settled.graceDeadline == nil)
            world.clock.advance(by: .days(14))
            try await world.drain()
            #expect(try await world.subscription(graph.id).status == .active)
        }
    }

    @Test func `T12 T14 BIL-093 without payment service is read only after 14 days and over after 28`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.clock.advance(by: .days(31))
            world.provider.renew(graph.provider, paid: false)
            try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.drain()
            world.clock.advance(by: .days(14))
            try await world.drain()
            #expect(try await world.subscription(graph.id).status == .unpaid)
            world.clock.advance(by: .days(14))
            try await world.drain()
            let over = try await world.subscription(graph.id)
            #expect(over.status == .canceled)
            #expect(over.cancellation?.origin == .paymentFailure)
            #expect(world.provider.effects(of: "cancel_now") == 1)
            #expect(try await world.events("subscription_ended") == 1)
        }
    }

    @Test func `BIL-050 BIL-052 BIL-053 T19 an end with the period asks the provider once and hands over at the instant`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await cancel(world, graph.id, .periodEnd)
            let ending = try await world.subscription(graph.id)
            #expect(ending.providerSync == .pending)
            #expect(world.provider.effects(of: "cancel_at_period_end") == 0)
            try await world.drain()
            #expect(world.provider.effects(of: "cancel_at_period_end") == 1)
            #expect(try await world.subscription(graph.id).providerSync == .confirmed)
            await #expect(throws: BillingError.alreadyCanceled) { try await cancel(world, graph.id, .periodEnd) }
            let end = try #require(ending.endsAt)
            world.clock.advance(to: end + .microseconds(-1))
            try await world.drain()
            #expect(try await world.events("subscription_ended") == 0)
            world.provider.end(graph.provider, reason: "cancellation_requested")
            world.clock.advance(to: end)
            try await world.deliver("customer.subscription.deleted", graph.provider)
            try await world.drain()
            let over = try await world.subscription(graph.id)
            #expect(over.closedAt == end)
            #expect(over.endsAt == end)
            #expect(try await world.events("subscription_ended") == 1)
            #expect(try await world.entries("subscription_canceled") == 1)
        }
    }

    @Test func `BIL-140 STR-E62 T20 T21 ten ends at once are one, whoever hears of it how often`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await cancel(world, graph.id, .periodEnd)
            let ended = await withTaskGroup(of: Bool.self) { group in
                for _ in 1...10 {
                    group.addTask { (try? await cancel(world, graph.id, .immediate, bringingForward: true)) != nil }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(ended == 1)
            try await world.drain()
            try await world.deliver("customer.subscription.deleted", graph.provider)
            try await world.drain()
            #expect(world.provider.effects(of: "cancel_now") == 1)
            // The deferred end was still queued: the later decision took its place (BIL-055).
            #expect(world.provider.effects(of: "cancel_at_period_end") == 0)
            #expect(try await world.events("subscription_ended") == 1)
            let row = try await world.subscription(graph.id)
            #expect(row.cancellation?.mode == .immediate)
            #expect(row.providerSync == .confirmed)
        }
    }

    @Test func `BIL-053 an end is asked for until the provider confirms it, always with one key`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let before = world.provider.sentKeys.count
            let outage = ProviderOutcome.retryLater(ProviderFailure(kind: .unreachable))
            world.provider.fail("cancel_now", with: outage, .unknown(ProviderFailure(kind: .timeout)), outage)
            try await cancel(world, graph.id, .immediate)
            for _ in 1...6 {
                try await world.drain()
                world.clock.advance(by: .minutes(10))
            }
            #expect(world.provider.effects(of: "cancel_now") == 1)
            #expect(Set(world.provider.sentKeys.dropFirst(before)).count == 1)
            #expect(try await world.subscription(graph.id).providerSync == .confirmed)
            #expect(try await world.entries("provider_cancel_confirmed") == 1)
        }
    }

    @Test func `BIL-058 T19 T22 an end that was planned and taken back in the hosted pages is recognised`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.provider.planEnd(graph.provider, isPlanned: true)
            try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.drain()
            let ending = try await world.subscription(graph.id)
            #expect(ending.cancellation?.origin == .portal)
            #expect(ending.endsAt == ending.currentPeriod?.end)
            world.provider.planEnd(graph.provider, isPlanned: false)
            try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.drain()
            #expect(try await world.subscription(graph.id).status == .active)
            #expect(try await world.events("subscription_resumed") == 1)
            #expect(world.provider.effects(of: "cancel_at_period_end") == 0)
        }
    }

    @Test func `STR-124 a read made before our decision was confirmed does not undo it`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await cancel(world, graph.id, .periodEnd)
            let event = try await world.deliver("customer.subscription.updated", graph.provider)
            _ = try await world.run(ProcessInboundEvent.kind, JSON.encode(ProcessInboundEvent(event: event)))
            #expect(try await world.subscription(graph.id).status == .canceled)
            try await world.drain()
            #expect(try await world.subscription(graph.id).status == .canceled)
        }
    }

    @Test func `BIL-036 BIL-038 BIL-143 T6 a failed provisioning is undone exactly once`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            let paid = try #require(world.provider.pay(session))
            try await world.deliver("checkout.session.completed", session)
            try await world.drain()
            let fence = try #require(try await world.subscription(id).lease).fence
            let failure = ProvisioningFailure(code: "NO_ROOM", message: "There is no room.", at: world.now)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...10 {
                    group.addTask {
                        try await world.store.withTransaction(.system) { transaction in
                            _ = try await world.services.subscriptions.failProvisioning(of: id, fence: fence, failure, in: transaction)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let work = try JSON.encode(CompensateSale(subscription: id, provider: paid))
            for _ in 1...3 {
                try await world.drain()
                world.clock.advance(by: .seconds(5))
            }
            _ = try await world.run(CompensateSale.kind, work)
            try await world.drain()
            #expect(try await world.subscription(id).status == .failed)
            #expect(world.provider.effects(of: "cancel_now") == 1)
            #expect(world.provider.effects(of: "refund") == 1)
            #expect(world.provider.refunded == 9_900)
            #expect(try await world.entries("refund_processed") == 1)
            // It is known before the provider's list shows it, so that it is told once.
            #expect(try await world.events("refund_processed") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.refund WHERE status = 'succeeded' AND intent_id IS NOT NULL") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.refund") == 1)
            #expect(try await world.events("subscription_provisioning_failed") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.compensation WHERE closed_at IS NOT NULL") == 1)
            await #expect(throws: SubscriptionRefusal.self) {
                try await world.store.withTransaction(.system) { transaction in
                    let graph = try #require(ResourceID("kg1"))
                    try await world.services.subscriptions.link(graph, to: id, fence: fence, in: transaction)
                }
            }
        }
    }

    @Test func `BIL-026 T23 a retired page that turns out paid is cancelled and given back, and its row stays over`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.expire(session)
            try await world.deliver("checkout.session.expired", session)
            try await world.drain()
            let spec = try #require(world.provider.lastCheckout)
            let late = try #require(world.provider.payLate(spec.id))
            try await world.deliver("customer.subscription.created", late)
            for _ in 1...3 {
                try await world.drain()
                world.clock.advance(by: .seconds(5))
            }
            #expect(try await world.subscription(id).status == .canceled)
            #expect(world.provider.refunded == 9_900)
            #expect(world.provider.runningSubscriptions.isEmpty)
        }
    }

    @Test func `BIL-046 BIL-047 BIL-049 what has its own path is ended there, an add-on and an unpaid row here`() async throws {
        try await BillingWorld.with { world in
            let addon = try await world.checkout("priority-support", type: .addon)
            world.provider.pay(addon.session)
            try await world.deliver("checkout.session.completed", addon.session)
            try await world.drain()
            #expect(try await world.subscription(addon.subscription).status == .active)
            let wrong = CancelRequest(subscription: addon.subscription, org: world.org, mode: .immediate, confirm: "no")
            await #expect(throws: BillingError.confirmMismatch) { try await world.services.billing.cancel(wrong, as: world.owner) }
            let later = CancelRequest(subscription: addon.subscription, org: world.org, mode: .periodEnd, confirm: nil)
            #expect(try await world.services.billing.cancel(later, as: world.owner).subscription.cancellation?.mode == .periodEnd)
            let now = CancelRequest(subscription: addon.subscription, org: world.org, mode: .immediate, confirm: "priority-support")
            #expect(try await world.services.billing.cancel(now, as: world.owner).subscription.cancellation?.mode == .immediate)
        }
        try await BillingWorld.with { world in
            let pending = try await world.checkout()
            let deferred = CancelRequest(subscription: pending.subscription, org: world.org, mode: .periodEnd, confirm: nil)
            await #expect(throws: BillingError.cancelRequiresImmediate(.pendingPayment)) {
                try await world.services.billing.cancel(deferred, as: world.owner)
            }
            let now = CancelRequest(
                subscription: pending.subscription, org: world.org, mode: .immediate, confirm: pending.subscription.description)
            #expect(try await world.services.billing.cancel(now, as: world.owner).subscription.status == .canceled)
            #expect(world.provider.effects(of: "expire_checkout") == 1)
            let graph = try await world.activeGraph()
            let request = CancelRequest(subscription: graph.id, org: world.org, mode: .immediate, confirm: "kg0123456789abcdef0123")
            await #expect(throws: BillingError.self) { try await world.services.billing.cancel(request, as: world.owner) }
            #expect(try await world.subscription(graph.id).status == .active)
        }
    }

    @Test func `BIL-028 BIL-029 BIL-030 T9 direct creation: nothing without a card, nothing on a decline, once on a lost answer`()
        async throws
    {
        try await BillingWorld.with { world in
            let plan = PlanKey.graph("ladybug-standard")
            await #expect(throws: BillingError.paymentMethodRequired) {
                try await world.services.subscriptions.entitlement(of: world.org, to: plan)
            }
            _ = try await world.activeGraph()
            await #expect(throws: BillingError.paymentMethodOnFile) { try await world.checkout() }
            let entitlement = try await world.services.subscriptions.entitlement(of: world.org, to: plan)
            func sell() async throws -> Subscription.ID {
                let id = Subscription.ID.make(at: world.now)
                let sale = NewSubscription(
                    id: id, org: world.org, entitlement: entitlement, plan: plan, requestedBy: world.owner.userID, configuration: [:],
                    operation: "op_1")
                try await world.services.subscriptions.prepareSale(of: plan, interval: .monthly)
                _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.open(sale, in: $0) }
                return id
            }
            let refusal = ProviderRefusal(kind: .declined, code: "card_declined", customerMessage: "Your card was declined.")
            world.provider.fail("create_subscription", with: .refused(refusal))
            let declined = try await sell()
            await #expect(throws: BillingError.paymentDeclined("Your card was declined.")) {
                try await world.services.subscriptions.confirmFirstPayment(of: declined)
            }
            #expect(try await world.subscription(declined).status == .failed)
            world.provider.fail("create_subscription", with: .unknown(ProviderFailure(kind: .timeout)))
            let lost = try await sell()
            #expect(try await world.services.subscriptions.confirmFirstPayment(of: lost) == .waiting)
            #expect(try await world.services.subscriptions.confirmFirstPayment(of: lost) == .confirmed)
            #expect(try await world.subscription(lost).status == .provisioning)
            #expect(world.provider.effects(of: "create_subscription") == 1)
            #expect(try await world.events("subscription_ready_to_provision") == 2)
        }
    }
}
