import Billing
import BillingPostgres
import BillingTesting
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What becomes of sales of which nobody hears any more. The clock is the deployment's own and moves only by what a test says.
@Suite struct PaidSaleNetTests {
    private func call(_ key: String, _ deployment: Deployment) throws -> IdempotentCall {
        IdempotentCall(
            user: deployment.owner, org: deployment.org, operation: .createGraph, graphScope: "new", key: try #require(RequestKey(key)),
            fingerprint: try CallFingerprint(method: "POST", route: "/v1/graphs", pathValues: [:], query: [], body: ["name": "Ledger"]))
    }

    /// The first transaction of a creation, after which its process dies.
    private func sell(key: String? = nil, _ deployment: Deployment) async throws -> Operations.Operation.ID {
        let (now, plan) = (deployment.clock.now, PlanKey.graph("ladybug-standard"))
        let (operation, graph) = (Operation.ID.make(at: now), GraphID.make())
        let entitlement = try await deployment.subscriptions.entitlement(of: deployment.org, to: plan)
        if case .card = entitlement { try await deployment.subscriptions.prepareSale(of: plan, interval: .monthly) }
        let sale = NewSubscription(
            id: .make(at: now), org: deployment.org, entitlement: entitlement, plan: plan, requestedBy: deployment.owner,
            configuration: ["graph_id": .string(graph.description), "name": "Ledger"], operation: operation.description)
        let call: IdempotentCall? = if let key { try self.call(key, deployment) } else { nil }
        try await deployment.store.withTransaction(.system) { transaction in
            #expect(try await transaction.replay(of: call, for: operation, isSettled: false, at: now) == nil)
            _ = try await deployment.subscriptions.open(sale, in: transaction)
        }
        return operation
    }

    private func declineOnce(_ deployment: Deployment) {
        deployment.provider.fail(
            "create_subscription",
            with: .refused(ProviderRefusal(kind: .declined, code: "card_declined", customerMessage: "No funds.")))
    }

