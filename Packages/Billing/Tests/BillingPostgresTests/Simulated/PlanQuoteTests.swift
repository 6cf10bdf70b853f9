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

/// What a change of plan is said to cost, and what it costs; the clock is the world's.
@Suite struct PlanQuoteTests {
    private static let yearly: JSONValue = [
        ["interval": "monthly", "amount_cents": 9_900], ["interval": "annual", "amount_cents": 99_000],
    ]

    private func request(
        _ sold: SimulatedWorld.Sold, _ plan: String, every interval: BillingInterval? = nil, _ quote: PlanChangeQuote.Reference? = nil,
        in world: SimulatedWorld
    ) throws -> SeatChangeRequest {
        let graph = try #require(ResourceID("kg0123456789abcdef0123"))
        return SeatChangeRequest(
            principal: world.owner, type: .graph, repository: graph, subscriber: nil, planName: plan, interval: interval, quote: quote)
    }

    private func quote(
        _ sold: SimulatedWorld.Sold, _ plan: String, every interval: BillingInterval? = nil, in world: SimulatedWorld
    ) async throws -> PlanChangeQuote {
        try await world.services.billing.seats.quote(request(sold, plan, every: interval, in: world))
    }

    private func accept(_ quote: PlanChangeQuote, _ sold: SimulatedWorld.Sold, in world: SimulatedWorld) async throws {
        _ = try await world.services.subscriptions.changePlan(
            PlanChangeRequest(
                subscription: sold.id, plan: quote.plan.key, interval: quote.interval, user: world.owner.userID, operation: nil,
                quote: quote.reference))
        try await world.settle()
    }

    private func newestBill(_ sold: SimulatedWorld.Sold, in world: SimulatedWorld) async throws -> (total: Int64, lines: [Int64]) {
        let bill = try await world.newestInvoice(sold)
        return (bill["total"]?.int ?? -1, (bill["lines"]?["data"]?.list ?? []).compactMap { $0["amount"]?.int }.sorted())
    }

    /// What nobody may find changed after a quote.
    private func written(_ world: SimulatedWorld) async throws -> [Int] {
        var counts: [Int] = []
        for table: Statement in [
            "SELECT count(*) FROM billing.plan_change", "SELECT count(*) FROM billing.intent WHERE org_id IS NOT NULL",
            "SELECT count(*) FROM audit.entry", "SELECT count(*) FROM jobs.event", "SELECT count(*) FROM billing.invoice",
            "SELECT sum(version)::bigint FROM billing.subscription",
        ] { counts.append(try await world.count(table)) }
        return counts
    }

    @Test func `BIL-063 a quote names the lines of the bill at a stated instant, and what is changed by it is billed to the cent`()
        async throws
    {
        for proration in ["charge_now", "next_invoice", "none"] {
            try await SimulatedWorld.with(policies: ["proration": .string(proration)]) { world in
                let sold = try await world.buyGraph()
                try await world.pass(.days(10) + .seconds(12_345))
                let before = try await written(world)
                let quote = try await quote(sold, "ladybug-large", in: world)
                #expect(try await written(world) == before)
                #expect(quote.at == world.now && quote.expiresAt == world.now + .minutes(10))
                #expect(quote.proration.rawValue == proration && !quote.restartsPeriod)
                // What was not asked for in time is not done, and another time is asked for anew.
                try await world.pass(.minutes(9))
                try await accept(quote, sold, in: world)
                #expect(try await world.subscription(sold.id).plan.key == .graph("ladybug-large"))
                if proration == "charge_now" {
                    #expect(quote.billedAt == quote.at)
                } else {
                    #expect(quote.billedAt == SimulatedWorld.start + .days(31))
                    try await world.pass(until: SimulatedWorld.start + .days(31) + .hours(2))
                }
                let bill = try await newestBill(sold, in: world)
                #expect(bill.total == quote.total && bill.lines == quote.lines.map(\.amount).sorted(), "\(proration): \(bill)")
                #expect(quote.lines.count == (proration == "charge_now" ? 2 : proration == "none" ? 1 : 3))
            }
        }
    }

