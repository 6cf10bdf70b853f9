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
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@testable import Orgs

/// What the end of an org is to its graphs. The clock moves only by what a test says.
@Suite struct OrgEndingTests {
    private func delete(_ deployment: Deployment) async throws -> OrgDeletion {
        let switchOff = OrgSwitchOff(observers: deployment.observers, settings: OrgsSettings())
        let order = OrgSwitchOff<Deployment.Store.Transaction>.Order(
            org: deployment.org, owner: deployment.owner, actor: .user(AuditReference(deployment.owner)), reason: nil,
            forfeitsBalance: false, at: deployment.clock.now)
        let deletion = try await deployment.store.withTransaction(.system) { try await switchOff(order, in: $0) }
        try await deployment.worker.drain()
        return deletion
    }

    /// As the route does it.
    private func restore(_ deployment: Deployment) async throws -> Bool {
        let restored = try await deployment.store.withTransaction(.system) { transaction in
            guard let org = try await transaction.lockedOrg(deployment.org) else { return false }
            return try await OrgEnding(observers: deployment.observers).restore(
                org, by: .user(AuditReference(deployment.owner)), at: deployment.clock.now, in: transaction)
        }
        try await deployment.worker.drain()
        return restored
    }

    private func blockers(_ deployment: Deployment) async throws -> [DeletionBlocker] {
        try await deployment.store.withTransaction(.system) {
            try await OrgEnding(observers: deployment.observers).blockers(of: deployment.org, forfeits: false, in: $0)
        }
    }

    private func isThere(_ id: GraphID, _ deployment: Deployment) async throws -> Bool {
        try await deployment.objects(of: id).contains("d:" + id.databaseName)
    }

    /// Nothing is owed any more.
    private func settleInvoices(_ deployment: Deployment) async throws {
        try await deployment.database.adminClient.execute(
            """
            UPDATE billing.invoice SET status = 'void', void_reason = 'a gift', voided_at = \(deployment.clock.now) WHERE status = 'open'
            """)
    }

    private func makeComplimentary(_ id: GraphID, _ deployment: Deployment) async throws {
        try await settleInvoices(deployment)
        try await deployment.database.adminClient.execute(
            "UPDATE billing.subscription SET backing_kind = 'complimentary', backing_detail = 'a friend' WHERE resource_id = \(id.description)"
        )
    }

    private func suspendedAtItsEnd(_ deployment: Deployment) async throws -> GraphID {
        let id = try await deployment.activeGraph()
        try await deployment.suspend(id)
        try await settleInvoices(deployment)
        return id
    }

