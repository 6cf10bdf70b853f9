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

/// Compaction and materialization. The clock stands at `start`, 2026-03-01T10:00:00Z, and moves only as far as a test lets it.
@Suite struct UpkeepTests {
    private let much = DatabaseSpace(bytes: 400 << 20, freeBytes: 200 << 20)

    private func run(_ deployment: Deployment, _ job: some Job, drains: Bool = true) async throws {
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(job, .standard) }
        if drains { try await deployment.worker.drain() }
    }

    /// The nightly look, after a sample said how large every graph is.
    private func night(_ deployment: Deployment) async throws {
        try await run(deployment, SampleStorage())
        try await run(deployment, OrderCompactions())
    }

    private func operations(_ deployment: Deployment, _ kind: String) async throws -> [(id: Operations.Operation.ID, status: String)] {
        try await deployment.database.adminClient.query(
            "SELECT id, status FROM operations.operation WHERE kind = \(kind) ORDER BY created_at, id"
        ).map { (try $0.decode("id"), try $0.decode("status")) }
    }

    private func control(_ isOn: Bool, _ deployment: Deployment) async throws {
        try await BillingControls(store: deployment.store, dateSource: deployment.clock)
            .set(.storageReclaim, isOn: isOn, because: "the disks are being changed", by: "Ada")
    }

    private func key(_ text: String) throws -> CallKey {
        CallKey(
            key: try #require(RequestKey(text)),
            fingerprint: try CallFingerprint(method: "POST", route: "/x", pathValues: [:], query: [], body: nil))
    }

    @Test func `GRA-096 an admin gives a graph's dead space back by a command that an operation tells about`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let graphs = deployment.services.graphs
            let member = GraphCaller(user: deployment.member, org: deployment.org)
            _ = try await deployment.services.members.add(deployment.member, as: .member, to: id, by: deployment.caller)
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) { try await graphs.compact(id, key: nil, as: member) }
            let accepted = try await graphs.compact(id, key: key("k"), as: deployment.caller)
            #expect(accepted.operation.status == .pending && accepted.operation.kind == .compactGraph && !accepted.isReplay)
            let again = try await graphs.compact(id, key: key("k"), as: deployment.caller)
            #expect(again.operation.id == accepted.operation.id && again.isReplay)
            await #expect(throws: GraphError.operationRunning(accepted.operation.id)) {
                try await graphs.compact(id, key: nil, as: deployment.caller)
            }
            // It holds more than its tier does until then, and may be written to as soon as there is room again.
            deployment.engine.pretend(Int64(11) << 30)
            try await run(deployment, SampleStorage(), drains: false)
            deployment.engine.pause(.after, "compact") { deployment.engine.pretend(nil) }
            // A host that is away once is asked again.
            deployment.engine.fail(.before("compact"))
            try await deployment.worker.drain()
            #expect(try await deployment.operation(accepted.operation.id).status == .running)
            #expect(try await deployment.graph(id).isOverStorageCap)
            try await deployment.advance(.minutes(2))
            let done = try await deployment.operation(accepted.operation.id)
            #expect(done.status == .completed && done.failure == nil && done.steps.map(\.state) == [.done])
            #expect(try await !deployment.graph(id).isOverStorageCap)
            #expect(done.result["graph_id"] == .string(id.description))
            for member in ["size_bytes_before", "size_bytes_after", "reclaimed_bytes"] {
                #expect((done.result[member]?.integerValue ?? -1) >= 0, "\(member)")
            }
            // The list of calls has its line and its end.
            #expect(
                try await deployment.database.adminClient.query(
                    "SELECT FROM audit.entry WHERE type = 'graph_mutation' AND data ->> 'operation_name' = 'compact-graph'"
                ).count == 2)

            // What never works is given up, and the graph is as it was.
            deployment.engine.fail(.refused("compact"))
            let second = try await graphs.compact(id, key: nil, as: deployment.caller).operation
            try await deployment.worker.drain()
            #expect(try await deployment.operation(second.id).failure?.code == "COMPACTION_FAILED")
            #expect(try await deployment.graph(id).status == .active)
            deployment.engine.heal()

            // Operators hold it, also what was accepted before.
            let third = try await graphs.compact(id, key: nil, as: deployment.caller).operation
            try await control(false, deployment)
            try await deployment.worker.drain()
            #expect(try await deployment.operation(third.id).failure?.code == "STORAGE_RECLAIM_OFF")
            await #expect(throws: GraphError.storageReclaimOff) { try await graphs.compact(id, key: key("h"), as: deployment.caller) }
            try await control(true, deployment)
            // A key of what was refused is free again, and there must be room for the copy.
            try await deployment.database.adminClient.execute("UPDATE graphs.graph_host SET storage_budget_bytes = 1")
            try await run(deployment, SampleStorage())
            await #expect(throws: GraphError.noRoomForCopy) { try await graphs.compact(id, key: key("h"), as: deployment.caller) }
            try await deployment.database.adminClient.execute("UPDATE graphs.graph_host SET storage_budget_bytes = NULL")
            #expect(try await graphs.compact(id, key: key("h"), as: deployment.caller).operation.status == .pending)
        }
    }

    @Test func `OPS-128 each night graphs with much dead space are compacted, one of a host at a time`() async throws {
        let cron = try #require(OrderCompactions.schedule).cron
        let first = try #require(cron.next(after: start))
        #expect(cron.next(after: first) == first + .days(1) && first.description.contains("T06:30:00"))
        try await Deployment.with { deployment in
            let ids = [try await deployment.activeGraph(), try await deployment.activeGraph()]
            // Small graphs are not even asked.
            try await night(deployment)
            #expect(try await operations(deployment, "compact-graph").isEmpty)
            deployment.engine.pretend(much.bytes)
            // Large ones with little to give back are left alone.
            try await night(deployment)
            #expect(try await operations(deployment, "compact-graph").isEmpty)
            deployment.engine.pretendDead(much)

            // While operators hold it, nothing runs.
            try await deployment.advance(.days(1))
            try await control(false, deployment)
            try await night(deployment)
            #expect(try await operations(deployment, "compact-graph").isEmpty)
            try await control(true, deployment)

            // No room on the host for the copy: none begins.
            try await deployment.database.adminClient.execute(
                "UPDATE graphs.graph_host SET storage_budget_bytes = \(much.bytes * 3 - 1)")
            try await night(deployment)
            #expect(try await operations(deployment, "compact-graph").isEmpty)
            try await deployment.database.adminClient.execute("UPDATE graphs.graph_host SET storage_budget_bytes = \(much.bytes * 3)")

            // While one is at work, the other of its host waits: the first has to be tried a second time.
            try await deployment.advance(.days(1))
            deployment.engine.fail(.before("compact"))
            try await night(deployment)
            #expect(Set(try await operations(deployment, "compact-graph").map(\.status)) == ["running", "pending"])
            for _ in 0..<2 { try await deployment.advance(.minutes(2)) }
            let done = try await operations(deployment, "compact-graph")
            #expect(done.map(\.status) == ["completed", "completed"], "\(done)")
            for (id, _) in done { #expect(try await deployment.operation(id).startedBy == nil) }
            let graphs = try await deployment.database.adminClient.query(
                "SELECT graph_id FROM operations.operation WHERE kind = 'compact-graph'"
            ).map { try $0.decode("graph_id", as: String.self) }
            #expect(Set(graphs) == Set(ids.map(\.description)))
        }
    }

    @Test func `GRA-033 whoever may write has statistics and counts made anew, and is told what the graph holds`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let (graphs, member) = (deployment.services.graphs, GraphCaller(user: deployment.member, org: deployment.org))
            let wish = MaterializeWish(source: nil, isRehearsal: false)
            _ = try await deployment.services.members.add(deployment.member, as: .viewer, to: id, by: deployment.caller)
            await #expect(throws: GraphError.roleTooWeak(needed: .member)) {
                try await graphs.materialize(wish, of: id, key: nil, as: member)
            }
            _ = try await deployment.services.members.change(deployment.member, to: .member, on: id, by: deployment.caller)
            await #expect(throws: GraphDraft.Faults.self) {
                try await graphs.materialize(MaterializeWish(source: "ledger", isRehearsal: false), of: id, key: nil, as: member)
            }
            try await deployment.administering(id) { client in
                _ = try await client.execute("UPDATE graph.counter SET count = count + 7 WHERE name = 'Entity'")
            }
            func result(_ wish: MaterializeWish) async throws -> JSONValue {
                let accepted = try await graphs.materialize(wish, of: id, key: nil, as: member).operation
                #expect(accepted.status == .pending)
                try await deployment.worker.drain()
                let done = try await deployment.operation(accepted.id)
                #expect(done.status == .completed, "\(done)")
                return done.result
            }
            // The keys that the published client reads, however it went.
            let keys: Set = [
                "graph_id", "status", "tables_materialized", "total_rows", "execution_time_ms", "was_stale", "stale_reason", "message",
                "dry_run",
            ]
            let rehearsed = try await result(MaterializeWish(source: "staged", isRehearsal: true))
            #expect(Set(try #require(rehearsed.objectValue).keys) == keys)
            #expect(rehearsed["total_rows"] == 8 && rehearsed["was_stale"] == false && rehearsed["dry_run"] == true)
            let mended = try await result(wish)
            #expect(Set(try #require(mended.objectValue).keys) == keys)
            #expect(mended["total_rows"] == 1 && mended["was_stale"] == true && mended["stale_reason"] != .null)
            #expect(mended["tables_materialized"] == ["Entity"])
            let fresh = try await result(wish)
            #expect(fresh["was_stale"] == false && fresh["stale_reason"] == .null && fresh["total_rows"] == 1)

            // One that waits may be stopped, and then does nothing.
            let waiting = try await graphs.materialize(wish, of: id, key: nil, as: member).operation
            #expect(waiting.isCancellable)
            try await deployment.store.withTransaction(.system) { transaction in
                let ended = try await transaction.move(waiting.id, .cancel(reason: "not wanted"), at: deployment.clock.now)
                try await GraphOperations<Deployment.Store.Transaction>().cancelled(ended, in: transaction)
            }
            try await deployment.worker.drain()
            #expect(try await deployment.operation(waiting.id).status == .cancelled)

            // A graph that takes no writes is not rebuilt.
            _ = try await graphs.delete(id, confirmation: id.description, atPeriodEnd: true, key: nil, as: deployment.caller)
            try await deployment.worker.drain()
            let refused = await #expect(throws: GraphError.self) { try await graphs.materialize(wish, of: id, key: nil, as: member) }
            guard case .notWritable = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
        }
    }
}