    @Test func `BIL-063 a quote is over after ten minutes, holds for nothing that would cost otherwise, and fails as the change would`()
        async throws
    {
        try await SimulatedWorld.with(policies: ["proration": "charge_now"]) { world in
            let sold = try await world.buyGraph()
            try await world.pass(.days(10))
            let first = try await quote(sold, "ladybug-large", in: world)
            try await world.pass(.minutes(10))
            await #expect(throws: BillingError.quoteExpired) { try await accept(first, sold, in: world) }
            let second = try await quote(sold, "ladybug-large", in: world)
            #expect(second.total < first.total)
            // Somebody gives the customer something in between.
            try await world.simulator.call(
                "POST", "/v1/customers/\(sold.customer.rawValue)/balance_transactions", "amount=-300&currency=usd")
            await #expect(throws: BillingError.quoteChanged) { try await accept(second, sold, in: world) }
            #expect(try await world.count("SELECT count(*) FROM billing.plan_change") == 0)
            #expect(try await world.subscription(sold.id).status == .active)
            let third = try await quote(sold, "ladybug-large", in: world)
            #expect(third.total == second.total && third.amountDue == second.amountDue - 300)
            #expect(PlanChangeQuote.Reference(third.reference.description) == third.reference)
            await #expect(throws: BillingError.samePlan(.graph("ladybug-standard"))) {
                _ = try await quote(sold, "ladybug-standard", in: world)
            }
            await #expect(throws: BillingError.unknownPlan("gold")) { _ = try await quote(sold, "gold", in: world) }
            await #expect(throws: BillingError.planNotAvailable(.graph("ladybug-large"))) {
                _ = try await quote(sold, "ladybug-large", every: .annual, in: world)
            }
            // The plan of a graph changes where the graph moves as well.
            let (seats, wish) = (world.services.billing.seats, try request(sold, "ladybug-large", in: world))
            await #expect(throws: BillingError.changeAtCanonicalPath(wish.repository)) { _ = try await seats.changePlan(wish) }
            try await world.cancel(sold.id, .periodEnd)
            await #expect(throws: BillingError.subscriptionNotActive(.canceled)) { _ = try await quote(sold, "ladybug-large", in: world) }
        }
    }

    @Test func `BIL-069 monthly and annual are changes of plan: the period restarts as the provider says, the months of credits do not`()
        async throws
    {
        try await SimulatedWorld.with(policies: ["prices": Self.yearly]) { world in
            func window() async throws -> [Instant] {
                let rows = try await world.database.adminClient.query("SELECT window_start, window_end FROM billing.credit_pool")
                return try rows.flatMap { [try $0.decode("window_start", as: Instant.self), try $0.decode("window_end")] }
            }
            let sold = try await world.buyGraph()
            let started = try #require(try await world.subscription(sold.id).startedAt)
            try await world.pass(.days(10))
            let months = try await window()
            let yearly = try await quote(sold, "ladybug-standard", every: .annual, in: world)
            #expect(yearly.restartsPeriod && yearly.billedAt == yearly.at)
            #expect(yearly.lines.map(\.amount).max() == 99_000)
            let change = world.now
            let view = try await world.services.billing.seats.changePlan(
                request(sold, "ladybug-standard", every: .annual, yearly.reference, in: world))
            #expect(view.price.minorUnits == 99_000)
            try await world.settle()
            var row = try await world.subscription(sold.id)
            #expect(row.interval == .annual && row.status == .active && row.plan.key == .graph("ladybug-standard"))
            #expect(row.currentPeriod == Period(start: change, end: change.addingMonths(12, anchoredOnDay: change.calendarDate.day)))
            #expect(try await newestBill(sold, in: world).total == yearly.total)
            #expect(yearly.total < 99_000)
            #expect(try await window() == months)
            // A month later the credits of the next month are there, by the day on which it all began; nothing is charged.
            try await world.pass(until: started + .days(32))
            try await world.store.withTransaction(.system) { try await $0.enqueue(RefillCreditPools(), .standard) }
            try await world.worker.drain()
            #expect(try await window().first == started.addingMonths(1, anchoredOnDay: started.calendarDate.day))
            #expect(try await world.count("SELECT count(*) FROM billing.invoice WHERE status = 'paid'") == 2)
            // And back: what is left of the year is owed to the customer.
            let monthly = try await quote(sold, "ladybug-standard", every: .monthly, in: world)
            #expect(monthly.total < 0 && monthly.amountDue == 0)
            try await accept(monthly, sold, in: world)
            row = try await world.subscription(sold.id)
            #expect(row.interval == .monthly && row.currentPeriod?.start == world.now)
            #expect(try await world.simulator.ledger().first?["balance"]?.int == monthly.total)
            #expect(try await world.entries("plan_upgraded") == 1)
            #expect(try await world.entries("plan_downgraded") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.drift_item") == 0)
        }
    }

    @Test func `BIL-069 a year that cannot be paid leaves the month as it was`() async throws {
        try await SimulatedWorld.with(policies: ["prices": Self.yearly]) { world in
            let sold = try await world.buyGraph()
            try await world.pass(.days(10))
            let period = try await world.subscription(sold.id).currentPeriod
            try await world.program(sold, "insufficient_funds", "ok")
            await #expect(throws: BillingError.self) {
                _ = try await world.services.billing.seats.changePlan(request(sold, "ladybug-standard", every: .annual, in: world))
            }
            try await world.settle()
            let row = try await world.subscription(sold.id)
            #expect(row.interval == .monthly && row.status == .active && row.currentPeriod == period)
            #expect(try await world.simulator.ledger().first?["charged"]?.int == 9_900)
            #expect(try await world.remote(sold)["items"]?["data"]?.list.first?["price"]?["unit_amount"]?.int == 9_900)
        }
    }

    @Test func `BIL-069 BIL-063 on net terms the year begins when the month that was billed is over, at what was quoted`() async throws {
        try await SimulatedWorld.with(policies: ["prices": Self.yearly]) { world in
            let person = AuditActor.system(component: "test")
            try await world.services.money.invoices.setInvoiceBilling(of: world.org, enabled: true, terms: .net30, by: person)
            let id = Subscription.ID.make(at: world.now)
            let sale = NewSubscription(
                id: id, org: world.org, entitlement: .netTerms, plan: .graph("ladybug-standard"), requestedBy: world.owner.userID,
                configuration: [:], operation: nil)
            try await world.store.withTransaction(.system) { transaction in
                let row = try await world.services.subscriptions.open(sale, in: transaction)
                let fence = try #require(row.lease).fence
                let graph = try #require(ResourceID("kg0123456789abcdef0123"))
                try await world.services.subscriptions.link(graph, to: id, fence: fence, in: transaction)
                try await world.services.subscriptions.activate(id, fence: fence, in: transaction)
            }
            let sold = SimulatedWorld.Sold(id: id, provider: ProviderID("none"), customer: ProviderID("none"))
            let month = try #require(try await world.subscription(id).currentPeriod)
            try await world.pass(.days(10))
            let yearly = try await quote(sold, "ladybug-standard", every: .annual, in: world)
            #expect(yearly.total == 99_000 && yearly.billedAt == month.end)
            try await accept(yearly, sold, in: world)
            #expect(try await world.subscription(id).currentPeriod == month)
            try await world.pass(until: month.end + .hours(1))
            let year = try #require(try await world.subscription(id).currentPeriod)
            #expect(year == yearly.lines.first?.period)
            #expect(year == Period(start: month.end, end: month.end.addingMonths(12, anchoredOnDay: month.start.calendarDate.day)))
            let bills = try await world.database.adminClient.query("SELECT total FROM billing.invoice ORDER BY number").map {
                try $0.decode("total", as: Int64.self)
            }
            #expect(bills == [9_900, yearly.total])
        }
    }
}
