import AuditPostgres
import Billing
import BillingPostgres
import Core
import Foundation
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

/// Where a graph that is gone is still to be found. The clock is the deployment's own and moves only by what a test says.
@Suite struct TracesTests {
    /// For ever, to the end of the backups' hosting, or to an end that each of these has of its own (GRA-061).
    private static let allowed: Set<String> = [
        "audit.entry", "audit.coverage", "audit.unsealed", "billing.subscription", "billing.invoice", "billing.invoice_line",
        "billing.credit_pool",
        "billing.credit_transaction", "billing.credit_day", "graphs.graph", "graphs.graph_backup", "graphs.backup_download",
        "graphs.storage_measure", "graphs.storage_day", "jobs.event", "jobs.job", "jobs.job_dead", "jobs.job_error", "jobs.job_history",
        "jobs.saga", "jobs.saga_step", "operations.idempotency_record", "operations.operation", "operations.operation_event",
    ]

    /// The tables of the control database in which an id occurs; partitions by the table they belong to.
    private func tables(naming id: String, _ deployment: Deployment) async throws -> Set<String> {
        let rows = try await deployment.database.adminClient.query(
            """
            SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
              AND (xpath('/row/n/text()', query_to_xml(
                format('SELECT count(*) AS n FROM %I.%I t WHERE t::text LIKE %L', n.nspname, c.relname, '%' || \(id) || '%'),
                true, true, '')))[1]::text::bigint > 0
            """)
        return try Set(rows.map { try $0.decode("name") })
    }

