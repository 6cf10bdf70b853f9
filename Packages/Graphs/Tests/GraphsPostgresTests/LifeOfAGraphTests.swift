import Billing
import BillingPostgres
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsTesting
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct LifeOfAGraphTests {
    @Test func `GRA-007 a graph that is paid for is accepted at once and ready when the worker has run, with all its steps told`()
        async throws
    {
        try await Deployment.with { deployment in
            let (operation, isReplay) = try await deployment.create()
            #expect(!isReplay)
            #expect(operation.status == .pending)
            let id = try #require(operation.graph.flatMap { GraphID($0) })
            #expect(operation.result["graph_id"]?.stringValue == id.description)
            try await deployment.worker.drain()
            let done = try await deployment.operation(operation.id)
            #expect(done.status == .completed, "\(done.message) \(done.steps)")
            #expect(done.result["graph_id"]?.stringValue == id.description)
            #expect(done.steps.allSatisfy { $0.state == .done })
            let graph = try await deployment.graph(id)
            #expect(graph.status == .active)
            #expect(graph.mode == .full)
            #expect(try await deployment.objects(of: id).count == 4)
            #expect(try await deployment.auditTypes(of: id).contains("graph_provisioned"))
            let listed = try await deployment.services.graphs.graphs(as: deployment.caller, includingEnded: false)
            #expect(listed.graphs.map(\.graph.id) == [id])
            #expect(listed.selected == id)
            let access = try await deployment.services.graphs.access(to: graph)
            #expect(access.level == .readWrite)
            #expect(try await deployment.services.graphs.facts(of: graph)?.nodes == ["Entity": 1])
            let events = try await deployment.store.events(of: operation.id, from: 1, limit: 100)
            #expect(events.first?.name == .started)
            #expect(events.last?.name == .completed)
            #expect(events.last?.data["result"]?["graph_id"]?.stringValue == id.description)
        }
    }

    @Test func `OPS-011 the same key creates one graph, and is answered with its operation as it is now`() async throws {
        try await Deployment.with { deployment in
            let first = try await deployment.create(key: "k")
            let again = try await deployment.create(key: "k")
            #expect(again.isReplay)
            #expect(again.operation.id == first.operation.id)
            try await deployment.worker.drain()
            #expect(try await deployment.create(key: "k").operation.status == .completed)
            await #expect(throws: GraphError.idempotency(.keyReused)) { try await deployment.create(key: "k", name: "Other") }
            #expect(try await deployment.services.graphs.graphs(as: deployment.caller, includingEnded: true).graphs.count == 1)
        }
    }

    @Test func `GRA-001 and GRA-003 who may create, and how many`() async throws {
        try await Deployment.with { deployment in
            let member = GraphCaller(user: deployment.member, org: deployment.org)
            let wish: @Sendable () throws -> GraphDraft.Wish = {
                GraphDraft.Wish(
                    name: "x", description: nil, extensions: [], tags: [], tier: "ladybug-standard", customSchema: ["name": "o"],
                    initialEntity: nil, createsEntity: true)
            }
            await #expect(throws: GraphError.orgAdminRequired) {
                try await deployment.services.graphs.create(wish, key: nil, as: member)
            }
            await #expect(throws: GraphError.orgRequired) {
                try await deployment.services.graphs.create(wish, key: nil, as: GraphCaller(user: deployment.owner, org: nil))
            }
            _ = try await deployment.create()
            _ = try await deployment.create(name: "Second")
            await #expect(throws: GraphError.limitReached(limit: 2)) { try await deployment.create(name: "Third") }
            try await deployment.worker.drain()
            await #expect(throws: GraphError.limitReached(limit: 2)) { try await deployment.create(name: "Third") }
        }
    }

    @Test func `GRA-005 without anybody who pays the answer is payment first, and nothing is left`() async throws {
        try await Deployment.with { deployment in
            try await deployment.database.adminClient.execute("UPDATE billing.customer SET invoice_billing_enabled = false")
            let refusal = await #expect(throws: GraphError.self) { try await deployment.create(key: "k") }
            guard case .paymentRequired(let code, _) = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            #expect(code == "PAYMENT_METHOD_REQUIRED")
            try await deployment.worker.drain()
            #expect(try await deployment.services.graphs.graphs(as: deployment.caller, includingEnded: true).graphs.isEmpty)
            #expect(try await deployment.store.capacity().first?.freeSlots == 5)
            try await deployment.database.adminClient.execute("UPDATE billing.customer SET invoice_billing_enabled = true")
            #expect(try await !deployment.create(key: "k").isReplay)
        }
    }

    @Test(arguments: ProvisioningStep.allCases.dropLast().map(\.rawValue), [false, true])
    func `GRA-014 a fault before or after any step leaves a provisioning that goes on to exactly one graph`(
        _ step: String, _ isAfter: Bool
    ) async throws {
        try await Deployment.with { deployment in
            let name = step == "place" ? "probe" : step
            deployment.engine.fail(isAfter ? .after(name) : .before(name))
            let operation = try await deployment.create().operation
            let id = try #require(operation.graph.flatMap { GraphID($0) })
            try await deployment.worker.drain()
            let waiting = try await deployment.operation(operation.id)
            #expect(waiting.status == .running)
            #expect(waiting.steps.contains { $0.state == .waiting && $0.error != nil })
            // The host may be busy with other tests as well; then a step waits once more.
            for _ in 0..<3 { try await deployment.advance(.minutes(11)) }
            #expect(try await deployment.operation(operation.id).status == .completed)
            #expect(try await deployment.graph(id).status == .active)
            #expect(try await deployment.objects(of: id).count == 4)
        }
    }

    @Test(arguments: ["principals", "database", "schema", "verify"])
    func `GRA-017 a step that is refused for good is undone without a trace, and the money goes back`(_ step: String) async throws {
        try await Deployment.with { deployment in
            deployment.engine.fail(.refused(step))
            let operation = try await deployment.create().operation
            let id = try #require(operation.graph.flatMap { GraphID($0) })
            for _ in 0..<3 { try await deployment.advance(.seconds(60)) }
            let failed = try await deployment.operation(operation.id)
            #expect(failed.status == .failed)
            #expect(failed.failure?.code == "PROVISIONING_FAILED")
            let graph = try await deployment.graph(id)
            #expect(graph.status == .failed)
            #expect(try await deployment.objects(of: id).isEmpty)
            #expect(try await deployment.store.capacity().first?.freeSlots == 5)
            #expect(try await deployment.store.limits(of: deployment.org)?.graphsHeld == 0)
            #expect(try await deployment.auditTypes(of: id).contains("graph_provision_failed"))
            let subscription = try await deployment.store.withTransaction(.system) {
                try await $0.subscription(graph.subscription ?? .make(at: start))
            }
            #expect(subscription?.status == .failed)
        }
    }

    @Test func `OPS-028 a creation that was cancelled before its first step is undone`() async throws {
        try await Deployment.with { deployment in
            let operation = try await deployment.create().operation
            let operations = OperationService(
                store: deployment.store, controller: GraphOperations<Deployment.Store.Transaction>(), dateSource: deployment.clock)
            #expect(try await operations.cancel(operation.id, as: deployment.owner).status == .cancelled)
            await #expect(throws: OperationError.alreadyEnded(.cancelled)) {
                try await operations.cancel(operation.id, as: deployment.owner)
            }
            try await deployment.worker.drain()
            let id = try #require(operation.graph.flatMap { GraphID($0) })
            #expect(try await deployment.graph(id).status == .failed)
            #expect(try await deployment.objects(of: id).isEmpty)
            await #expect(throws: OperationError.forbidden) {
                try await operations.operation(operation.id, as: deployment.member)
            }
        }
    }
}