    @Test(arguments: [true, false])
    func `GRA-130 ORG-091 what nobody pays for is closed and held with its org, and opens when that is restored in the last second`(
        _ isBilled: Bool
    ) async throws {
        try await Deployment.with(billing: isBilled) { deployment in
            let id = try await deployment.activeGraph()
            if isBilled {
                #expect(try await blockers(deployment).map(\.kind) == [.liveSubscription, .openInvoice])
                try await makeComplimentary(id, deployment)
            }
            #expect(try await blockers(deployment).isEmpty)
            let deletion = try await delete(deployment)
            let closed = try await deployment.graph(id)
            #expect(closed.status == .suspended && closed.statusReason == "org_deleted" && closed.mode == .none)
            #expect(closed.purgeHold == "its org is deleted")
            #expect(try await deployment.audit("graph_suspended") == 1)
            #expect(try await deployment.audit("graph_purge_held") == 1)
            // News of the subscription do not open it, and its own retention does not destroy it.
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(ReconcileGraph(graph: id), .standard) }
            for _ in 0..<5 { try await deployment.advance(.days(5)) }
            #expect(try await deployment.graph(id).status == .suspended)
            deployment.clock.advance(to: deletion.purgeAt - .seconds(1))
            try await deployment.worker.drain()
            #expect(try await isThere(id, deployment))
            #expect(try await restore(deployment))
            let open = try await deployment.graph(id)
            #expect(open.status == .active && open.mode == .full && open.purgeAt == nil && open.purgeHold == nil)
            #expect(try await deployment.audit("graph_purge_released") == 1)
            #expect(try await deployment.audit("graph_resumed") == 1)
            for _ in 0..<3 { try await deployment.advance(.days(10)) }
            #expect(try await deployment.graph(id).status == .active)
            #expect(try await !restore(deployment), "it is restored once")
        }
    }

    @Test func `GRA-130 ORG-093 what was suspended before has seven new days after the restore, and is bought again in them`() async throws
    {
        try await Deployment.with { deployment in
            let id = try await suspendedAtItsEnd(deployment)
            #expect(try await blockers(deployment).isEmpty, "what is suspended stands in nobody's way")
            let deletion = try await delete(deployment)
            #expect(try await deployment.graph(id).purgeHold == "its org is deleted")
            await #expect(throws: GraphError.self) {
                try await deployment.services.graphs.undelete(id, key: nil, as: deployment.caller)
            }
            for _ in 0..<9 { try await deployment.advance(.days(3)) }
            #expect(try await deployment.graph(id).status == .suspended)
            #expect(try await isThere(id, deployment))
            deployment.clock.advance(to: deletion.purgeAt - .seconds(1))
            #expect(try await restore(deployment))
            let kept = try await deployment.graph(id)
            #expect(kept.status == .suspended && kept.purgeHold == nil && kept.purgeAt == deployment.clock.now + .days(7))
            try await deployment.advance(.days(6))
            let (operation, _) = try await deployment.services.graphs.undelete(id, key: nil, as: deployment.caller)
            #expect(operation.status == .completed, "\(operation.message)")
            #expect(try await deployment.graph(id).status == .active)
        }
    }

    @Test func `GRA-130 without a new subscription it is destroyed when the seven new days are over, not before`() async throws {
        try await Deployment.with { deployment in
            let id = try await suspendedAtItsEnd(deployment)
            _ = try await delete(deployment)
            try await deployment.advance(.days(20))
            #expect(try await restore(deployment))
            try await deployment.advance(.days(7) - .seconds(1))
            #expect(try await deployment.graph(id).status == .suspended)
            for _ in 0..<2 { try await deployment.advance(.seconds(1)) }
            #expect(try await deployment.graph(id).status == .deprovisioned)
        }
    }

    @Test func `GRA-130 ORG-096 the purge of an org destroys its graphs over a verified backup, ends what was free and leaves no backup`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await makeComplimentary(id, deployment)
            let deletion = try await delete(deployment)
            // A fresh warning goes out on each of the days, as time passes.
            for days in OrgDeletion.warningDays.sorted(by: >) {
                deployment.clock.advance(to: deletion.purgeAt - .days(days))
                try await deployment.worker.drain()
            }
            deployment.clock.advance(to: deletion.purgeAt - .seconds(1))
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).status == .suspended)
            #expect(try await isThere(id, deployment))
            for _ in 0..<20 { try await deployment.advance(.minutes(1)) }
            let gone = try await deployment.graph(id)
            #expect(gone.status == .deprovisioned && gone.statusReason == "org_purged")
            #expect(try await !isThere(id, deployment))
            let types = try await deployment.auditTypes(of: id)
            let verified = try #require(types.firstIndex(of: "final_backup_completed"))
            let erased = try #require(types.firstIndex(of: "backups_erased"))
            #expect(verified < erased && types.contains("graph_teardown_started") && types.contains("graph_deprovisioned"))
            #expect(try await deployment.store.backups(of: id).isEmpty)
            #expect(try await deployment.subscription(of: id).closedAt != nil)
            let state = try await deployment.database.adminClient.query("SELECT state FROM orgs.org")[0].decode("state", as: String.self)
            #expect(state == "purged")
            #expect(try await !restore(deployment))
        }
    }

    @Test func `GRA-130 a protected graph and one with which something is being done keep their org; whoever holds a graph keeps it too`()
        async throws
    {
        try await Deployment.with(billing: false) { deployment in
            let id = try await deployment.activeGraph()
            func protect(_ isProtected: Bool) async throws {
                try await deployment.database.adminClient.execute("UPDATE graphs.graph SET delete_protected = \(isProtected)")
            }
            try await protect(true)
            #expect(try await blockers(deployment).map(\.kind) == [.protectedGraph])
            await #expect(throws: OrgsError.self) { try await delete(deployment) }
            try await protect(false)
            let (operation, now) = (Operations.Operation.ID.make(at: deployment.clock.now), deployment.clock.now)
            _ = try await deployment.store.withTransaction(.system) { transaction in
                try await transaction.accept(
                    NewOperation(
                        kind: .restoreBackup, org: deployment.org, graph: id.description, startedBy: deployment.owner, message: "Restoring",
                        steps: [], result: .object([:])),
                    id: operation, at: now)
            }
            #expect(try await blockers(deployment).map(\.kind) == [.runningWork])
            try await deployment.store.withTransaction(.system) {
                _ = try await $0.move(operation, .fail(OperationFailure(code: "STOPPED", message: "It was stopped.")), at: now)
            }
            #expect(try await blockers(deployment).isEmpty)
            let deletion = try await delete(deployment)
            let graph = try await deployment.graph(id)
            try await deployment.store.withTransaction(.system) { transaction in
                try await deployment.services.lifecycle.holdPurge(
                    of: graph, because: "a court asks for it", by: .system(component: "operators"), in: transaction)
            }
            for days in OrgDeletion.warningDays.sorted(by: >) {
                deployment.clock.advance(to: deletion.purgeAt - .days(days))
                try await deployment.worker.drain()
            }
            deployment.clock.advance(to: deletion.purgeAt)
            for _ in 0..<5 { try await deployment.advance(.minutes(1)) }
            #expect(try await deployment.graph(id).status == .suspended)
            #expect(try await isThere(id, deployment))
            let state = try await deployment.database.adminClient.query("SELECT state FROM orgs.org")[0].decode("state", as: String.self)
            #expect(state == "purging", "it waits")
        }
    }
}
