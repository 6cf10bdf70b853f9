import Audit
import BillingPostgres
import Core
@_spi(Authentication) import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Billing

@Suite struct CreditPoolTests {
    private let graph = ResourceID("kg0123456789abcdef0123")
    private let use = CreditUseDescription(operationType: "agent_call", text: "A question")

    private func balance(_ world: BillingWorld) async throws -> Int64 {
        try await world.money.pools.pool(of: try #require(graph), subscriber: nil).pool.balance.hundredths
    }

    private func foots(_ world: BillingWorld) async throws {
        let wrong = try await world.count(
            """
            SELECT count(*) FROM billing.credit_pool p WHERE p.balance < 0 OR p.balance <> (SELECT coalesce(sum(t.amount), 0)
                FROM billing.credit_transaction t WHERE t.org_id = p.org_id AND t.pool_id = p.id)
            """)
        #expect(wrong == 0)
    }

    @Test func `BIL-101 BIL-152 an activation opens a pool with the month's credits, in its transaction`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            let first = try await world.invoicedGraph()
            let second = try await world.invoicedGraph("kg00000000000000000002")
            let views = try await world.money.pools.pools(of: world.org, as: world.owner)
            #expect(views.map(\.pool.subscription) == [second, first])
            #expect(views.allSatisfy { $0.pool.balance == AICredits(8_000) && $0.pool.org == world.org })
            #expect(try await world.entries("credits_allocated") == 2)
            let member = try await world.admit(as: .member)
            await #expect(throws: (any Error).self) { try await world.money.pools.pools(of: world.org, as: member) }
            // What one graph uses leaves the other alone.
            try await world.money.pools.charge(AICredits(100), to: try #require(graph), subscriber: nil, key: "a", for: use)
            let after = try await world.money.pools.pools(of: world.org, as: world.owner)
            #expect(after.map(\.pool.balance) == [AICredits(8_000), AICredits(7_900)])
            #expect(after.map(\.used) == [AICredits(0), AICredits(100)])
            // An end takes the credits with it.
            let command = CancelSubscription(
                subscription: first, mode: .immediate, origin: .user, user: world.owner.userID, via: "test", bringingForward: false)
            _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
            #expect(try await world.money.pools.pools(of: world.org, as: world.owner).map(\.pool.subscription) == [second])
            await #expect(throws: MoneyRefusal.notFound) { try await balance(world) }
            try await foots(world)
        }
    }

