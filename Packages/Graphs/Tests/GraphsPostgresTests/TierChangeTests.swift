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
}