    @Test
    func `GRA-061 a graph that is gone is named only where its id may stay; nothing of it is on the host or in the store but its backup`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            // It is used: a login, a revoked one, a grant, a selection, a reading, a measure, a finding, a backup with a link.
            let credentials = deployment.services.credentials
            let ended = try await credentials.issue(on: id, access: .readOnly, label: "", expiresAt: nil, as: deployment.caller).credential
            _ = try await credentials.issue(on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller)
            try await credentials.revoke(ended.id, of: id, as: deployment.caller)
            try await deployment.store.withTransaction(.system) { transaction in
                try await transaction.grant(.member, on: id, to: deployment.member, by: deployment.owner, at: start)
                try await transaction.select(id, for: deployment.member)
            }
            _ = try await deployment.services.graphs.reading(of: deployment.graph(id))
            _ = try await deployment.services.backups.request(
                BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil), of: id, key: nil,
                as: deployment.caller)
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(SampleStorage(), .standard) }
            try await deployment.worker.drain()
            try await deployment.database.adminClient.execute(
                """
                INSERT INTO graphs.orphan_finding (kind, place, object, graph_id, first_seen_at, last_seen_at)
                VALUES ('scratch', 'local', \(id.description + "__r00000000"), \(id.description), \(start), \(start))
                """)
            let before = try await tables(naming: id.description, deployment)
            for table in ["graph_credential", "graph_grant", "selected_graph", "storage_sample", "orphan_finding", "host_slot"] {
                #expect(before.contains("graphs." + table), "the test shows nothing about \(table)")
            }
            _ = try await deployment.services.graphs.delete(
                id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            try await deployment.advance(.hours(1))
            try #require(try await deployment.graph(id).status == .deprovisioned)

            let after = try await tables(naming: id.description, deployment)
            #expect(after.subtracting(Self.allowed).sorted() == [])
            #expect(after.isSuperset(of: ["graphs.graph", "graphs.graph_backup", "audit.entry", "billing.subscription"]))
            // The host: objects, and what is said or set about objects.
            #expect(try await deployment.objects(of: id).isEmpty)
            let pattern = "%" + id.description + "%"
            let said = try await deployment.database.adminClient.query(
                "SELECT FROM pg_shdescription WHERE description LIKE \(pattern) UNION ALL SELECT FROM pg_roles WHERE rolname LIKE \(pattern)"
            )
            #expect(said.isEmpty)
            // The store: what rows name, under names of our own.
            let kept = try await deployment.store.backups(of: id).compactMap { $0.archive?.objectKey }
            #expect(kept.count == 2)
            let files = try FileManager.default.subpathsOfDirectory(atPath: deployment.directory)
            #expect(files.filter { $0.contains(id.description) } == [])
            #expect(try await Set(deployment.archives.stored(after: nil, limit: 100).map(\.key)) == Set(kept))
        }
    }

    @Test func `GRA-034 one graph is selected by each person, by whoever may open it, and no longer than that`() async throws {
        try await Deployment.with { deployment in
            let graphs = [try await deployment.activeGraph(), try await deployment.activeGraph()]
            let (service, member) = (deployment.services.graphs, GraphCaller(user: deployment.member, org: deployment.org))
            func selection(of user: User.ID) async throws -> [String] {
                try await deployment.database.adminClient.query("SELECT graph_id FROM graphs.selected_graph WHERE user_id = \(user)").map {
                    try $0.decode("graph_id")
                }
            }
            func grant() async throws {
                try await deployment.store.withTransaction(.system) { transaction in
                    for id in graphs {
                        try await transaction.grant(.viewer, on: id, to: deployment.member, by: deployment.owner, at: start)
                    }
                }
            }
            // Twenty at once, and one row that is one of them.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 { group.addTask { try await service.select(graphs[number % 2], as: deployment.caller) } }
                try await group.waitForAll()
            }
            let chosen = try await selection(of: deployment.owner)
            #expect(chosen.count == 1 && graphs.map(\.description).contains(chosen.first ?? ""))
            try await service.select(graphs[0], as: deployment.caller)
            #expect(try await service.graphs(as: deployment.caller, includingEnded: false).selected == graphs[0])
            // Unknown, without a grant, and with one.
            await #expect(throws: GraphError.notFound) { try await service.select(.make(), as: deployment.caller) }
            await #expect(throws: GraphError.roleTooWeak(needed: .viewer)) { try await service.select(graphs[0], as: member) }
            try await grant()
            try await service.select(graphs[1], as: member)
            #expect(try await service.graphs(as: member, includingEnded: false).selected == graphs[1])
            // The grant is taken back.
            try await deployment.services.members.remove(deployment.member, from: graphs[1], by: deployment.caller)
            #expect(try await selection(of: deployment.member).isEmpty)
            #expect(try await service.graphs(as: member, includingEnded: false).selected == nil)
            // An admin of the org, who needs no grant, becomes a plain member: what a grant opens stays selected, what it does not goes.
            let observer = GraphMembershipObserver<Deployment.Store.Transaction>()
            let demoted = Membership(
                id: .make(at: start), org: deployment.org, user: deployment.member, role: .member, joinedAt: start, joinedThrough: .founding
            )
            for (id, isKept) in [(graphs[0], true), (graphs[1], false)] {
                try await deployment.store.withTransaction(.system) { transaction in
                    try await transaction.select(id, for: deployment.member)
                    try await observer.roleChanged(of: demoted, from: .admin, in: transaction)
                }
                #expect(try await selection(of: deployment.member).isEmpty == !isKept)
            }
            // The membership ends, and the graph itself.
            try await grant()
            try await service.select(graphs[0], as: member)
            try await deployment.store.withTransaction(.system) { try await observer.membershipEnded(demoted, in: $0) }
            #expect(try await selection(of: deployment.member).isEmpty)
            _ = try await service.delete(
                graphs[0], confirmation: graphs[0].description, atPeriodEnd: false, key: nil, as: deployment.caller)
            try await deployment.advance(.hours(1))
            #expect(try await deployment.graph(graphs[0]).status == .deprovisioned)
            #expect(try await selection(of: deployment.owner).isEmpty)
            #expect(try await service.graphs(as: deployment.caller, includingEnded: true).selected == nil)
        }
    }
}
