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

@Suite struct ProtectionTests {
    private func protect(_ id: GraphID, _ isOn: Bool, as caller: GraphCaller, in deployment: Deployment) async throws
        -> Operations.Operation
    {
        try await deployment.services.graphs.setProtection(id, to: isOn, key: nil, as: caller).operation
    }

    private func putOffs(_ deployment: Deployment) async throws -> Int {
        try await deployment.database.adminClient.query("SELECT FROM jobs.event WHERE topic = \(GraphPurgePutOff.topic)").count
    }

    @Test func `GRA-052 a protected graph is not deleted, restored over or purged, and its org not deleted, until an owner ends that`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let (graphs, member) = (deployment.services.graphs, GraphCaller(user: deployment.member, org: deployment.org))
            await #expect(throws: GraphError.roleTooWeak(needed: .viewer)) { try await protect(id, true, as: member, in: deployment) }
            _ = try await deployment.services.members.add(deployment.member, as: .admin, to: id, by: deployment.caller)
            for _ in 0..<2 { #expect(try await protect(id, true, as: member, in: deployment).status == .completed) }
            #expect(try await deployment.audit("graph_protection_changed") == 1)
            await #expect(throws: GraphError.orgOwnerRequired) { try await protect(id, false, as: member, in: deployment) }
            await #expect(throws: GraphError.deleteProtected) {
                try await graphs.delete(id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            }
            _ = try await deployment.services.backups.request(
                BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil), of: id, key: nil,
                as: deployment.caller)
            try await deployment.worker.drain()
            let backup = try #require(try await deployment.store.backups(of: id).first)
            await #expect(throws: GraphError.deleteProtected) {
                try await deployment.services.backups.restore(
                    backup.id, of: id, confirmation: id.description, key: nil, as: deployment.caller)
            }
            let blockers = try await deployment.store.withTransaction(.system) {
                try await deployment.services.orgObserver.deletionBlockers(
                    of: deployment.org, forfeitingBalance: false, in: $0)
            }
            #expect(blockers.map(\.kind) == [.protectedGraph] && blockers.map(\.id) == [id.description])
            // Suspension goes on, destruction does not, however long it takes.
            _ = try await protect(id, false, as: deployment.caller, in: deployment)
            _ = try await graphs.delete(id, confirmation: id.description, atPeriodEnd: true, key: nil, as: deployment.caller)
            _ = try await protect(id, true, as: deployment.caller, in: deployment)
            for _ in 0..<8 { try await deployment.advance(.days(6)) }
            #expect(try await deployment.graph(id).status == .suspended)
            let reasons = try await deployment.database.adminClient.query(
                "SELECT data ->> 'reason' AS reason FROM audit.entry WHERE type = 'graph_purge_deferred'"
            ).map { try $0.decode("reason", as: String.self) }
            #expect(reasons.contains("an owner protects the graph"))
            #expect(try await deployment.objects(of: id).contains("d:\(id)"))
            #expect(try await protect(id, false, as: deployment.caller, in: deployment).status == .completed)
            #expect(try await deployment.audit("graph_protection_changed") == 4)
            // Long past its time, but of the new one nobody was warned yet.
            #expect(try await deployment.graph(id).purgeAt == deployment.clock.now + .days(3))
            #expect(try await putOffs(deployment) == 1)
            try await deployment.advance(.days(3) - .seconds(1))
            #expect(try await deployment.graph(id).status == .suspended)
            for _ in 0..<2 { try await deployment.advance(.seconds(1)) }
            #expect(try await deployment.graph(id).status == .deprovisioned)
        }
    }
}