    @Test
    func
        `OPS-016 OPS-137 a key whose process died inside a sale is in progress until the sale is decided, and then answered with its refusal`()
        async throws
    {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            let refusal = StoredAnswer(status: 402, body: ["detail": "No funds.", "code": "PAYMENT_DECLINED"])
            _ = try await sell(key: "lost", deployment)
            await #expect(throws: GraphError.idempotency(.inProgress)) { try await deployment.create(key: "lost") }
            declineOnce(deployment)
            try await deployment.worker.drain()
            await #expect(throws: refusal) { try await deployment.create(key: "lost") }
            #expect(deployment.provider.effects(of: "create_subscription") == 0)

            // What was left before answers were stored with the outcome is settled by the hourly search, and only when it is decided.
            let left = try await sell(key: "left", deployment)
            declineOnce(deployment)
            try await deployment.worker.drain()
            try await deployment.database.adminClient.execute(
                "UPDATE operations.idempotency_record SET state = 'open', status = NULL, body = NULL WHERE operation_id = \(left)")
            deployment.provider.fail("create_subscription", with: .retryLater(ProviderFailure(kind: .unreachable)))
            let paid = try await sell(key: "paid", deployment)
            try await deployment.worker.drain()
            // The page is smaller than what there is to look at.
            let upkeep = OperationUpkeep(
                client: deployment.database.systemClient, calls: deployment.services.decidedSales, page: 1)
            func settled() async throws -> Int { try await upkeep.forgetRequestKeys(at: deployment.clock.now).settled }
            deployment.clock.advance(by: .minutes(2) - .seconds(1))
            #expect(try await settled() == 0)
            await #expect(throws: GraphError.idempotency(.inProgress)) { try await deployment.create(key: "left") }
            deployment.clock.advance(by: .seconds(1))
            #expect(try await settled() == 1)
            #expect(try await settled() == 0)
            await #expect(throws: refusal) { try await deployment.create(key: "left") }
            await #expect(throws: GraphError.idempotency(.inProgress)) { try await deployment.create(key: "paid") }
            // The payment is confirmed: its operation is the answer.
            try await deployment.worker.drain()
            let answer = try await deployment.create(key: "paid")
            #expect(answer.isReplay && answer.operation.id == paid)
            #expect(try await settled() == 1)
            #expect(
                try await deployment.database.adminClient.query("SELECT FROM operations.idempotency_record WHERE state = 'open'").isEmpty)
        }
    }

    @Test func `OPS-014 a sale that the provider refuses for a reason of ours is refused in the same words when it is repeated`()
        async throws
    {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            deployment.provider.fail(
                "create_subscription", with: .refused(ProviderRefusal(kind: .badRequest, code: "parameter_unknown", customerMessage: nil)))
            let first = await #expect(throws: StoredAnswer.self) { try await deployment.create(key: "k") }
            #expect(first?.status == 402)
            let second = await #expect(throws: StoredAnswer.self) { try await deployment.create(key: "k") }
            #expect(second == first)
        }
    }

    @Test func `OPS-105 a payment of which no event told has its graph within five minutes, once`() async throws {
        let schedule = try #require(CatchPaidSales.schedule)
        #expect(schedule.cron.description == "*/5 * * * *" && schedule.missed == .once)
        #expect(ProvisionSale.lane == .lifecycle && CatchPaidSales.page == 1_000)
        try await Deployment.with { deployment in
            func sweep() async throws {
                try await deployment.store.withTransaction(.system) { try await $0.enqueue(CatchPaidSales(), .standard) }
                try await deployment.worker.drain()
            }
            let operation = try await sell(deployment)
            try await deployment.database.adminClient.execute("DELETE FROM jobs.event")
            try await deployment.database.adminClient.execute("DELETE FROM jobs.job")
            deployment.clock.advance(by: CatchPaidSales.patience - .microseconds(1))
            try await sweep()
            #expect(try await deployment.store.operation(operation) == nil)
            deployment.clock.advance(by: .microseconds(1))
            for _ in 0..<2 { try await sweep() }
            #expect(try await deployment.operation(operation).status == .completed)
            let graphs = try await deployment.database.adminClient.query("SELECT id FROM graphs.graph WHERE status = 'active'")
            #expect(graphs.count == 1)
            #expect(try await deployment.database.adminClient.query("SELECT FROM jobs.job WHERE run_at <= \(deployment.clock.now)").isEmpty)
        }
    }

    @Test func `OPS-107 places and credits that were held for a time are free at its end, unless a page is open or an operation goes on`()
        async throws
    {
        let schedule = try #require(FreeLapsedHolds.schedule)
        #expect(schedule.cron.description == "* * * * *" && FreeLapsedHolds.lane == .maintenance)
        try await Deployment.with { deployment in
            let admin = deployment.database.adminClient
            _ = try await deployment.activeGraph()
            try await deployment.payByCard()
            let operation = try await sell(deployment)
            let sold = try #require(
                try await admin.query("SELECT id FROM billing.subscription WHERE operation_id = \(operation.description)").first
            ).decode("id", as: Subscription.ID.self)
            let end = try #require(
                try await admin.query("SELECT reserved_until FROM graphs.host_slot WHERE subscription_id = \(sold)").first
            ).decode("reserved_until", as: Instant.self)
            try await admin.execute("DELETE FROM jobs.job")
            _ = try await admin.pipeline([
                """
                INSERT INTO billing.credit_hold (id, org_id, pool_id, amount, key, expires_at, state, created_at)
                SELECT gen_random_uuid(), org_id, id, 5, 'k', \(end), 'open', created_at FROM billing.credit_pool
                """,
                """
                INSERT INTO billing.checkout (id, org_id, subscription_id, started_by, fingerprint, intent_id, state, expires_at, created_at)
                VALUES (gen_random_uuid(), \(deployment.org), \(sold), \(deployment.owner), 'f', gen_random_uuid(), 'open', \(end), \(start))
                """,
            ])
            /// Slots, places and credits that are held.
            func held() async throws -> [Int] {
                try await deployment.store.withTransaction(.system) { try await $0.enqueue(FreeLapsedHolds(), .standard) }
                try await deployment.worker.drain()
                return [
                    try await admin.query("SELECT FROM graphs.host_slot WHERE state = 'reserved'").count,
                    try await admin.query("SELECT FROM orgs.graph_slot WHERE graph_id IS NULL").count,
                    try await admin.query("SELECT FROM billing.credit_hold WHERE state = 'open'").count,
                ]
            }
            deployment.clock.advance(to: end - .microseconds(1))
            #expect(try await held() == [1, 1, 1])
            deployment.clock.advance(to: end)
            #expect(try await held() == [1, 1, 0])
            try await admin.execute("UPDATE billing.checkout SET state = 'expired'")
            try await deployment.store.withTransaction(.system) { transaction in
                _ = try await transaction.accept(
                    NewOperation(
                        kind: .createGraph, org: deployment.org, graph: nil, startedBy: deployment.owner, message: "Waiting", steps: [],
                        result: .null), id: operation, at: start)
            }
            #expect(try await held() == [1, 1, 0])
            try await deployment.store.withTransaction(.system) { transaction in
                _ = try await transaction.move(operation, .cancel(reason: "no more"), at: end)
            }
            #expect(try await held() == [0, 0, 0])
            #expect(try await deployment.store.limits(of: deployment.org)?.graphsHeld == 1)
            #expect(try await admin.query("SELECT FROM graphs.host_slot WHERE state = 'occupied'").count == 1)
        }
    }
}
