import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import Billing

/// The nets under due work with money: every job is lost, and what was due happens all the same. The clock is the world's own and moves only
/// by what a test says.
@Suite struct LostWorkTests {
    private func loseJobs(_ world: BillingWorld) async throws {
        try await world.database.adminClient.execute("DELETE FROM jobs.job")
    }

    /// Looks once as the schedule would.
    @discardableResult
    private func look(for net: MoneyNet, _ world: BillingWorld) async throws -> JobOutcome {
        try await world.run(CatchLostWork.kind, JSON.encode(CatchLostWork(net: net)))
    }

    private func jobs(_ kind: String, _ world: BillingWorld) async throws -> Int {
        try await world.count("SELECT count(*) FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = \(kind)")
    }

    @Test func `OPS-115 an order to the provider that lost its job is sent or read back within two minutes, and told of when it is late`()
        async throws
    {
        let schedule = try #require(CatchLostWork.schedules.first { $0.name == "billing.catch_intents" })
        #expect(schedule.cron.description == "* * * * *" && schedule.missed == .once)
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            world.provider.fail("create_subscription", with: .unknown(ProviderFailure(kind: .timeout)))
            let plan = PlanKey.graph("ladybug-standard")
            let id = Subscription.ID.make(at: world.now)
            let sale = NewSubscription(
                id: id, org: world.org, entitlement: try await world.services.subscriptions.entitlement(of: world.org, to: plan),
                plan: plan,
                requestedBy: world.owner.userID, configuration: [:], operation: nil)
            try await world.services.subscriptions.prepareSale(of: plan, interval: .monthly)
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.open(sale, in: $0) }
            try await world.drain()
            #expect(try await world.subscription(id).status == .pending)
            try await loseJobs(world)
            world.clock.advance(by: MoneyNet.patience - .microseconds(1))
            try await look(for: .intents, world)
            #expect(try await jobs(SendProviderIntent.kind, world) == 0)
            world.clock.advance(by: .microseconds(1))
            for _ in 1...2 { try await look(for: .intents, world) }
            #expect(try await jobs(SendProviderIntent.kind, world) == 1)
            func told(_ severity: String) async throws -> Int {
                try await world.count("SELECT count(*) FROM billing.notice WHERE key LIKE \("intent_\(severity):%")")
            }
            #expect(try await told("alarm") == 0)
            world.clock.advance(by: .hours(1))
            for _ in 1...2 { try await look(for: .intents, world) }
            #expect(try await told("alarm") == 1)
            #expect(try await told("critical") == 0)
            world.clock.advance(by: .hours(23))
            for _ in 1...2 { try await look(for: .intents, world) }
            #expect(try await told("critical") == 1)
            try await world.drain()
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(world.provider.effects(of: "create_subscription") == 1)
            try await look(for: .intents, world)
            #expect(try await jobs(SendProviderIntent.kind, world) == 0)
        }
    }

    @Test func `OPS-115 an order that is no org's is told of after an hour and then once a day, however often it is looked at`()
        async throws
    {
        try await BillingWorld.with { world in
            let lines = Mutex<[String]>([])
            let log = Log(
                label: "billing", level: .error, sink: { line in lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } })
            let handler = CatchLostWorkHandler(
                store: TestBillingStore(client: world.database.systemClient, dateSource: world.clock),
                meters: NetMeters(metrics: Metrics(), log: .silent), log: log)
            let context = JobContext(
                lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: world.clock,
                effects: NoEffects())
            _ = try await world.activeGraph()
            try await world.database.adminClient.withTransaction(scope: .system) { transaction in
                try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
                try await transaction.execute(
                    """
                    INSERT INTO billing.intent (id, object, op_seq, kind, command, state, created_at)
                    SELECT \(ProviderIntent.ID.make(at: world.now)), object, op_seq + 1000, kind, command, 'queued', \(world.now)
                    FROM billing.intent ORDER BY created_at LIMIT 1
                    """)
            }
            /// Looks twice, and gives the severities that were told of.
            func told() async throws -> [String] {
                for _ in 1...2 { _ = try await handler.run(CatchLostWork(net: .intents), context: context) }
                return lines.withLock { lines in
                    defer { lines = [] }
                    return lines.map { $0.contains("critical") ? "critical" : "alarm" }
                }
            }
            world.clock.advance(by: .hours(1) - .seconds(1))
            #expect(try await told() == [])
            world.clock.advance(by: .seconds(1))
            #expect(try await told() == ["alarm"])
            world.clock.advance(by: .hours(22))
            #expect(try await told() == [])
            world.clock.advance(by: .hours(1))
            #expect(try await told() == ["critical"])
            world.clock.advance(by: .days(1))
            #expect(try await told() == ["critical"])
            #expect(try await world.count("SELECT count(*) FROM billing.notice WHERE org_id IS NULL AND key LIKE 'intent_%'") == 3)
        }
    }

    @Test func `OPS-116 an event of the provider that lost its job is applied after a minute, and not while its switch is off`()
        async throws
    {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            _ = try #require(world.provider.pay(session))
            try await world.deliver("checkout.session.completed", session)
            try await loseJobs(world)
            world.clock.advance(by: .seconds(60) - .microseconds(1))
            try await look(for: .events, world)
            #expect(try await jobs(ProcessInboundEvent.kind, world) == 0)
            world.clock.advance(by: .microseconds(1))
            let controls = BillingControls(
                store: TestBillingStore(client: world.database.systemClient, dateSource: world.clock), dateSource: world.clock)
            try await controls.set(.processEvents, isOn: false, because: "a fault is looked into", by: "Ada")
            #expect(try await look(for: .events, world) == .cancelled(reason: "process_events is off"))
            #expect(try await jobs(ProcessInboundEvent.kind, world) == 0)
            try await controls.set(.processEvents, isOn: true, because: "the fault is mended", by: "Ada")
            for _ in 1...2 { try await look(for: .events, world) }
            #expect(try await jobs(ProcessInboundEvent.kind, world) == 1)
            try await world.drain()
            #expect(try await world.subscription(id).status == .provisioning)
            try await look(for: .events, world)
            #expect(try await jobs(ProcessInboundEvent.kind, world) == 0)
        }
    }

    @Test func `OPS-108 five months whose renewals were lost are billed one by one in order`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice(.net90)
            let id = try await world.invoicedGraph()
            let first = try #require(try await world.subscription(id).currentPeriod)
            try await loseJobs(world)
            world.clock.advance(to: first.end - .seconds(1))
            try await look(for: .renewals, world)
            #expect(try await jobs(RenewNetTerms.kind, world) == 0)
            world.clock.advance(to: first.start.addingMonths(5, anchoredOnDay: 15) + .hours(1))
            for _ in 1...2 { try await look(for: .renewals, world) }
            #expect(try await jobs(RenewNetTerms.kind, world) == 1)
            try await world.drain()
            let starts = try await world.database.adminClient.query("SELECT period_start FROM billing.invoice ORDER BY number")
                .map { try $0.decode("period_start", as: Instant.self) }
            #expect(starts == (0...5).map { first.start.addingMonths($0, anchoredOnDay: 15) })
            #expect(try await world.entries("subscription_renewed") == 5)
            // The next one has its job already.
            try await look(for: .renewals, world)
            #expect(try await jobs(RenewNetTerms.kind, world) == 1)
        }
    }

    @Test func `OPS-109 both deadlines of a debt are kept to the second though their jobs were lost, and the debt is read back first`()
        async throws
    {
        try await BillingWorld.with { world in
            let (lost, settled) = (try await world.activeGraph(), try await world.sellAnother("kg0123456789abcdef4567"))
            world.clock.advance(by: .days(31))
            for provider in [lost.provider, settled.provider] {
                world.provider.renew(provider, paid: false)
                try await world.deliver("customer.subscription.updated", provider)
            }
            try await world.drain()
            let grace = try #require(try await world.subscription(lost.id).graceDeadline)
            #expect(try await world.subscription(settled.id).graceDeadline == grace)
            try await loseJobs(world)
            world.clock.advance(to: grace - .seconds(1))
            try await look(for: .deadlines, world)
            #expect(try await jobs(EnforceDeadline.kind, world) == 0)
            world.clock.advance(by: .seconds(1))
            // Paid, and no event told of it.
            world.provider.settleDebt(of: settled.provider)
            for _ in 1...2 { try await look(for: .deadlines, world) }
            #expect(try await jobs(EnforceDeadline.kind, world) == 2)
            // Nobody knows: nothing is done.
            world.provider.failReads(with: ProviderFailure(kind: .unreachable), ProviderFailure(kind: .unreachable))
            try await world.drain()
            #expect(try await world.subscription(lost.id).status == .pastDue)
            #expect(try await world.subscription(settled.id).status == .pastDue)
            world.clock.advance(by: .minutes(5))
            try await world.drain()
            #expect(try await world.subscription(lost.id).status == .unpaid)
            #expect(try await world.subscription(settled.id).status == .active)
            let final = try #require(try await world.subscription(lost.id).finalDeadline)
            try await loseJobs(world)
            world.clock.advance(to: final - .seconds(1))
            try await look(for: .deadlines, world)
            #expect(try await jobs(EnforceDeadline.kind, world) == 0)
            world.clock.advance(by: .seconds(1))
            try await look(for: .deadlines, world)
            try await world.drain()
            #expect(try await world.subscription(lost.id).status == .canceled)
            #expect(try await world.subscription(settled.id).status == .active)
        }
    }

    @Test func `OPS-110 an own invoice whose jobs were lost is overdue once and reminded of on four days, by two nets at once`()
        async throws
    {
        try await BillingWorld.with { world in
            try await world.payByInvoice(.net15)
            let id = try await world.invoicedGraph()
            let invoice = try #require(
                try await world.store.withTransaction(.system) {
                    try await $0.lockedUnsettledInvoices(of: id, org: world.org).first
                })
            let due = try #require(invoice.dueDate)
            for (days, reminders) in [(-7, 1), (0, 1), (1, 2), (7, 3), (14, 4)] {
                try await loseJobs(world)
                world.clock.advance(to: due + .days(days) - .seconds(1))
                try await look(for: .invoices, world)
                #expect(try await jobs(WatchInvoice.kind, world) == 0)
                world.clock.advance(by: .seconds(1))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 1...2 { group.addTask { try await look(for: .invoices, world) } }
                    try await group.waitForAll()
                }
                #expect(try await jobs(WatchInvoice.kind, world) == 1)
                try await world.drain()
                #expect(try await world.events("invoice_reminder_due") == reminders)
            }
            #expect(try await world.ownInvoice(invoice.id).overdueAt == due)
            #expect(try await world.entries("invoice_overdue") == 1)
            #expect(try await world.entries("subscription_past_due") == 1)
            try await loseJobs(world)
            try await look(for: .invoices, world)
            #expect(try await jobs(WatchInvoice.kind, world) == 0)
        }
    }

    @Test func `OPS-113 a credit whose jobs were lost is told of once 14 days before its end, and then forfeited`() async throws {
        let schedule = try #require(CatchLostWork.schedules.first { $0.name == "billing.catch_credits" })
        #expect(schedule.cron.description == "30 0 * * *" && schedule.missed == .once)
        try await BillingWorld.with { world in
            let end = world.now + .days(30)
            try await world.credit(300, expires: end)
            // It lives too short to be told of, and this one has no end.
            try await world.credit(50, expires: world.now + .days(10))
            try await world.credit(100)
            try await loseJobs(world)
            world.clock.advance(by: .days(10))
            try await look(for: .credits, world)
            #expect(try await jobs(ExpireAccountCredit.kind, world) == 1)
            try await world.drain()
            #expect(try await world.balance().total == 400)
            world.clock.advance(to: end + .days(-14) - .seconds(1))
            try await look(for: .credits, world)
            #expect(try await jobs(ExpireAccountCredit.kind, world) == 0)
            world.clock.advance(by: .seconds(1))
            for _ in 1...2 {
                for _ in 1...2 { try await look(for: .credits, world) }
                try await world.drain()
            }
            #expect(try await world.events("account_credit_expiring") == 1)
            world.clock.advance(to: end - .seconds(1))
            try await look(for: .credits, world)
            #expect(try await jobs(ExpireAccountCredit.kind, world) == 0)
            world.clock.advance(by: .seconds(1))
            try await look(for: .credits, world)
            try await world.drain()
            #expect(try await world.balance().total == 100)
            #expect(try await world.entries("account_credit_expired") == 2)
            #expect(try await world.events("account_credit_expiring") == 1)
        }
    }

    @Test func `OPS-098 a net takes a page at a time, keeps its place in the next job, and counts what it found, enqueued and skipped`()
        async throws
    {
        try await BillingWorld.with { world in
            for number in 1...5 { try await world.deliver("invoice.paid", ProviderID("in_\(number)")) }
            world.clock.advance(by: MoneyNet.patience)
            let metrics = Metrics()
            let handler = CatchLostWorkHandler(
                store: TestBillingStore(client: world.database.systemClient, dateSource: world.clock),
                meters: NetMeters(metrics: metrics, log: .silent), log: .silent, page: 2)
            let context = JobContext(
                lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: world.clock,
                effects: NoEffects())
            /// Follows the pages to the last one, and says how many there were.
            func walk() async throws -> Int {
                _ = try await handler.run(CatchLostWork(net: .events), context: context)
                for page in 1...10 {
                    let next = try await world.database.adminClient.query(
                        """
                        DELETE FROM jobs.job USING jobs.kind k
                        WHERE k.id = kind_id AND k.name = \(CatchLostWork.kind) RETURNING args
                        """)
                    guard let row = next.first else { return page }
                    #expect(next.count == 1)
                    let job = try JSON.decode(CatchLostWork.self, from: JSON.encode(row.decode("args", as: JSONValue.self)))
                    #expect(job.after != nil)
                    _ = try await handler.run(job, context: context)
                }
                return 0
            }
            func count(_ result: String) -> Int {
                metrics.counter(
                    "trellis_net_rows_total", help: "Due work that nets looked at, and whether it had lost its job.",
                    labels: [Label("net", "billing.catch_events"), Label("result", result)]
                ).value
            }
            // Everything has its job: nothing is caught.
            #expect(try await walk() == 3)
            #expect([count("found"), count("enqueued"), count("skipped")] == [5, 0, 5])
            #expect(!metrics.render().contains("trellis_jobs_net_catch_total"))
            try await world.database.adminClient.execute("DELETE FROM jobs.job WHERE id IN (SELECT min(id) FROM jobs.job)")
            #expect(try await walk() == 3)
            #expect([count("found"), count("enqueued"), count("skipped")] == [10, 1, 9])
            #expect(metrics.render().contains("trellis_jobs_net_catch_total 1"))
            #expect(try await jobs(ProcessInboundEvent.kind, world) == 5)
            #expect(CatchLostWork.page == 1_000)
            // The pages of a walk and the next tick are serial by one key.
            #expect(CatchLostWork.schedules.map(\.serialKey) == MoneyNet.allCases.map(\.name))
            #expect(CatchLostWork.schedules.count == MoneyNet.allCases.count)
        }
    }
}
