import Audit
import BillingPostgres
import Core
@_spi(Authentication) import Identity
import IdentityPostgres
import Jobs
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Billing

@Suite struct NetTermsTests {
    @Test func `BIL-032 activation and the first invoice are one transaction`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            let id = Subscription.ID.make(at: world.now)
            let sale = NewSubscription(
                id: id, org: world.org, entitlement: .netTerms, plan: .graph("ladybug-standard"), requestedBy: world.owner.userID,
                configuration: [:], operation: nil)
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.open(sale, in: $0) }
            await #expect(throws: GivenUp.self) {
                try await world.store.withTransaction(.system) { transaction in
                    let graph = try #require(ResourceID("kg1"))
                    try await world.services.subscriptions.link(graph, to: id, fence: 1, in: transaction)
                    try await world.services.subscriptions.activate(id, fence: 1, in: transaction)
                    throw GivenUp()
                }
            }
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == 0)
            try await world.store.withTransaction(.system) { transaction in
                let graph = try #require(ResourceID("kg1"))
                try await world.services.subscriptions.link(graph, to: id, fence: 1, in: transaction)
                try await world.services.subscriptions.activate(id, fence: 1, in: transaction)
                try await world.services.subscriptions.activate(id, fence: 1, in: transaction)
            }
            #expect(try await world.subscription(id).status == .active)
            #expect(
                try await world.count("SELECT count(*) FROM billing.invoice WHERE number = 'INV-2026-01-0001' AND status = 'open'") == 1)
        }
    }

    @Test func `BIL-084 five missed months are billed one by one in order, and a repeated job does nothing`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice(.net90)
            let id = try await world.invoicedGraph()
            let first = try #require(try await world.subscription(id).currentPeriod)
            world.clock.advance(to: first.start.addingMonths(5, anchoredOnDay: 15) + .hours(1))
            try await world.drain()
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE status = 'open'") == 6)
            let starts = try await world.database.adminClient.query("SELECT period_start FROM billing.invoice ORDER BY number")
                .map { try $0.decode("period_start", as: Instant.self) }
            #expect(starts == (0...5).map { first.start.addingMonths($0, anchoredOnDay: 15) })
            #expect(try await world.entries("subscription_renewed") == 5)
            // The job of the first period end again, ten times at once.
            let job = RenewNetTerms(subscription: id, periodEnd: first.end)
            let outcomes = try await withThrowingTaskGroup(of: JobOutcome.self) { group in
                for _ in 1...10 { group.addTask { try await world.run(RenewNetTerms.kind, JSON.encode(job)) } }
                return try await group.reduce(into: [JobOutcome]()) { $0.append($1) }
            }
            #expect(outcomes.allSatisfy { if case .completed = $0 { true } else { false } })
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == 6)
        }
    }

    @Test func `BIL-084 ten jobs of one period end bill it once`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice(.net90)
            let id = try await world.invoicedGraph()
            let period = try #require(try await world.subscription(id).currentPeriod)
            world.clock.advance(to: period.end)
            let job = RenewNetTerms(subscription: id, periodEnd: period.end)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...10 { group.addTask { _ = try await world.run(RenewNetTerms.kind, JSON.encode(job)) } }
                try await group.waitForAll()
            }
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == 2)
            #expect(try await world.events("subscription_renewed") == 1)
        }
    }

    @Test func `BIL-084 a subscription that ends is not renewed`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice(.net90)
            let id = try await world.invoicedGraph()
            let command = CancelSubscription(
                subscription: id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test", bringingForward: false)
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
            let end = try #require(try await world.subscription(id).endsAt)
            world.clock.advance(to: end)
            let outcome = try await world.run(
                RenewNetTerms.kind, JSON.encode(RenewNetTerms(subscription: id, periodEnd: end)))
            guard case .cancelled(let reason) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(reason.contains("canceled"))
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == 1)
        }
    }

    @Test func `BIL-085 a renewal that fails moves neither the period nor the counter, and comes later`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice(.net90)
            let id = try await world.invoicedGraph()
            let period = try #require(try await world.subscription(id).currentPeriod)
            world.clock.advance(to: period.end)
            try await world.database.adminClient.execute(
                "ALTER TABLE billing.invoice ADD CONSTRAINT out_of_order CHECK (created_at < '2026-02-01') NOT VALID")
            let job = RenewNetTerms(subscription: id, periodEnd: period.end)
            await #expect(throws: (any Error).self) { try await world.run(RenewNetTerms.kind, JSON.encode(job)) }
            #expect(try await world.subscription(id).currentPeriod == period)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice_counter") == 1)
            try await world.database.adminClient.execute("ALTER TABLE billing.invoice DROP CONSTRAINT out_of_order")
            try await world.drain()
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE number LIKE 'INV-2026-02-0001'") == 1)
        }
    }

    @Test func `BIL-086 T10 an unpaid invoice is overdue once and reminded of on four days, once each`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice(.net15)
            let id = try await world.invoicedGraph()
            let invoice = try #require(
                try await world.store.withTransaction(.system) {
                    try await $0.lockedUnsettledInvoices(of: id, org: world.org).first
                })
            let due = try #require(invoice.dueDate)
            for (stage, days) in [(InvoiceStage.dueSoon, -7), (.due, 0), (.overdue1, 1), (.overdue7, 7)] {
                world.clock.advance(to: due + .days(days))
                let job = try JSON.encode(WatchInvoice(invoice: invoice.id, stage: stage))
                // Two workers at once, and one of them once more.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 1...2 { group.addTask { _ = try await world.run(WatchInvoice.kind, job) } }
                    try await group.waitForAll()
                }
                try await world.drain()
            }
            let overdue = try await world.ownInvoice(invoice.id)
            #expect(overdue.overdueAt == due)
            #expect(try await world.entries("invoice_overdue") == 1)
            #expect(try await world.events("invoice_reminder_due") == 3)
            #expect(try await world.subscription(id).status == .pastDue)
            #expect(try await world.entries("subscription_past_due") == 1)
            // Paying ends it; the last reminder does not go out.
            let paid = try await world.money.invoices.recordPayment(
                of: Money(minorUnits: 9_900, currency: .usd), for: invoice.id, method: "bank_transfer", reference: "T-9",
                receivedAt: world.now, by: world.operatorActor)
            #expect(paid.status == .paid)
            #expect(try await world.subscription(id).status == .active)
            world.clock.advance(to: due + .days(14))
            _ = try await world.run(WatchInvoice.kind, JSON.encode(WatchInvoice(invoice: invoice.id, stage: .overdue14)))
            #expect(try await world.events("invoice_reminder_due") == 3)
        }
    }

    @Test func `BIL-038 what was billed for something never delivered is void`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            let id = try await world.invoicedGraph()
            let row = try await world.subscription(id)
            try await world.store.withTransaction(.system) { transaction in
                _ = try await transaction.lockWithCustomer(id, currency: .usd, now: world.now)
                try await world.consequences.netTerms.voidAll(of: row, because: "not delivered", in: transaction)
            }
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE status = 'void' AND number IS NOT NULL") == 1)
        }
    }
}
