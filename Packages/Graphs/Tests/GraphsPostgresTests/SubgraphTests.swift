import Audit
import AuditPostgres
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

@testable import GraphEngines

/// Subgraphs on a real host. The clock stands at `start`, 2026-03-01T10:00:00Z, and moves only as far as a test lets it.
@Suite struct SubgraphTests {
    private func wish(_ name: String, forks: Bool = false) -> SubgraphWish {
        SubgraphWish(
            name: name, displayName: "The \(name)", description: nil, extensions: nil, kind: nil, metadata: ["team": "tax"],
            forksParent: forks)
    }

    private func made(_ name: String, under id: GraphID, forks: Bool = false, _ deployment: Deployment) async throws -> GraphID {
        let accepted = try await deployment.services.subgraphs.create(
            wish(name, forks: forks), under: id, key: nil, as: deployment.caller)
        try await deployment.worker.drain()
        let done = try await deployment.operation(accepted.operation.id)
        try #require(done.status == .completed, "\(done.failure?.message ?? "it is \(done.status)")")
        return try #require(GraphID(parent: id, name: name.lowercased()))
    }

    private func write(_ nodes: Int, into id: GraphID, _ deployment: Deployment) async throws {
        try await deployment.administering(id) { client in
            _ = try await client.execute("INSERT INTO graph.node (label) SELECT 'Note' FROM generate_series(1, \(Int64(nodes)))")
        }
    }

    private func rows(of id: GraphID, _ deployment: Deployment) async throws -> Int {
        try await deployment.database.adminClient.query("SELECT FROM graphs.graph WHERE id = \(id.description)").count
    }