    @Test func `BIL-103 a hundred charges, grants and holds at once: the balance is the sum of the ledger`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            _ = try await world.invoicedGraph()
            let pools = world.money.pools
            let graph = try #require(graph)
            let pool = try await pools.pool(of: graph, subscriber: nil).pool.id
            await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...100 {
                    group.addTask {
                        switch number % 4 {
                        case 0: try await pools.addBonus(AICredits(3), to: pool, because: "test", key: "\(number)", by: world.operatorActor)
                        case 1:
                            let hold = try await pools.hold(AICredits(50), of: graph, subscriber: nil, key: "\(number)")
                            try await pools.settle(hold, for: AICredits(20), use)
                        case 2: try await pools.settleUse(AICredits(500), of: graph, subscriber: nil, key: "\(number)", for: use)
                        default: _ = try? await pools.charge(AICredits(40), to: graph, subscriber: nil, key: "\(number)", for: use)
                        }
                    }
                }
                while let outcome = await group.nextResult() {
                    if case .failure(let error) = outcome { #expect(error is MoneyRefusal, "\(error)") }
                }
            }
            try await foots(world)
            for client in [world.database.client, world.database.systemClient] {
                await #expect(throws: PostgresError.self) {
                    try await client.execute("UPDATE billing.credit_pool SET balance = 1", scope: .system)
                }
                await #expect(throws: PostgresError.self) {
                    try await client.execute("DELETE FROM billing.credit_transaction", scope: .system)
                }
            }
            await #expect(throws: PostgresError.self) {
                try await world.database.adminClient.execute("UPDATE billing.credit_transaction SET amount = 0")
            }
        }
    }

    @Test
    func `ORG-125 the days of use are equal to the ledger, whatever is charged, given back or repeated at once, and nobody changes them`()
        async throws
    {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            _ = try await world.invoicedGraph()
            _ = try await world.invoicedGraph("kg00000000000000000002")
            let pools = world.money.pools
            let graphs = [try #require(graph), try #require(ResourceID("kg00000000000000000002"))]
            for day in 0..<4 {
                await withTaskGroup(of: Void.self) { group in
                    for number in 1...12 {
                        group.addTask {
                            let graph = graphs[number % 2]
                            // Each third is a repetition of another.
                            let key = "\(day)-\(number % 3 == 0 ? number - 2 : number)"
                            _ = try? await pools.charge(
                                AICredits(hundredths: Int64(100 * (number % 5 + 1))), to: graph, subscriber: nil, key: key, for: use)
                        }
                    }
                }
                let pool = try await pools.pool(of: graphs[0], subscriber: nil).pool.id
                try await pools.addBonus(AICredits(3), to: pool, because: "test", key: "bonus \(day)", by: world.operatorActor)
                world.clock.advance(by: .hours(17))
            }
            let ledger: Statement = """
                SELECT p.org_id, (t.created_at AT TIME ZONE 'UTC')::date AS day, p.resource_id, -sum(t.amount)::bigint, count(*)
                FROM billing.credit_transaction t JOIN billing.credit_pool p ON p.id = t.pool_id
                WHERE t.type IN ('consumption', 'refund') GROUP BY 1, 2, 3
                """
            let days: Statement = "SELECT org_id, day, graph_id, credits, operations FROM billing.credit_day"
            #expect(try await world.count("SELECT count(*) FROM billing.credit_day") >= 6)
            #expect(try await world.count("SELECT count(*) FROM (\(fragment: ledger) EXCEPT \(fragment: days)) AS missing") == 0)
            #expect(try await world.count("SELECT count(*) FROM (\(fragment: days) EXCEPT \(fragment: ledger)) AS surplus") == 0)
            for client in [world.database.client, world.database.systemClient] {
                await #expect(throws: PostgresError.self) {
                    try await client.execute("UPDATE billing.credit_day SET credits = 0", scope: .system)
                }
            }
        }
    }

    @Test func `BIL-104 a call that is repeated fifty times costs once, and its key fits no other amount`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            _ = try await world.invoicedGraph()
            let graph = try #require(graph)
            let ids = try await withThrowingTaskGroup(of: CreditTransaction.ID.self) { group in
                for _ in 1...50 {
                    group.addTask {
                        try await world.money.pools.charge(AICredits(10), to: graph, subscriber: nil, key: "same", for: use).transaction
                    }
                }
                return try await group.reduce(into: Set<CreditTransaction.ID>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try await balance(world) == 799_000)
            await #expect(throws: MoneyRefusal.keyReused) {
                try await world.money.pools.charge(AICredits(11), to: graph, subscriber: nil, key: "same", for: use)
            }
        }
    }

    @Test func `BIL-105 before the use a short pool is left alone, after it the pool is drained to zero`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            _ = try await world.invoicedGraph()
            let graph = try #require(graph)
            let pools = world.money.pools
            await #expect(throws: MoneyRefusal.insufficientCredits(need: 800_001, have: 800_000)) {
                try await pools.charge(AICredits(hundredths: 800_001), to: graph, subscriber: nil, key: "a", for: use)
            }
            #expect(try await balance(world) == 800_000)
            let charge = try await pools.settleUse(AICredits(9_000), of: graph, subscriber: nil, key: "b", for: use)
            #expect(charge.charged == AICredits(8_000))
            #expect(charge.shortfall == AICredits(1_000))
            #expect(charge.balance == AICredits(0))
            #expect(try await pools.settleUse(AICredits(9_000), of: graph, subscriber: nil, key: "b", for: use) == charge)
            #expect(try await world.entries("credits_exhausted") == 1)
        }
    }

    @Test func `BIL-106 a hold reserves, is settled for less or released, and lapses by itself`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            _ = try await world.invoicedGraph()
            let graph = try #require(graph)
            let pools = world.money.pools
            let first = try await pools.hold(AICredits(7_000), of: graph, subscriber: nil, key: "h1")
            #expect(try await pools.hold(AICredits(7_000), of: graph, subscriber: nil, key: "h1") == first)
            await #expect(throws: MoneyRefusal.insufficientCredits(need: 200_000, have: 100_000)) {
                try await pools.hold(AICredits(2_000), of: graph, subscriber: nil, key: "h2")
            }
            await #expect(throws: MoneyRefusal.insufficientCredits(need: 200_000, have: 100_000)) {
                try await pools.charge(AICredits(2_000), to: graph, subscriber: nil, key: "c", for: use)
            }
            await #expect(throws: MoneyRefusal.amountOutOfRange) { try await pools.settle(first, for: AICredits(7_001), use) }
            #expect(try await pools.settle(first, for: AICredits(100), use).balance == AICredits(7_900))
            await #expect(throws: MoneyRefusal.holdClosed) { try await pools.settle(first, for: AICredits(1), use) }
            let second = try await pools.hold(AICredits(7_900), of: graph, subscriber: nil, key: "h3")
            try await pools.release(second)
            let third = try await pools.hold(AICredits(7_900), of: graph, subscriber: nil, key: "h4")
            world.clock.advance(by: .seconds(300))
            await #expect(throws: MoneyRefusal.holdClosed) { try await pools.settle(third, for: AICredits(1), use) }
            try await pools.charge(AICredits(7_900), to: graph, subscriber: nil, key: "all", for: use)
            try await foots(world)
        }
    }

    @Test func `BIL-107 twenty-four months from a 31st: each month once, nothing rolls over`() async throws {
        try await BillingWorld.with { world in
            world.clock.advance(to: try #require(Instant("2026-01-31T10:00:00Z")))
            try await world.payByInvoice(.net90)
            _ = try await world.invoicedGraph()
            let graph = try #require(graph)
            let anchor = world.now
            for month in 1...24 {
                world.clock.advance(to: anchor.addingMonths(month, anchoredOnDay: 31))
                for _ in 1...2 { _ = try await world.run(RefillCreditPools.kind, JSON.encode(RefillCreditPools())) }
                try await world.money.pools.charge(AICredits(1), to: graph, subscriber: nil, key: "m\(month)", for: use)
                #expect(try await balance(world) == 799_900)
            }
            let query = CreditQuery(limit: 1_000)
            let page = try await world.money.pools.transactions(of: graph, subscriber: nil, query)
            #expect(page.transactions.filter { $0.kind == .allocation }.count == 25)
            #expect(page.transactions.filter { $0.kind == .expiration }.count == 24)
            let window = try await world.money.pools.pool(of: graph, subscriber: nil).pool.window
            #expect(window.start == Instant("2028-01-31T10:00:00Z"))
            #expect(window.end == Instant("2028-02-29T10:00:00Z"))
            try await foots(world)
        }
    }

    @Test func `BIL-108 after an outage over three months the first use brings one allocation, for the current month`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice(.net90)
            _ = try await world.invoicedGraph()
            let graph = try #require(graph)
            world.clock.advance(to: world.now.addingMonths(3, anchoredOnDay: 15) + .hours(1))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...10 {
                    group.addTask {
                        try await world.money.pools.charge(AICredits(1), to: graph, subscriber: nil, key: "\(number)", for: use)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await balance(world) == 799_000)
            #expect(try await world.entries("credits_allocated") == 2)
            #expect(try await world.entries("credits_expired") == 1)
        }
    }

    @Test func `BIL-109 a plan change posts the share of the month that is left, once, and its rollback takes it back`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            let id = try await world.invoicedGraph()
            let row = try await world.subscription(id)
            let catalogue = try BuiltInCatalogue.load()
            let window = try await world.money.pools.pool(of: try #require(graph), subscriber: nil).pool.window
            world.clock.advance(
                to: Instant(
                    microsecondsSinceEpoch: (window.start.microsecondsSinceEpoch + window.end.microsecondsSinceEpoch) / 2))
            func change(_ plan: String, _ key: String) async throws {
                try await world.store.withTransaction(.system) { transaction in
                    try await world.consequences.pools.changeAllocation(
                        of: row, to: try catalogue.plan(.graph(plan)), key: key, in: transaction)
                }
            }
            for _ in 1...2 { try await change("ladybug-large", "c1") }
            #expect(try await balance(world) == 800_000 + 1_200_000)
            try await change("ladybug-standard", "c1-undone")
            #expect(try await balance(world) == 800_000)
            // A downgrade never takes more than there is.
            try await change("ladybug-large", "c2")
            try await world.money.pools.settleUse(AICredits(19_999), of: try #require(graph), subscriber: nil, key: "u", for: use)
            try await change("ladybug-standard", "c3")
            #expect(try await balance(world) == 0)
            try await foots(world)
        }
    }

    @Test func `BIL-111 BIL-112 bonus and reset are ledgered once, and low credits are told once for each threshold`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            _ = try await world.invoicedGraph()
            let graph = try #require(graph)
            let pools = world.money.pools
            let pool = try await pools.pool(of: graph, subscriber: nil).pool.id
            for _ in 1...2 { try await pools.addBonus(AICredits(10), to: pool, because: "sorry", key: "b", by: world.operatorActor) }
            #expect(try await balance(world) == 801_000)
            await #expect(throws: MoneyRefusal.reasonRequired) {
                try await pools.addBonus(AICredits(10), to: pool, because: "", key: "c", by: world.operatorActor)
            }
            for (number, amount) in [6_410, 0, 1_100, 100, 200, 200].enumerated() where amount > 0 {
                try await pools.charge(AICredits(amount), to: graph, subscriber: nil, key: "u\(number)", for: use)
            }
            #expect(try await balance(world) == 0)
            #expect(try await world.events("credits_run_low") == 3)
            try await pools.reset(pool, because: "again", key: "r", by: world.operatorActor)
            #expect(try await balance(world) == 800_000)
            #expect(try await world.entries("credits_bonus") == 1)
            #expect(try await world.entries("credits_reset") == 1)
            try await foots(world)
        }
    }

    @Test func `BIL-110 the ledger is filtered by kind, use and days, and what was consumed is summed as absolute amounts`() async throws {
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            _ = try await world.invoicedGraph()
            let graph = try #require(graph)
            let pools = world.money.pools
            for (number, type) in ["agent_call", "agent_call", "search"].enumerated() {
                let use = CreditUseDescription(operationType: type, text: "x", user: world.owner.userID)
                try await pools.charge(AICredits(number + 1), to: graph, subscriber: nil, key: "\(number)", for: use)
                world.clock.advance(by: .days(1))
            }
            var query = CreditQuery()
            let all = try await pools.transactions(of: graph, subscriber: nil, query)
            #expect(all.total == 4)
            #expect(all.uses.map(\.operationType) == ["agent_call", "search"])
            #expect(all.uses.map(\.total) == [AICredits(3), AICredits(3)])
            #expect(all.transactions.first?.amount == AICredits(hundredths: -300))
            query.kind = .consumption
            query.operationType = "agent_call"
            query.from = world.now - .days(2)
            #expect(try await pools.transactions(of: graph, subscriber: nil, query).total == 1)
            query.from = nil
            query.limit = 1
            query.offset = 1
            let second = try await pools.transactions(of: graph, subscriber: nil, query)
            #expect(second.transactions.map(\.amount) == [AICredits(hundredths: -100)])
            #expect(second.total == 2)
        }
    }
}
