import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingStripe
import BillingTesting
import Core
import Cryptography
import EventLoops
import HTTPClient
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Two who want different things of one row, or the same thing, at the same moment.
@Suite struct ContestTests {
    private func cancel(_ world: BillingWorld, _ id: Subscription.ID, _ mode: Subscription.Cancellation.Mode) async throws {
        let command = CancelSubscription(
            subscription: id, mode: mode, origin: .user, user: world.owner.userID, via: "test", bringingForward: true)
        _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
    }

    @Test(arguments: 1...6)
    func `BIL-139 of an end and a change of plan at once the first wins, and the other is told why`(_ round: Int) async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await world.services.subscriptions.prepareSale(of: .graph("ladybug-large"), interval: .monthly)
            let request = PlanChangeRequest(
                subscription: graph.id, plan: .graph("ladybug-large"), user: world.owner.userID, operation: nil)
            async let change = Result { try await world.services.subscriptions.changePlan(request) }
            async let end = Result { try await cancel(world, graph.id, round.isMultiple(of: 2) ? .periodEnd : .immediate) }
            let (changed, ended) = (await change, await end)
            try await world.drain()
            let row = try await world.subscription(graph.id)
            switch (changed, ended) {
            case (.success, .failure(let error)):
                #expect(error as? BillingError == .subscriptionBusy(.upgrading))
                #expect(row.status == .active)
                #expect(row.plan.key == .graph("ladybug-large"))
            case (.failure(let error), .success):
                #expect(error as? BillingError == .subscriptionNotActive(.canceled))
                #expect(row.status == .canceled)
                #expect(row.plan.key == .graph("ladybug-standard"))
                #expect(world.provider.effects(of: "change_price") == 0)
            case (.success, .success):
                // One after the other: the change had come to its end before.
                #expect(row.status == .canceled)
                #expect(row.plan.key == .graph("ladybug-large"))
            case (.failure(let first), .failure(let second)): Issue.record("both lost: \(first), \(second)")
            }
            #expect(try await world.count("SELECT count(*) FROM billing.plan_change WHERE ended_at IS NULL") == 0)
        }
    }

    @Test func `BIL-139 an end by the provider in the middle of a change waits for the change to settle, then ends the row`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await world.services.subscriptions.prepareSale(of: .graph("ladybug-large"), interval: .monthly)
            let request = PlanChangeRequest(
                subscription: graph.id, plan: .graph("ladybug-large"), user: world.owner.userID, operation: nil)
            _ = try await world.store.withTransaction(.system) {
                try await world.services.subscriptions.beginPlanChange(request, in: $0)
            }
            world.provider.end(graph.provider, reason: nil)
            let news = try await world.deliver("customer.subscription.deleted", graph.provider)
            // The news comes while the change is under way: it ends nothing yet.
            _ = try await world.run(ProcessInboundEvent.kind, JSON.encode(ProcessInboundEvent(event: news)))
            #expect(try await world.subscription(graph.id).status == .upgrading)
            #expect(try await world.events("subscription_ended") == 0)
            for _ in 1...20 {
                world.clock.advance(by: .minutes(30))
                try await world.deliver("customer.subscription.deleted", graph.provider)
                try await world.drain()
            }
            let row = try await world.subscription(graph.id)
            #expect(row.status == .canceled)
            #expect(row.cancellation?.origin == .provider)
            #expect(try await world.count("SELECT count(*) FROM billing.plan_change WHERE ended_at IS NULL") == 0)
            #expect(try await world.events("subscription_ended") == 1)
            let late = try await world.count(
                """
                SELECT count(*) FROM billing.plan_change c JOIN billing.subscription s ON s.id = c.subscription_id
                WHERE s.closed_at < c.ended_at OR s.canceled_at < c.ended_at
                """)
            #expect(late == 0)
        }
    }

    @Test(arguments: [-1, 0, 1])
    func `BIL-141 news of a renewal against an end at the boundary: access at the end is none or renewed, and the money agrees`(
        _ seconds: Int64
    ) async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            let end = try #require(try await world.subscription(graph.id).currentPeriod?.end)
            world.clock.advance(to: end + .seconds(seconds))
            // The provider renewed at the instant; nobody here has heard of it when the customer ends.
            if seconds >= 0 { world.provider.renew(graph.provider, paid: true) }
            async let news: Void = {
                try await world.deliver("customer.subscription.updated", graph.provider)
                try await world.drain()
            }()
            async let ended = Result { try await cancel(world, graph.id, .periodEnd) }
            let outcome = await ended
            try await news
            try await world.drain()
            let row = try await world.subscription(graph.id)
            let object = try #require(try await world.provider.subscription(graph.provider, budget: .job).object)
            switch outcome {
            case .success:
                #expect(row.status == .canceled)
                #expect(row.endsAt == object.endsAt)
                // Never both: what ends at the old boundary was not renewed beyond it.
                #expect(row.endsAt == object.period?.end)
            case .failure:
                #expect(row.status == .active)
                #expect(row.currentPeriod?.end == object.period?.end)
            }
            let paid = try await world.provider.invoices(of: graph.provider, budget: .job).count
            #expect(paid == (seconds >= 0 ? 2 : 1))
        }
    }

    @Test func `BIL-142 two finalisations, two renewals, two allocations and two applications of one thing are one`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            try await world.credit(3_000)
            let id = try await world.invoicedGraph()
            let row = try await world.subscription(id)
            let period = try #require(row.currentPeriod)
            world.clock.advance(to: period.end)
            let renewal = try JSON.encode(RenewNetTerms(subscription: id, periodEnd: period.end))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...10 {
                    group.addTask { _ = try await world.run(RenewNetTerms.kind, renewal) }
                    group.addTask { _ = try await world.run(RefillCreditPools.kind, JSON.encode(RefillCreditPools())) }
                }
                try await group.waitForAll()
            }
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE kind = 'own'") == 2)
            #expect(try await world.count("SELECT count(DISTINCT period_start) FROM billing.invoice WHERE kind = 'own'") == 2)
            #expect(try await world.count("SELECT count(DISTINCT number) FROM billing.invoice WHERE kind = 'own'") == 2)
            #expect(try await world.count("SELECT count(*) FROM billing.account_credit_entry WHERE kind = 'apply'") == 1)
            #expect(try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit_entry") == 0)
            let windows = try await world.database.adminClient.query(
                "SELECT count(*) AS n FROM billing.credit_transaction WHERE type = 'allocation' GROUP BY pool_id, created_at")
            #expect(!windows.isEmpty)
            for window in windows { #expect(try window.decode("n", as: Int64.self) == 1) }
            let draft = try await world.money.invoices.prepare([try world.line(700)], for: nil, to: world.org, period: nil)
            let finalised = await withTaskGroup(of: Bool.self) { group in
                for _ in 1...10 {
                    group.addTask { (try? await world.money.invoices.finalise(draft.id, by: world.operatorActor)) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(finalised == 1)
            #expect(try await world.count("SELECT count(DISTINCT number) FROM billing.invoice WHERE kind = 'own'") == 3)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `BIL-134 sixty-four at once, on the same rows from every side, never lock each other out`() async throws {
        try await BillingWorld.with { world in
            let first = try await world.activeGraph()
            let second = try await world.sellAnother("kg2222222222222222222b")
            let payment = try #require(world.provider.payment(of: first.provider))
            let invoice = try #require(world.provider.lastInvoice(of: second.provider))
            let before = try await world.count("SELECT deadlocks::bigint FROM pg_stat_database WHERE datname = current_database()")
            let problems = await withTaskGroup(of: String?.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        do {
                            try await act(number, world, first, second, payment, invoice)
                            return nil
                        } catch let error as PostgresError where error.sqlState == .deadlockDetected {
                            return "\(number % 8): \(error)"
                        } catch {
                            return nil
                        }
                    }
                }
                return await group.reduce(into: [String]()) { if let problem = $1 { $0.append(problem) } }
            }
            #expect(problems.isEmpty, "\(problems)")
            _ = try await world.database.adminClient.query("SELECT pg_stat_force_next_flush()")
            let after = try await world.count("SELECT deadlocks::bigint FROM pg_stat_database WHERE datname = current_database()")
            #expect(after == before)
            try await world.drain()
        }
    }

    private func act(
        _ number: Int, _ world: BillingWorld, _ first: (id: Subscription.ID, provider: ProviderID),
        _ second: (id: Subscription.ID, provider: ProviderID), _ payment: ProviderID, _ invoice: ProviderID
    ) async throws {
        let graph = number.isMultiple(of: 16) ? second : first
        func process(_ type: String, _ object: ProviderID) async throws {
            let event = try await world.deliver(type, object)
            _ = try await world.run(ProcessInboundEvent.kind, JSON.encode(ProcessInboundEvent(event: event)))
        }
        switch number % 8 {
        case 0: try await process("customer.subscription.updated", graph.provider)
        case 1: try await process("invoice.paid", invoice)
        case 2: try await cancel(world, graph.id, .periodEnd)
        case 3:
            _ = try await world.services.subscriptions.uncancel(
                UncancelSubscription(subscription: graph.id, by: .person(world.owner.userID)))
        case 4:
            _ = try await world.services.refunds.refund(
                RefundRequest(
                    org: world.org, payment: payment, amount: 1, reason: "asked for", key: "\(number)", actor: world.operatorActor))
        case 5: try await world.credit(100, key: "\(number)")
        case 6: _ = try await world.services.billing.customer(of: world.org, as: world.owner)
        default:
            _ = try await world.services.subscriptions.changePlan(
                PlanChangeRequest(subscription: graph.id, plan: .graph("ladybug-large"), user: world.owner.userID, operation: nil))
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
