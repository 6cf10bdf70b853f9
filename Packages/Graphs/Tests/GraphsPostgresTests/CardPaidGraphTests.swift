import Audit
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

@Suite struct CardPaidGraphTests {
    private func cardPaid(_ body: @Sendable (Deployment) async throws -> Void) async throws {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            try await body(deployment)
        }
    }

    private func delete(_ id: GraphID, in deployment: Deployment, atPeriodEnd: Bool = false) async throws {
        _ = try await deployment.services.graphs.delete(
            id, confirmation: id.description, atPeriodEnd: atPeriodEnd, key: nil, as: deployment.caller)
    }

    private func freePlaces(of deployment: Deployment) async throws -> [Int] {
        [
            try await deployment.store.capacity().first?.freeSlots ?? -1,
            2 - (try await deployment.store.limits(of: deployment.org)?.graphsHeld ?? -1),
        ]
    }

    @Test func `GRA-006 a card is charged once before anything is accepted, and the payment is the first step that is shown`() async throws
    {
        try await cardPaid { deployment in
            let operation = try await deployment.create().operation
            #expect(operation.steps.first?.name == "Payment")
            #expect(operation.steps.first?.state == .done)
            try await deployment.worker.drain()
            #expect(try await deployment.operation(operation.id).status == .completed)
            #expect(deployment.provider.effects(of: "create_subscription") == 1)
        }
    }

    @Test(arguments: [ProviderRefusal.Kind.declined, .actionRequired])
    func `GRA-006 a decline and a needed action are 402, and both places are free again`(_ kind: ProviderRefusal.Kind) async throws {
        try await cardPaid { deployment in
            deployment.provider.fail(
                "create_subscription", with: .refused(ProviderRefusal(kind: kind, code: "card", customerMessage: "No funds.")))
            let refusal = await #expect(throws: GraphError.self) { try await deployment.create(key: "k") }
            guard case .paymentRequired(let code, let message) = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            #expect(code == (kind == .declined ? "PAYMENT_DECLINED" : "PAYMENT_ACTION_REQUIRED"))
            #expect(kind != .declined || message == "No funds.")
            #expect(try await freePlaces(of: deployment) == [5, 2])
            let rows = try await deployment.database.adminClient.query(
                "SELECT id FROM graphs.graph UNION ALL SELECT id::text FROM operations.operation")
            #expect(rows.isEmpty)
        }
    }

    @Test func `GRA-006 an answer that is lost leaves the step payment waiting, is read back, and nothing is charged twice`() async throws {
        try await cardPaid { deployment in
            deployment.provider.fail("create_subscription", with: .unknown(ProviderFailure(kind: .timeout)))
            let operation = try await deployment.create(key: "k").operation
            #expect(operation.status == .pending)
            #expect(operation.steps.first?.state == .waiting)
            let id = try #require(operation.graph.flatMap { GraphID($0) })
            for _ in 0..<4 { try await deployment.advance(.seconds(60)) }
            let done = try await deployment.operation(operation.id)
            #expect(done.status == .completed)
            #expect(done.steps.allSatisfy { $0.state == .done })
            #expect(try await deployment.graph(id).status == .active)
            #expect(deployment.provider.effects(of: "create_subscription") == 1)
            #expect(try await deployment.create(key: "k").operation.id == operation.id)
        }
    }

    @Test func `GRA-006 a payment that turns out to be declined later ends the operation that waits for it, and frees both places`()
        async throws
    {
        try await cardPaid { deployment in
            deployment.provider.fail(
                "create_subscription", with: .retryLater(ProviderFailure(kind: .unreachable)),
                .refused(ProviderRefusal(kind: .declined, code: "card_declined", customerMessage: "No funds.")))
            let operation = try await deployment.create().operation
            #expect(operation.steps.first?.state == .waiting)
            for _ in 0..<3 { try await deployment.advance(.seconds(60)) }
            let failed = try await deployment.operation(operation.id)
            #expect(failed.status == .failed)
            #expect(failed.failure == OperationFailure(code: "PAYMENT_DECLINED", message: "No funds."))
            #expect(try await freePlaces(of: deployment) == [5, 2])
            #expect(deployment.provider.effects(of: "create_subscription") == 0)
        }
    }

    @Test func `GRA-019 a failed provisioning ends the provider's subscription and gives every cent back, once`() async throws {
        try await cardPaid { deployment in
            deployment.engine.fail(.refused("database"))
            let operation = try await deployment.create().operation
            for _ in 0..<6 { try await deployment.advance(.seconds(60)) }
            #expect(try await deployment.operation(operation.id).status == .failed)
            let collected = deployment.provider.collected
            #expect(collected > 0)
            #expect(deployment.provider.refunded == collected)
            #expect(deployment.provider.effects(of: "cancel_now") == 1)
            #expect(deployment.provider.effects(of: "refund") == 1)
            #expect(deployment.provider.runningSubscriptions.isEmpty)
            // One event tells of the graph and one of the money; the mails are made of them.
            let told = try await deployment.database.adminClient.query(
                "SELECT payload FROM jobs.event WHERE topic IN ('graphs.graph_provisioning_failed', 'billing.subscription_provisioning_failed')"
            )
            #expect(told.count == 2)
        }
    }

    @Test func `GRA-047 during an outage of three days the graph goes at once, the cancel is alarmed about, and is made exactly once`()
        async throws
    {
        try await cardPaid { deployment in
            let id = try await deployment.activeGraph()
            let outage = ProviderOutcome.retryLater(ProviderFailure(kind: .unreachable))
            for _ in 0..<90 { deployment.provider.fail("cancel_now", with: outage) }
            try await delete(id, in: deployment)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).status == .deprovisioned)
            #expect(try await deployment.audit("provider_cancel_failed") == 0)
            for _ in 0..<3 { try await deployment.advance(.hours(1)) }
            #expect(try await deployment.audit("provider_cancel_failed") == 1)
            for _ in 0..<72 { try await deployment.advance(.hours(1)) }
            #expect(try await deployment.audit("provider_cancel_failed") == 1)
            #expect(deployment.provider.effects(of: "cancel_now") == 0)
            for _ in 0..<40 { try await deployment.advance(.hours(1)) }
            #expect(deployment.provider.effects(of: "cancel_now") == 1)
            #expect(deployment.provider.effects(of: "cancel_at_period_end") == 0)
            #expect(deployment.provider.runningSubscriptions.isEmpty)
            let failure = try await deployment.database.adminClient.query(
                """
                SELECT id FROM audit.entry WHERE type = 'operation_failed' AND risk = 'low' AND ref_job IS NOT NULL
                  AND ref_subscription IS NOT NULL
                """)
            #expect(failure.count == 1)
            let identity = try await deployment.database.adminClient.query("SELECT id FROM audit.entry WHERE type LIKE 'auth%'")
            #expect(identity.isEmpty)
        }
    }

    @Test func `GRA-056 what the provider ends, whatever the way, is suspended for seven days and not destroyed`() async throws {
        try await cardPaid { deployment in
            let id = try await deployment.activeGraph()
            let paid = try #require(deployment.provider.runningSubscriptions.first)
            deployment.provider.end(paid, reason: nil)
            try await deployment.hearOfProvider(paid)
            let suspended = try await deployment.graph(id)
            #expect(suspended.status == .suspended)
            #expect(suspended.mode == .none)
            #expect(suspended.purgeAt == deployment.clock.now + .days(7))
            #expect(try await deployment.objects(of: id).contains("d:" + id.databaseName))
            let (situation, _) = try await deployment.services.graphs.explain(id, as: deployment.caller)
            #expect(situation.changesAt == suspended.purgeAt)
            deployment.clock.advance(by: .days(7) - .seconds(1))
            try await deployment.worker.drain()
            #expect(try await deployment.objects(of: id).contains("d:" + id.databaseName))
            for _ in 0..<2 { try await deployment.advance(.seconds(1)) }
            #expect(try await deployment.graph(id).status == .deprovisioned)
        }
    }

    @Test func `GRA-063 an owner takes the end back a second before it, provider first, and the job of the old end does nothing`()
        async throws
    {
        try await cardPaid { deployment in
            let id = try await deployment.activeGraph()
            try await delete(id, in: deployment, atPeriodEnd: true)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).mode == .read)
            let endsAt = try #require(try await deployment.subscription(of: id).endsAt)
            deployment.clock.advance(to: endsAt - .seconds(1))
            let graphs = deployment.services.graphs
            await #expect(throws: GraphError.roleTooWeak(needed: .viewer)) {
                try await graphs.reactivate(id, key: nil, as: GraphCaller(user: deployment.member, org: deployment.org))
            }
            deployment.provider.fail("take_back_end", with: .retryLater(ProviderFailure(kind: .unreachable)))
            await #expect(throws: GraphError.self) { try await graphs.reactivate(id, key: nil, as: deployment.caller) }
            #expect(try await deployment.subscription(of: id).status == .canceled)
            let operation = try await graphs.reactivate(id, key: nil, as: deployment.caller).operation
            #expect(operation.status == .completed)
            #expect(operation.kind == .reactivateGraph)
            #expect(try await deployment.subscription(of: id).status == .active)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).mode == .full)
            try await deployment.advance(.days(9))
            #expect(try await deployment.graph(id).status == .active)
            #expect(deployment.provider.effects(of: "take_back_end") == 1)
        }
    }

    @Test func `GRA-063 at the end itself it is too late, and explain says so as well`() async throws {
        try await cardPaid { deployment in
            let id = try await deployment.activeGraph()
            try await delete(id, in: deployment, atPeriodEnd: true)
            let endsAt = try #require(try await deployment.subscription(of: id).endsAt)
            deployment.clock.advance(to: endsAt)
            let graphs = deployment.services.graphs
            await #expect(throws: GraphError.cancellationFinal) { try await graphs.reactivate(id, key: nil, as: deployment.caller) }
            let answers = try await graphs.explain(id, as: deployment.caller).answers
            #expect(answers.first { $0.action == .reactivate }?.refusal == .cancellationFinal)
            #expect(deployment.provider.effects(of: "take_back_end") == 0)
        }
    }

    @Test func `GRA-063 an end that is taken back in the provider's portal opens the graph for writes again`() async throws {
        try await cardPaid { deployment in
            let id = try await deployment.activeGraph()
            let paid = try #require(deployment.provider.runningSubscriptions.first)
            deployment.provider.planEnd(paid, isPlanned: true)
            try await deployment.hearOfProvider(paid)
            #expect(try await deployment.graph(id).mode == .read)
            deployment.provider.planEnd(paid, isPlanned: false)
            try await deployment.hearOfProvider(paid)
            #expect(try await deployment.graph(id).mode == .full)
        }
    }
}
