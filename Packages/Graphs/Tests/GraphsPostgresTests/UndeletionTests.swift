import Audit
import AuditPostgres
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

@testable import GraphEngines

/// Suspended graphs that are bought again. The clock is the deployment's own and moves only by what a test says.
@Suite struct UndeletionTests {
    /// A graph with a login and a row of its own that was suspended at the end of what was paid.
    private func suspended(_ deployment: Deployment) async throws -> (GraphID, IssuedLogin) {
        let id = try await deployment.activeGraph()
        let login = try await deployment.services.credentials.issue(
            on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller
        ).login
        try await deployment.connected(as: login) { client in
            _ = try await client.execute("INSERT INTO graph.node (label, key) VALUES ('Note', 'kept')")
        }
        try await deployment.store.withTransaction(.system) {
            try await $0.grant(.member, on: id, to: deployment.member, by: deployment.owner, at: deployment.clock.now)
        }
        try await deployment.suspend(id)
        return (id, login)
    }

    private func undelete(
        _ id: GraphID, _ deployment: Deployment, key: String? = nil, as user: User.ID? = nil
    ) async throws -> (operation: Operations.Operation, isReplay: Bool) {
        let call = try key.flatMap { RequestKey($0) }.map {
            CallKey(
                key: $0,
                fingerprint: try CallFingerprint(method: "POST", route: "/undelete", pathValues: [:], query: [], body: .object([:])))
        }
        return try await deployment.services.graphs.undelete(
            id, key: call, as: GraphCaller(user: user ?? deployment.owner, org: deployment.org))
    }

    /// A digest over everything the graph holds.
    private func digest(_ id: GraphID, _ deployment: Deployment) async throws -> String {
        try await deployment.administering(id) { client in
            let row = try await client.query(
                """
                SELECT md5(concat((SELECT string_agg(n::text, ',' ORDER BY id) FROM graph.node n),
                    (SELECT string_agg(r::text, ',' ORDER BY r::text) FROM graph.property_rule r))) AS digest
                """
            ).first
            return try #require(row).decode("digest")
        }
    }

