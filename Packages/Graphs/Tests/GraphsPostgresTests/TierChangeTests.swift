import Audit
import Billing
import BillingPostgres
import BillingTesting
import Core
import Graphs
import GraphsPostgres
import HTTPServer
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Operations
import OperationsHTTP
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct TierChangeTests {
    private func price(_ deployment: Deployment) async throws -> ProviderID? {
        let paid = try #require(deployment.provider.runningSubscriptions.first)
        return try await deployment.provider.subscription(paid, budget: .interactive).object?.price
    }

    private func connections(_ id: GraphID, in deployment: Deployment) async throws -> Int32? {
        try await deployment.database.adminClient.query("SELECT datconnlimit FROM pg_database WHERE datname = \(id.databaseName)").first?
            .decode("datconnlimit", as: Int32.self)
    }

    private func change(_ id: GraphID, to tier: String, in deployment: Deployment) async throws -> Operations.Operation {
        try await deployment.services.graphs.changeTier(id, to: tier, key: nil, as: deployment.caller).operation
    }

    @Test func `GRA-066 a graph on a host of both tiers changes limits, price, plan and tier without a copy`() async throws {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            let id = try await deployment.activeGraph()
            let before = try await price(deployment)
            let narrow = try #require(try await connections(id, in: deployment))
            let operation = try await change(id, to: "ladybug-large", in: deployment)
            #expect(operation.status == .pending)
            #expect(operation.result["new_tier"] == "ladybug-large")
            await #expect(throws: GraphError.upgrading) { try await change(id, to: "ladybug-xlarge", in: deployment) }
            await #expect(throws: GraphError.self) {
                try await deployment.services.graphs.delete(
                    id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            }
            try await deployment.worker.drain()
            #expect(try await deployment.operation(operation.id).status == .completed)
            let graph = try await deployment.graph(id)
            #expect(graph.tier == .large)
            #expect(graph.mode == .full)
            #expect(try await deployment.subscription(of: id).plan.key == .graph("ladybug-large"))
            #expect(try await deployment.subscription(of: id).status == .active)
            #expect(try await price(deployment) != before)
            #expect(try #require(try await connections(id, in: deployment)) > narrow)
            for type in ["graph_tier_change_started", "graph_tier_change_completed", "plan_upgraded"] {
                #expect(try await deployment.audit(type) == 1, "\(type)")
            }
        }
    }

    @Test func `BIL-063 a change of tier by a quote costs what was quoted, or nothing happens`() async throws {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            let id = try await deployment.activeGraph()
            let graphs = deployment.services.graphs
            func quoted() async throws -> PlanChangeQuote {
                let wish = PlanChangeRequest(
                    subscription: try await deployment.subscription(of: id).id, plan: .graph("ladybug-large"), user: deployment.owner,
                    operation: nil)
                return try await deployment.subscriptions.quotePlanChange(wish)
            }
            func change(by quote: String) async throws -> Operations.Operation {
                let reference = try #require(PlanChangeQuote.Reference(quote))
                return try await graphs.changeTier(id, to: "ladybug-large", quote: reference, key: nil, as: deployment.caller).operation
            }
            let quote = try await quoted().reference
            let other = "\(quote.at.secondsSinceEpoch).\(quote.total + 1).\(quote.amountDue)"
            await #expect(throws: GraphError.billing(.quoteChanged)) { try await change(by: other) }
            deployment.clock.advance(by: .minutes(10))
            await #expect(throws: GraphError.billing(.quoteExpired)) { try await change(by: quote.description) }
            let rows = try await deployment.database.adminClient.query("SELECT id FROM billing.plan_change")
            #expect(rows.isEmpty)
            #expect(try await deployment.graph(id).tier == .standard)

            let fresh = try await quoted().reference
            deployment.clock.advance(by: .minutes(9))
            let operation = try await change(by: fresh.description)
            try await deployment.worker.drain()
            #expect(try await deployment.operation(operation.id).status == .completed)
            #expect(try await deployment.graph(id).tier == .large)
            let counted = try await deployment.database.adminClient.query("SELECT proration_date FROM billing.plan_change").first
            #expect(try counted?.decode("proration_date", as: Instant.self) == fresh.at, "counted from the second of the quote")
        }
    }

    @Test func `GRA-065 the checks of a tier change, the earlier first`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let graphs = deployment.services.graphs
            try await deployment.store.withTransaction(.system) {
                try await $0.grant(.admin, on: id, to: deployment.member, by: deployment.owner, at: start)
            }
            await #expect(throws: GraphError.orgOwnerRequired) {
                try await graphs.changeTier(
                    id, to: "nonsense", key: nil, as: GraphCaller(user: deployment.member, org: deployment.org))
            }
            await #expect(throws: GraphError.unknownTier(TierName(rawValue: "nonsense"))) {
                try await change(id, to: "nonsense", in: deployment)
            }
            await #expect(throws: GraphError.sameTier(.standard)) { try await change(id, to: "ladybug-standard", in: deployment) }
            try await deployment.database.adminClient.execute("UPDATE graphs.graph_host SET tiers = '{ladybug-standard}'")
            await #expect(throws: GraphError.tierAtCapacity(.large)) { try await change(id, to: "ladybug-large", in: deployment) }
            _ = try await graphs.delete(id, confirmation: id.description, atPeriodEnd: true, key: nil, as: deployment.caller)
            await #expect(throws: GraphError.subscriptionNotActive(.canceled)) { try await change(id, to: "ladybug-large", in: deployment) }
            let rows = try await deployment.database.adminClient.query("SELECT id FROM billing.plan_change")
            #expect(rows.isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func `GRA-067 a failure before the commit gives back limits, tier, plan and price, and nothing is charged`(
        _ isDeclined: Bool
    ) async throws {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            let id = try await deployment.activeGraph()
            let before = (price: try await price(deployment), connections: try await connections(id, in: deployment))
            let collected = deployment.provider.collected
            if isDeclined {
                deployment.provider.fail(
                    "change_price", with: .refused(ProviderRefusal(kind: .declined, code: "card_declined", customerMessage: "No funds.")))
            } else {
                for _ in 0..<5 { deployment.engine.fail(.before("limits")) }
            }
            let operation = try await change(id, to: "ladybug-large", in: deployment)
            for _ in 0..<8 { try await deployment.advance(.minutes(5)) }
            let failed = try await deployment.operation(operation.id)
            #expect(failed.status == .failed)
            #expect(failed.failure?.code == "TIER_CHANGE_FAILED")
            #expect(try await deployment.graph(id).tier == .standard)
            let row = try await deployment.subscription(of: id)
            #expect(row.status == .active)
            #expect(row.plan.key == .graph("ladybug-standard"))
            #expect(try await price(deployment) == before.price)
            #expect(try await connections(id, in: deployment) == before.connections)
            #expect(deployment.provider.collected == collected)
            #expect(try await deployment.audit("graph_tier_change_rolled_back") == 1)
            #expect(try await change(id, to: "ladybug-large", in: deployment).status == .pending)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).tier == .large)
        }
    }

    @Test func `GRA-068 a change whose worker died goes on with another, which then is all that happens`() async throws {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            let id = try await deployment.activeGraph()
            let operation = try await change(id, to: "ladybug-large", in: deployment)
            let database = deployment.database
            deployment.engine.pause(.before, "limits") {
                // The worker that is at it never comes back: its lease lapses, and another takes the step up.
                _ = try await database.adminClient.execute(
                    "UPDATE jobs.job SET lease_by = NULL, deadline = NULL, lease_token = lease_token + 1 WHERE lease_by IS NOT NULL")
            }
            for _ in 0..<3 { try await deployment.advance(.minutes(5)) }
            #expect(try await deployment.operation(operation.id).status == .completed)
            #expect(try await deployment.graph(id).tier == .large)
            #expect(try await deployment.subscription(of: id).status == .active)
            #expect(try await deployment.audit("graph_tier_change_completed") == 1)
        }
    }

    @Test(arguments: [false, true])
    func `GRA-068 past its hour a change is taken back, whether its host is away or its commit comes too late`(
        _ isCommitLate: Bool
    ) async throws {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            let id = try await deployment.activeGraph()
            let before = (price: try await price(deployment), connections: try await connections(id, in: deployment))
            let collected = deployment.provider.collected
            let operation = try await change(id, to: "ladybug-large", in: deployment)
            if isCommitLate {
                let found = try await deployment.database.adminClient.query("SELECT id FROM billing.plan_change")
                let planChange = try #require(found.first).decode("id", as: PlanChange.ID.self)
                deployment.engine.pause(.after, "limits") {
                    // Whoever looks after deadlines takes the change back while this worker stands still before its commit.
                    let late = ProvisioningFailure(code: "PLAN_CHANGE_TIMED_OUT", message: "Late.", at: deployment.clock.now)
                    try await deployment.store.withTransaction(.system) {
                        try await deployment.subscriptions.revertPlanChange(planChange, because: late, in: $0)
                    }
                }
                try await deployment.worker.drain()
            } else {
                for _ in 0..<60 { deployment.engine.fail(.before("limits")) }
                for _ in 0..<11 { try await deployment.advance(.minutes(5)) }
                #expect(try await deployment.subscription(of: id).status == .upgrading)
            }
            // The deadline is data: the host still is away, and the subscription is not upgrading any more.
            for _ in 0..<3 { try await deployment.advance(.minutes(5)) }
            let deadlines = try await deployment.database.adminClient.query(
                "SELECT deadline - created_at = '60 min' AS hour FROM billing.plan_change")
            #expect(try deadlines.map { try $0.decode("hour", as: Bool.self) } == [true])
            #expect(try await deployment.subscription(of: id).status == .active)
            #expect(try await price(deployment) == before.price)
            deployment.engine.heal()
            for _ in 0..<4 { try await deployment.advance(.hours(1)) }
            #expect(try await deployment.operation(operation.id).status == .failed)
            #expect(try await deployment.graph(id).tier == .standard)
            #expect(try await deployment.subscription(of: id).plan.key == .graph("ladybug-standard"))
            #expect(try await connections(id, in: deployment) == before.connections)
            #expect(deployment.provider.collected == collected)
            #expect(try await deployment.audit("graph_tier_change_rolled_back") == 1)
        }
    }

    @Test func `GRA-069 a running change cannot be cancelled, excludes what else would change the graph, and a smaller tier keeps backups`()
        async throws
    {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            let id = try await deployment.activeGraph()
            _ = try await change(id, to: "ladybug-large", in: deployment)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).tier == .large)
            _ = try await deployment.services.backups.request(
                BackupWish(format: nil, type: nil, retentionDays: 30, isCompressed: nil, schedule: nil), of: id, key: nil,
                as: deployment.caller)
            try await deployment.worker.drain()
            let backup = try #require(try await deployment.store.backups(of: id).first)
            let kept = try #require(backup.expiresAt)
            #expect(kept == backup.createdAt + .days(30))

            let operation = try await change(id, to: "ladybug-standard", in: deployment)
            let operations = OperationService(store: deployment.store, controller: GraphOperations(), dateSource: deployment.clock)
            let owner = OperationCaller(user: deployment.owner, reach: deployment.caller.reach)
            let refusal = await #expect(throws: OperationError.notCancellable(.changeTier)) {
                try await operations.cancel(operation.id, as: owner)
            }
            #expect(refusal?.problem.status == .conflict)
            await #expect(throws: GraphError.upgrading) { try await change(id, to: "ladybug-xlarge", in: deployment) }
            await #expect(throws: GraphError.upgrading) {
                try await deployment.services.graphs.delete(
                    id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            }
            await #expect(throws: GraphError.operationRunning(operation.id)) {
                try await deployment.services.backups.restore(
                    backup.id, of: id, confirmation: id.description, key: nil, as: deployment.caller)
            }
            try await deployment.worker.drain()
            #expect(try await deployment.operation(operation.id).status == .completed)
            #expect(try await deployment.graph(id).tier == .standard)
            // The smaller tier keeps backups for seven days: new ones, and not the one that was promised thirty.
            #expect(try await deployment.store.backups(of: id).map(\.expiresAt) == [kept])
            try await deployment.advance(.days(29))
            #expect(try await deployment.store.backups(of: id).contains { $0.id == backup.id })
        }
    }
}
