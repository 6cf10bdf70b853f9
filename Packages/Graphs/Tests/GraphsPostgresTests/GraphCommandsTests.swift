import Audit
import Billing
import BillingPostgres
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

@Suite struct GraphCommandsTests {
    private func change(
        _ id: GraphID, in deployment: Deployment, name: String? = nil, description: String? = nil, tags: [String]? = nil, key: String? = nil
    ) async throws -> Operations.Operation {
        let call = try key.flatMap { RequestKey($0) }.map {
            CallKey(
                key: $0,
                fingerprint: try CallFingerprint(
                    method: "POST", route: "/metadata", pathValues: [:], query: [], body: ["name": .string(name ?? "")]))
        }
        return try await deployment.services.graphs.updateMetadata(
            id, GraphMetadataChange(name: name, description: description, tags: tags), key: call, as: deployment.caller
        ).operation
    }

    @Test func `GRA-032 null leaves, an empty text or list clears, and the result lists what this call changed`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let first = try await change(id, in: deployment, name: "Books", description: "of Acme", tags: ["a", "b"])
            #expect(first.status == .completed)
            #expect(first.result["updated_fields"] == ["graph_name", "description", "tags"])
            #expect(first.result["graph_name"] == "Books")
            let second = try await change(id, in: deployment, name: "Books", description: "", tags: [])
            #expect(second.result["updated_fields"] == ["description", "tags"])
            let graph = try await deployment.graph(id)
            #expect(graph.name == "Books")
            #expect(graph.description == "")
            #expect(graph.tags == [])
            #expect(try await deployment.audit("graph_metadata_changed") == 2)
        }
    }

    @Test func `GRA-032 nothing given or nothing different is refused, and so is what is too long, with all faults`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            await #expect(throws: GraphError.nothingToChange) { try await change(id, in: deployment) }
            await #expect(throws: GraphError.nothingToChange) { try await change(id, in: deployment, name: "Ledger") }
            let faults = await #expect(throws: GraphDraft.Faults.self) {
                try await change(
                    id, in: deployment, name: " ", description: String(repeating: "x", count: 1_001),
                    tags: Array(repeating: "t", count: 21))
            }
            #expect(faults?.faults.map(\.path) == [["graph_name"], ["description"], ["tags"]])
            await #expect(throws: GraphDraft.Faults.self) {
                try await change(id, in: deployment, tags: [String(repeating: "x", count: 51)])
            }
            _ = try await change(id, in: deployment, tags: Array(repeating: String(repeating: "x", count: 50), count: 20))
            let member = GraphCaller(user: deployment.member, org: deployment.org)
            await #expect(throws: GraphError.self) {
                try await deployment.services.graphs.updateMetadata(
                    id, GraphMetadataChange(name: "Mine", description: nil, tags: nil), key: nil, as: member)
            }
            let rows = try await deployment.database.adminClient.query(
                "SELECT id FROM operations.operation WHERE kind = 'update-graph-metadata'")
            #expect(rows.count == 1)
        }
    }

    @Test func `OPS-011 a change of metadata with a key is made once`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let first = try await change(id, in: deployment, name: "Books", key: "k")
            #expect(try await change(id, in: deployment, name: "Books", key: "k").id == first.id)
            await #expect(throws: GraphError.idempotency(.keyReused)) { try await change(id, in: deployment, name: "Other", key: "k") }
            #expect(try await deployment.audit("graph_metadata_changed") == 1)
        }
    }

    @Test func `GRA-035 a grant that is taken away is gone with the next request, and one that is raised counts at once`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let graphs = deployment.services.graphs
            let caller = GraphCaller(user: deployment.member, org: deployment.org)
            await #expect(throws: GraphError.roleTooWeak(needed: .viewer)) { try await graphs.graph(id, as: caller) }
            func grant(_ role: GraphRole) async throws {
                try await deployment.store.withTransaction(.system) {
                    try await $0.grant(role, on: id, to: deployment.member, by: deployment.owner, at: start)
                }
            }
            try await grant(.viewer)
            #expect(try await graphs.graph(id, as: caller).role == .viewer)
            #expect(try await graphs.graphs(as: caller, includingEnded: false).graphs.first?.role == .viewer)
            #expect(try await graphs.explain(id, as: caller).situation.role == .viewer)
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) { try await graphs.members(of: id, as: caller) }
            try await grant(.admin)
            #expect(try await graphs.members(of: id, as: caller).count == 2)
            try await deployment.store.withTransaction(.system) { try await $0.closeGrants(of: id) }
            await #expect(throws: GraphError.roleTooWeak(needed: .viewer)) { try await graphs.graph(id, as: caller) }
            #expect(try await graphs.graphs(as: caller, includingEnded: false).graphs.isEmpty)
            await #expect(throws: GraphError.roleTooWeak(needed: .viewer)) { try await graphs.explain(id, as: caller) }
        }
    }

    @Test func `GRA-128 what is explained is what is decided, whoever asks and however the graph stands`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let graphs = deployment.services.graphs
            try await deployment.store.withTransaction(.system) {
                try await $0.grant(.member, on: id, to: deployment.member, by: deployment.owner, at: start)
            }
            func compare(_ note: String) async throws {
                for user in [deployment.owner, deployment.member] {
                    let caller = GraphCaller(user: user, org: deployment.org)
                    let answers = try await graphs.explain(id, as: caller).answers
                    #expect(answers.count == GraphAction.allCases.count)
                    for answer in answers where answer.refusal != nil {
                        let refusal = try await refusal(of: answer.action, on: id, as: caller, in: deployment)
                        if let refusal { #expect(refusal == answer.refusal, "\(note) \(answer.action)") }
                    }
                }
            }
            try await compare("active")
            #expect(try await graphs.explain(id, as: deployment.caller).answers.first { $0.action == .write }?.refusal == nil)
            try await deployment.database.adminClient.execute("UPDATE graphs.graph SET delete_protected = true")
            try await compare("protected")
            #expect(
                try await graphs.explain(id, as: deployment.caller).answers.first { $0.action == .delete }?.refusal == .deleteProtected)
            try await deployment.database.adminClient.execute("UPDATE graphs.graph SET delete_protected = false")
            _ = try await graphs.delete(id, confirmation: id.description, atPeriodEnd: true, key: nil, as: deployment.caller)
            try await deployment.worker.drain()
            try await compare("ending")
            let ending = try await graphs.explain(id, as: deployment.caller)
            #expect(ending.situation.changesAt == (try await deployment.subscription(of: id).endsAt))
            #expect(ending.answers.first { $0.action == .reactivate }?.refusal == nil)
            #expect(ending.answers.first { $0.action == .write }?.refusal == .notWritable(.canceledReadOnly))
            deployment.clock.advance(to: try #require(ending.situation.changesAt))
            try await deployment.worker.drain()
            try await compare("suspended")
            let suspended = try await graphs.explain(id, as: deployment.caller)
            #expect(suspended.situation.changesAt == (try await deployment.graph(id).purgeAt))
            #expect(suspended.answers.first { $0.action == .reactivate }?.refusal == .cancellationFinal)
        }
    }

    /// What a request that is refused is told; `nil` for actions that no request of this package makes.
    private func refusal(
        of action: GraphAction, on id: GraphID, as caller: GraphCaller, in deployment: Deployment
    ) async throws -> GraphError? {
        let graphs = deployment.services.graphs
        do throws(GraphError) {
            try await refused {
                switch action {
                case .read, .write: return
                case .updateMetadata:
                    _ = try await graphs.updateMetadata(
                        id, GraphMetadataChange(name: "x", description: nil, tags: nil), key: nil, as: caller)
                case .manageMembers: _ = try await graphs.members(of: id, as: caller)
                case .manageCredentials: _ = try await deployment.services.credentials.credentials(of: id, as: caller)
                case .delete, .deleteAtPeriodEnd:
                    _ = try await graphs.delete(
                        id, confirmation: id.description, atPeriodEnd: action == .deleteAtPeriodEnd, key: nil, as: caller)
                case .changeTier: _ = try await graphs.changeTier(id, to: "ladybug-large", key: nil, as: caller)
                case .undelete: _ = try await graphs.undelete(id, key: nil, as: caller)
                case .reactivate: _ = try await graphs.reactivate(id, key: nil, as: caller)
                }
            }
            return nil
        } catch {
            return error
        }
    }

    private func refused(_ body: () async throws -> Void) async throws(GraphError) {
        do { try await body() } catch let error as GraphError { throw error } catch { Issue.record("\(error)") }
    }
}