    @Test func `GRA-070 names are letters and digits in lower case, one of a kind in the parent for ever, and another is suggested`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let subgraphs = deployment.services.subgraphs
            for name in ["", "a b", "a_b", "é", String(repeating: "a", count: 21)] {
                await #expect(throws: GraphDraft.Faults.self) {
                    try await subgraphs.create(wish(name), under: id, key: nil, as: deployment.caller)
                }
            }
            let notes = try await made("Notes", under: id, deployment)
            #expect(notes.description == "\(id)_notes" && notes.parent == id && notes.subgraphName == "notes")
            await #expect(throws: GraphError.subgraphNameTaken(suggestion: "notes2")) {
                try await subgraphs.create(wish("NOTES"), under: id, key: nil, as: deployment.caller)
            }
            // Of those who come at once one gets the name.
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for _ in 1...5 {
                    group.addTask {
                        do {
                            _ = try await subgraphs.create(wish("one"), under: id, key: nil, as: deployment.caller)
                            return true
                        } catch GraphError.subgraphNameTaken(suggestion: "one2") {
                            return false
                        } catch {
                            Issue.record(error)
                            return false
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 } == 1)
            try await deployment.worker.drain()
            // An id is never given out twice.
            _ = try await subgraphs.delete(
                SubgraphDeletion(name: "notes", isForced: false, keepsBackup: true), under: id, key: nil, as: deployment.caller)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(notes).status == .deprovisioned)
            await #expect(throws: GraphError.subgraphNameTaken(suggestion: "notes2")) {
                try await subgraphs.create(wish("notes"), under: id, key: nil, as: deployment.caller)
            }
        }
    }

    @Test func `GRA-071 a tier allows so many subgraphs, those at work among them, and list and read show sizes and the cap`() async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let subgraphs = deployment.services.subgraphs
            let first = try await made("first", under: id, deployment)
            let taken = await withTaskGroup(of: Int.self) { group in
                for number in 1...6 {
                    group.addTask {
                        do {
                            _ = try await subgraphs.create(wish("part\(number)"), under: id, key: nil, as: deployment.caller)
                            return 1
                        } catch GraphError.subgraphLimitReached(count: 3, limit: 3) {
                            return 0
                        } catch {
                            Issue.record(error)
                            return 0
                        }
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(taken == 2)
            let creating = try await subgraphs.subgraphs(of: id, as: deployment.caller)
            #expect(creating.subgraphs.map(\.status) == ["active", "creating", "creating"] && creating.limit == 3)
            try await deployment.worker.drain()
            try await write(7, into: first, deployment)
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(SampleStorage(), .standard) }
            try await deployment.worker.drain()
            let list = try await subgraphs.subgraphs(of: id, as: deployment.caller)
            #expect(list.subgraphs.map(\.status) == ["active", "active", "active"] && list.subgraphs.allSatisfy { $0.bytes ?? 0 > 0 })
            let body = list.body
            #expect(body["subgraph_count"] == 3 && body["max_subgraphs"] == 3 && body["subgraphs_enabled"] == true)
            #expect(body["total_size_bytes"]?.integerValue ?? 0 == list.subgraphs.compactMap(\.bytes).reduce(0, +))
            let shown = try await subgraphs.subgraph(named: "FIRST", of: id, as: deployment.caller).body
            #expect(shown["node_count"] == 7 && shown["edge_count"] == 0 && shown["subgraph_index"] == 1)
            #expect(shown["display_name"] == "The first" && shown["subgraph_type"] == "static" && shown["metadata"] == ["team": "tax"])
            await #expect(throws: GraphError.notFound) { try await subgraphs.subgraph(named: "none", of: id, as: deployment.caller) }
            let stranger = GraphCaller(user: deployment.member, org: deployment.org)
            await #expect(throws: GraphError.roleTooWeak(needed: .viewer)) { try await subgraphs.subgraphs(of: id, as: stranger) }
        }
    }

    @Test func `GRA-072 an admin makes a subgraph with its own database, as a copy of its parent too, and a failure leaves nothing`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let subgraphs = deployment.services.subgraphs
            let member = GraphCaller(user: deployment.member, org: deployment.org)
            _ = try await deployment.services.members.add(deployment.member, as: .member, to: id, by: deployment.caller)
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) {
                try await subgraphs.create(wish("notes"), under: id, key: nil, as: member)
            }
            let notes = try await made("notes", under: id, deployment)
            let record = try await deployment.graph(notes)
            #expect(record.status == .active && record.mode == .full && record.subscription == nil)
            #expect(try await deployment.audit("subgraph_created") == 1)
            #expect(
                try await Set(deployment.objects(of: notes)) == ["d:\(notes)", "r:\(notes)", "r:\(notes)__ro", "r:\(notes)__rw"])
            // Nobody makes one under a subgraph.
            await #expect(throws: GraphError.isSubgraph(of: id)) {
                try await subgraphs.create(wish("deep"), under: notes, key: nil, as: deployment.caller)
            }
            // A copy has what the parent had, which goes on meanwhile.
            try await write(20, into: id, deployment)
            deployment.engine.fail(.before("load"))
            let copied = try await subgraphs.create(wish("copy", forks: true), under: id, key: nil, as: deployment.caller).operation
            #expect(copied.status == .pending)
            try await deployment.worker.drain()
            try await deployment.advance(.minutes(5))
            #expect(try await deployment.operation(copied.id).status == .completed)
            let copy = try #require(GraphID(parent: id, name: "copy"))
            let parent = try await deployment.services.graphs.facts(of: deployment.graph(id))
            let facts = try #require(await deployment.services.graphs.facts(of: deployment.graph(copy)))
            #expect(facts.nodes == parent?.nodes && facts.nodes.values.reduce(0, +) == 21)
            #expect(try await !deployment.objects(of: copy).contains { $0.hasPrefix("d:\(copy)__") })
            let login = try await deployment.services.credentials.issue(
                on: copy, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller
            ).login
            #expect(login.database == copy.description)
            #expect(try await deployment.connected(as: login) { try await $0.query("SELECT FROM graph.node").count } == 21)

            // What cannot be made leaves no row, database or role, and its name is free.
            deployment.engine.fail(.refused("verify"))
            let failed = try await subgraphs.create(wish("broken"), under: id, key: nil, as: deployment.caller).operation
            try await deployment.worker.drain()
            deployment.engine.heal()
            #expect(try await deployment.operation(failed.id).failure?.code == "SUBGRAPH_NOT_CREATED")
            let broken = try #require(GraphID(parent: id, name: "broken"))
            #expect(try await rows(of: broken, deployment) == 0)
            #expect(try await deployment.objects(of: broken).isEmpty)
            _ = try await made("broken", under: id, deployment)
        }
    }

    @Test func `GRA-073 a subgraph with data is deleted by force alone, and never before its backup was read back`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let subgraphs = deployment.services.subgraphs
            func delete(_ name: String, force: Bool = false, backup: Bool = true) async throws -> Operations.Operation {
                let accepted = try await subgraphs.delete(
                    SubgraphDeletion(name: name, isForced: force, keepsBackup: backup), under: id, key: nil, as: deployment.caller)
                return accepted.operation
            }
            await #expect(throws: GraphError.notFound) { try await delete("none") }
            let notes = try await made("notes", under: id, deployment)
            try await write(3, into: notes, deployment)
            await #expect(throws: GraphError.subgraphHoldsData(nodes: 3)) { try await delete("notes") }
            _ = try await deployment.services.graphs.setProtection(id, to: true, key: nil, as: deployment.caller)
            await #expect(throws: GraphError.deleteProtected) { try await delete("notes", force: true) }
            _ = try await deployment.services.graphs.setProtection(id, to: false, key: nil, as: deployment.caller)
            // While its backup cannot be taken nothing is dropped.
            deployment.engine.fail(.before("dump"))
            let accepted = try await delete("notes", force: true)
            try await deployment.worker.drain()
            #expect(try await deployment.objects(of: notes).contains("d:\(notes)"))
            #expect(try await deployment.operation(accepted.id).status == .running)
            try await deployment.advance(.hours(1))
            let done = try await deployment.operation(accepted.id)
            #expect(
                done.status == .completed && done.result["status"] == "deleted" && done.result["graph_id"] == .string(notes.description))
            #expect(try await deployment.objects(of: notes).isEmpty)
            #expect(try await deployment.audit("subgraph_deleted") == 1)
            let name = try #require(done.result["backup_id"]?.stringValue)
            let backup = try #require(GraphBackup.ID(name))
            // It is among its parent's, which is not gone, and can be downloaded there.
            let listed = try await deployment.services.backups.backups(of: id, limit: 10, offset: 0, as: deployment.caller)
            #expect(listed.page.map(\.id) == [backup] && listed.page.first?.verifiedAt != nil)
            _ = try await deployment.services.backups.link(to: backup, of: id, lasting: .hours(1), as: deployment.caller)
            await #expect(throws: GraphError.notFound) {
                try await deployment.services.backups.restore(
                    backup, of: id, confirmation: id.description, key: nil, as: deployment.caller)
            }
            // Without a wish for a backup it is kept for a day.
            let short = try await made("short", under: id, deployment)
            let second = try await delete("short", backup: false)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(short).status == .deprovisioned)
            let kept = try await deployment.operation(second.id).result["backup_id"]?.stringValue
            let day = try #require(try await deployment.store.backup(GraphBackup.ID(kept ?? "") ?? .make(at: start)))
            #expect(day.expiresAt == day.createdAt + .days(1) && day.verifiedAt != nil)
        }
    }

    @Test func `GRA-074 roles, modes, suspension, storage cap and nightly backups of a subgraph follow its parent`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let notes = try await made("notes", under: id, deployment)
            let member = GraphCaller(user: deployment.member, org: deployment.org)
            await #expect(throws: GraphError.roleTooWeak(needed: .viewer)) { try await deployment.services.graphs.graph(notes, as: member) }
            _ = try await deployment.services.members.add(deployment.member, as: .viewer, to: id, by: deployment.caller)
            #expect(try await deployment.services.graphs.graph(notes, as: member).role == .viewer)
            try await deployment.services.graphs.select(notes, as: member)
            #expect(try await deployment.services.graphs.graphs(as: member, includingEnded: false).selected == notes)
            try await deployment.services.members.remove(deployment.member, from: id, by: deployment.caller)
            #expect(try await deployment.services.graphs.graphs(as: member, includingEnded: false).selected == nil)

            // Each night one backup of each.
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(OrderNightlyBackups(), .standard) }
            try await deployment.worker.drain()
            for graph in [id, notes] {
                #expect(
                    try await deployment.database.adminClient.query(
                        "SELECT FROM graphs.graph_backup WHERE graph_id = \(graph.description) AND initiator = 'scheduled' AND status = 'completed'"
                    ).count == 1)
            }

            // Both together are over the cap.
            deployment.engine.pretend(Int64(6) << 30)
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(SampleStorage(), .standard) }
            try await deployment.worker.drain()
            for graph in [id, notes] { #expect(try await deployment.graph(graph).mode == .shrink) }
            deployment.engine.pretend(nil)
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(SampleStorage(), .standard) }
            try await deployment.worker.drain()
            for graph in [id, notes] { #expect(try await deployment.graph(graph).mode == .full) }

            let lifecycle = deployment.services.lifecycle
            let actor = AuditActor.system(component: "graphs")
            try await deployment.store.withTransaction(.system) { transaction in
                let graph = try #require(try await transaction.lockedGraph(id))
                try await lifecycle.suspend(graph, reason: "test", by: actor, at: deployment.clock.now, in: transaction)
            }
            let suspended = try await deployment.graph(notes)
            #expect(suspended.status == .suspended && suspended.mode == .none && suspended.purgeAt == nil)
            try await deployment.store.withTransaction(.system) { transaction in
                let graph = try #require(try await transaction.lockedGraph(id))
                try await lifecycle.resume(graph, mode: .read, by: actor, at: deployment.clock.now, in: transaction)
            }
            #expect(try await deployment.graph(notes).status == .active)
            #expect(try await deployment.graph(notes).mode == .read)
            try await deployment.worker.drain()
            let mode = try await deployment.administering(notes) {
                try await $0.query("SELECT value FROM graph.meta WHERE key = 'mode'").first
            }
            #expect(try mode?.decode("value", as: String.self) == "read")
        }
    }

    @Test func `GRA-074 GRA-050 the destruction of a graph takes its subgraphs first, each after a verified backup, and one in the making`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let notes = try await made("notes", under: id, deployment)
            try await write(4, into: notes, deployment)
            let late = try await deployment.services.subgraphs.create(wish("late"), under: id, key: nil, as: deployment.caller).operation
            _ = try await deployment.services.graphs.delete(
                id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            #expect(try await deployment.graph(notes).status == .deprovisioning)
            // Its backup fails at first: nothing of the parent is dropped before.
            deployment.engine.fail(.before("dump"))
            try await deployment.worker.drain()
            #expect(try await deployment.objects(of: id).contains("d:\(id)"))
            try await deployment.advance(.hours(1))
            try await deployment.advance(.hours(1))
            #expect(try await deployment.graph(id).status == .deprovisioned)
            #expect(try await deployment.graph(notes).status == .deprovisioned)
            #expect(try await deployment.objects(of: id).isEmpty)
            #expect(try await deployment.operation(late.id).status == .failed)
            let backups = try await deployment.store.backups(of: id)
            #expect(backups.count { $0.initiator == .final && $0.verifiedAt != nil } == 2)
            #expect(Set(backups.map(\.graph)) == [id, notes])
        }
    }
}