    @Test func `GRA-059 a suspended graph that is bought again is as it was: id, rows, members and logins, and it is not purged`()
        async throws
    {
        try await Deployment.with { deployment in
            let (id, login) = try await suspended(deployment)
            let (before, rows) = (try await deployment.graph(id), try await digest(id, deployment))
            await #expect(throws: GraphError.orgOwnerRequired) { try await undelete(id, deployment, as: deployment.member) }
            let purgeAt = try #require(before.purgeAt)
            deployment.clock.advance(to: purgeAt - .seconds(1))
            let (operation, isReplay) = try await undelete(id, deployment, key: "k")
            #expect(!isReplay && operation.status == .completed && operation.kind == .undeleteGraph, "\(operation.message)")
            #expect(operation.steps.allSatisfy { $0.state == .done })
            #expect(operation.result["graph_id"]?.stringValue == id.description)
            let again = try await undelete(id, deployment, key: "k")
            #expect(again.isReplay && again.operation.id == operation.id)
            try await deployment.worker.drain()
            let after = try await deployment.graph(id)
            #expect(after.status == .active && after.mode == .full && after.purgeAt == nil)
            #expect(after.subscription != before.subscription)
            #expect(operation.result["subscription_id"]?.stringValue == after.subscription?.description)
            #expect(try await deployment.subscription(of: id).status == .active)
            #expect(try await digest(id, deployment) == rows)
            try await deployment.connected(as: login) { client in
                _ = try await client.execute("INSERT INTO graph.node (label, key) VALUES ('Note', 'new')")
            }
            #expect(
                try await deployment.services.graphs.graph(id, as: GraphCaller(user: deployment.member, org: deployment.org)).role
                    == .member)
            // The slot has the new payer, the org holds one graph, and there is one open pool.
            let admin = deployment.database.adminClient
            #expect(
                try await admin.query(
                    "SELECT FROM graphs.host_slot WHERE graph_id = \(id.description) AND subscription_id = \(after.subscription)"
                )
                .count == 1)
            #expect(try await deployment.store.limits(of: deployment.org)?.graphsHeld == 1)
            #expect(
                try await admin.query("SELECT FROM billing.credit_pool WHERE resource_id = \(id.description) AND closed_at IS NULL").count
                    == 1)
            #expect(try await deployment.audit("graph_resumed") == 1)
            // The job of the old instant, and the sweep, find nothing to do.
            try await deployment.advance(.seconds(1))
            try await deployment.advance(.days(1))
            #expect(try await deployment.graph(id).status == .active)
            await #expect(throws: GraphError.notSuspended(.active)) { try await undelete(id, deployment) }
            // Its next end is an end like the first.
            _ = try await deployment.services.graphs.delete(
                id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            await #expect(throws: GraphError.undeletionTooLate) { try await undelete(id, deployment) }
            try await deployment.advance(.hours(1))
            #expect(try await deployment.graph(id).status == .deprovisioned)
            await #expect(throws: GraphError.undeletionTooLate) { try await undelete(id, deployment) }
            await #expect(throws: GraphError.notFound) { try await undelete(id, deployment, as: deployment.member) }
            #expect(try await deployment.store.capacity().first?.freeSlots == 5)
        }
    }

    @Test func `GRA-059 a declined card leaves the graph as it is, one that is not decided keeps it from being purged, and both are told`()
        async throws
    {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            let (id, _) = try await suspended(deployment)
            deployment.provider.fail(
                "create_subscription",
                with: .refused(ProviderRefusal(kind: .declined, code: "card", customerMessage: "No funds.")))
            await #expect(throws: GraphError.paymentRequired(code: "PAYMENT_DECLINED", message: "No funds.")) {
                try await undelete(id, deployment)
            }
            let declined = try await deployment.database.adminClient.query(
                "SELECT status FROM operations.operation WHERE kind = 'undelete-graph'")
            #expect(try declined.map { try $0.decode("status", as: String.self) } == ["failed"])
            #expect(try await deployment.graph(id).status == .suspended)
            // Nobody knows: the operation waits, the purge as well.
            let purgeAt = try #require(try await deployment.graph(id).purgeAt)
            deployment.clock.advance(to: purgeAt - .seconds(1))
            deployment.provider.fail("create_subscription", with: .unknown(ProviderFailure(kind: .timeout)))
            let waiting = try await undelete(id, deployment).operation
            #expect(!waiting.status.isTerminal && waiting.steps.first?.state == .waiting)
            await #expect(throws: GraphError.operationRunning(waiting.id)) { try await undelete(id, deployment) }
            let running = try await deployment.graph(id)
            #expect(running.status == .suspended)
            for _ in 0..<6 { try await deployment.advance(.minutes(11)) }
            #expect(try await deployment.operation(waiting.id).status == .completed)
            #expect(try await deployment.graph(id).status == .active)
            #expect(deployment.provider.effects(of: "create_subscription") == 2)
        }
    }

    @Test func `GRA-059 a checkout brings a suspended graph back, is not sold for another, and gives the money back when it is too late`()
        async throws
    {
        try await Deployment.with { deployment in
            let (id, _) = try await suspended(deployment)
            func open(_ tier: String = "ladybug-standard", of graph: String) async throws -> Subscription {
                let plan = PlanKey.graph(tier)
                let sale = NewSubscription(
                    id: .make(at: deployment.clock.now), org: deployment.org,
                    entitlement: try await deployment.subscriptions.entitlement(of: deployment.org, to: plan), plan: plan,
                    requestedBy: deployment.owner, configuration: ["undelete_graph_id": .string(graph)], operation: nil)
                return try await deployment.store.withTransaction(.system) { try await deployment.subscriptions.open(sale, in: $0) }
            }
            let refusal = BillingError.invalidConfiguration(
                pointer: "/undelete_graph_id", reason: "must be a suspended graph of the org, and of the plan's tier")
            await #expect(throws: refusal) { _ = try await open(of: GraphID.make().description) }
            await #expect(throws: refusal, "another tier") { _ = try await open("ladybug-large", of: id.description) }
            let resource = GraphResource<Deployment.Store.Transaction>(catalogue: .standard, dateSource: deployment.clock)
            let plan = try #require(try BuiltInCatalogue.load().plans[.graph("ladybug-standard")])
            #expect(throws: BillingError.invalidConfiguration(pointer: "/undelete_graph_id", reason: "must be the id of a graph")) {
                try resource.validate(["undelete_graph_id": "nope"], for: plan)
            }
            // Two are paid at the same time: one brings it back, the other is given back.
            let sales = [try await open(of: id.description), try await open(of: id.description)]
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).status == .active)
            var statuses: [Subscription.Status] = []
            for sale in sales {
                statuses.append(
                    try #require(try await deployment.store.withTransaction(.system) { try await $0.subscription(sale.id) }).status)
            }
            #expect(Set(statuses) == [.active, .failed])
            let told = try await deployment.database.adminClient.query(
                "SELECT status FROM operations.operation WHERE kind = 'undelete-graph'")
            #expect(try told.map { try $0.decode("status", as: String.self) } == ["completed"])
            #expect(try await deployment.store.limits(of: deployment.org)?.graphsHeld == 1)
            #expect(try await deployment.store.capacity().first?.freeSlots == 4)
            await #expect(throws: refusal, "not suspended any more") { _ = try await open(of: id.description) }
        }
    }
}
