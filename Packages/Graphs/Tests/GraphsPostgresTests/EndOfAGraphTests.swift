import Billing
import BillingPostgres
import Core
import Cryptography
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

@Suite struct EndOfAGraphTests {
    private func delete(
        _ id: GraphID, in deployment: Deployment, atPeriodEnd: Bool = false, confirm: String? = nil, as user: User.ID? = nil
    ) async throws -> Operations.Operation {
        try await deployment.services.graphs.delete(
            id, confirmation: confirm ?? id.description, atPeriodEnd: atPeriodEnd, key: nil,
            as: GraphCaller(user: user ?? deployment.owner, org: deployment.org)
        ).operation
    }

    @Test func `GRA-053 a destruction waits for a backup that is being written, and its own comes after it`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let other = GraphBackup.ID.make(at: deployment.clock.now)
            try await deployment.database.adminClient.execute(
                """
                INSERT INTO graphs.graph_backup (id, graph_id, org_id, initiator, status, created_at, requested_by)
                VALUES (\(other), \(id.description), \(deployment.org), 'user', 'in_progress', \(deployment.clock.now), \(deployment.owner))
                """)
            _ = try await deployment.services.graphs.delete(
                id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            try await deployment.worker.drain()
            for _ in 0..<6 { try await deployment.advance(.minutes(10)) }
            #expect(try await deployment.graph(id).status == .deprovisioning)
            #expect(try await deployment.objects(of: id).contains("d:" + id.databaseName))
            #expect(try await deployment.database.adminClient.query("SELECT FROM jobs.job_error").isEmpty, "waiting is no failure")
            try await deployment.database.adminClient.execute("UPDATE graphs.graph_backup SET status = 'failed' WHERE id = \(other)")
            try await deployment.advance(.seconds(15))
            #expect(try await deployment.graph(id).status == .deprovisioned)
        }
    }

    @Test func `GRA-044 and GRA-045 an immediate deletion closes, backs up, verifies, drops and tells, and leaves only the backup`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            await #expect(throws: GraphError.confirmationDiffers(id)) { try await delete(id, in: deployment, confirm: "kg") }
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) { try await delete(id, in: deployment, as: deployment.member) }
            let operation = try await delete(id, in: deployment)
            #expect(operation.status == .completed)
            #expect(operation.result["status"] == "deprovisioning_queued")
            #expect(operation.result["graph_id"]?.stringValue == id.description)
            #expect(operation.result["subscription_id"]?.stringValue?.hasPrefix("bsub_") == true)
            let teardown = try #require(operation.result["teardown_operation_id"]?.stringValue.flatMap { Operations.Operation.ID($0) })
            #expect(try await deployment.graph(id).status == .deprovisioning)
            await #expect(throws: (any Error).self) { try await delete(id, in: deployment) }
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).status == .deprovisioned)
            let done = try await deployment.operation(teardown)
            #expect(done.status == .completed)
            #expect(done.steps.allSatisfy { $0.state == .done })
            #expect(try await deployment.objects(of: id).isEmpty)
            let backups = try await deployment.store.backups(of: id)
            #expect(backups.count == 1)
            #expect(backups.first?.verifiedAt != nil)
            #expect(backups.first?.initiator == .final)
            #expect(try await deployment.store.capacity().first?.freeSlots == 5)
            #expect(try await deployment.store.limits(of: deployment.org)?.graphsHeld == 0)
            #expect(try await deployment.services.graphs.graphs(as: deployment.caller, includingEnded: false).graphs.isEmpty)
            let types = try await deployment.auditTypes(of: id)
            for type in [
                "graph_create_requested", "graph_provisioned", "graph_deleted", "graph_teardown_started", "final_backup_completed",
                "graph_deprovisioned",
            ] {
                #expect(types.contains(type), "\(type)")
            }
            await #expect(throws: GraphError.notFound) { try await deployment.services.graphs.graph(id, as: deployment.caller) }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-048 a session of a tenant ends with the deletion's first step, and no step waits for an instant`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let login = try await deployment.services.credentials.issue(
                on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller
            ).login
            try await deployment.connected(as: login) { tenant in
                _ = try await tenant.execute(
                    "INSERT INTO node (label, props) SELECT 'Fact', jsonb_build_object('text', repeat('x', 900)) FROM generate_series(1, 5000)"
                )
                _ = try await delete(id, in: deployment)
                // The clock stands still: whatever waited for an instant would not run.
                let runs = try await deployment.worker.drain()
                #expect(!runs.contains { $0.outcome == "snoozed" })
                await #expect(throws: (any Error).self) { try await tenant.query("SELECT 1") }
            }
            await #expect(throws: (any Error).self) { try await deployment.connected(as: login) { try await $0.query("SELECT 1") } }
            #expect(try await deployment.graph(id).status == .deprovisioned)
            #expect(try await deployment.objects(of: id).isEmpty)
            let teardown = try await deployment.database.adminClient.query(
                "SELECT id FROM operations.operation WHERE kind = 'graph-teardown'")
            let steps = try await deployment.operation(try #require(teardown.first).decode("id")).steps
            #expect(steps.first?.name == TeardownStep.close.title)
            #expect(steps.allSatisfy { $0.attempt <= 1 })
        }
    }

    @Test func `ID-107 keys that reach nothing but the graph end with it, each with an entry`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let now = deployment.clock.now
            for (number, graph) in [id.description, nil].enumerated() {
                let key = APIKey(
                    id: .make(at: now), user: deployment.owner, epoch: 1,
                    label: try #require(APIKeyLabel(name: "k\(number)", description: nil)), prefix: "rfs_0000",
                    scopes: nil, org: nil, graph: graph, networks: nil, expiresAt: nil, createdAt: now, lastActiveAt: nil, revokedAt: nil)
                let digest = SecretDigest(bytes: SHA256.digest(of: "key \(number)"))
                try await deployment.store.withTransaction(.system) { try await $0.insert(key, digest: digest) }
            }
            _ = try await delete(id, in: deployment)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).status == .deprovisioned)
            let live = try await deployment.database.adminClient.query("SELECT graph_id FROM identity.api_key WHERE revoked_at IS NULL")
            #expect(try live.map { try $0.decode("graph_id", as: String?.self) } == [nil])
            let entries = try await deployment.database.adminClient.query(
                "SELECT FROM audit.entry WHERE type = 'api_key_revoked' AND data ->> 'reason' = 'graph_deprovisioned'")
            #expect(entries.count == 1)
        }
    }

    @Test(arguments: ["mode", "dump", "list", "drop", "dropPrincipals", "objects"], [false, true])
    func `GRA-049 a fault before or after any call of the teardown leaves a graph that is closed and finishes by itself`(
        _ call: String, _ isAfter: Bool
    ) async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            _ = try await delete(id, in: deployment)
            deployment.engine.fail(isAfter ? .after(call) : .before(call))
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).status == .deprovisioning)
            for _ in 0..<3 { try await deployment.advance(.seconds(60)) }
            #expect(try await deployment.graph(id).status == .deprovisioned)
            #expect(try await deployment.objects(of: id).isEmpty)
            #expect(try await deployment.store.backups(of: id).count == 1)
        }
    }

    @Test func `GRA-050 and GRA-062 a backup that cannot be read back drops nothing, and is reported from the sixth failure on`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            _ = try await delete(id, in: deployment)
            for _ in 0..<7 { deployment.engine.fail(.before("list")) }
            for _ in 0..<6 { try await deployment.advance(.hours(1)) }
            #expect(try await deployment.objects(of: id).contains("d:" + id.databaseName))
            #expect(try await deployment.auditTypes(of: id).contains("graph_teardown_stuck"))
            deployment.engine.heal()
            for _ in 0..<3 { try await deployment.advance(.hours(2)) }
            #expect(try await deployment.graph(id).status == .deprovisioned)
        }
    }

    @Test func `GRA-055 to GRA-058 a deferred deletion is readable to its end, then suspended for seven days, then destroyed`() async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let operation = try await delete(id, in: deployment, atPeriodEnd: true)
            #expect(operation.result["status"] == "scheduled_for_deprovision")
            let endsAt = try #require(operation.result["ends_at"]?.stringValue.flatMap { Instant($0) })
            #expect(operation.result["teardown_operation_id"] == nil)
            try await deployment.worker.drain()
            let ending = try await deployment.graph(id)
            #expect(ending.status == .active)
            #expect(ending.mode == .read)
            #expect(try await deployment.services.graphs.access(to: ending).level == .read)
            await #expect(throws: GraphError.alreadyCanceled) { try await delete(id, in: deployment) }
            deployment.clock.advance(to: endsAt - .seconds(1))
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).status == .active)
            try await deployment.advance(.seconds(1))
            let suspended = try await deployment.graph(id)
            #expect(suspended.status == .suspended)
            #expect(suspended.mode == .none)
            #expect(suspended.purgeAt == endsAt + .days(7))
            #expect(try await deployment.objects(of: id).contains("d:" + id.databaseName))
            deployment.clock.advance(to: endsAt + .days(7) - .seconds(1))
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).status == .suspended)
            for _ in 0..<2 { try await deployment.advance(.seconds(1)) }
            #expect(try await deployment.graph(id).status == .deprovisioned)
            #expect(try await deployment.objects(of: id).isEmpty)
            let types = try await deployment.auditTypes(of: id)
            #expect(types.contains("graph_suspended"))
            #expect(types.contains("graph_deprovisioned"))
        }
    }

    @Test func `GRA-111 and GRA-112 a login's password is shown once, works, expires by itself and dies with the graph`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let service = deployment.services.credentials
            let (credential, login) = try await service.issue(
                on: id, access: .readWrite, label: "laptop", expiresAt: start + .days(1), as: deployment.caller)
            #expect(login.connectionString.withValue { $0.contains(credential.role) })
            let second = try await service.issue(on: id, access: .readOnly, label: "", expiresAt: nil, as: deployment.caller).credential
            let secret = login.password.withValue { $0 }
            let tables = ["graphs.graph_credential", "operations.operation", "audit.entry", "jobs.job"]
            for table in tables {
                let rows = try await deployment.database.adminClient.query(
                    Statement("SELECT 1 AS found FROM \(table) t WHERE to_jsonb(t)::text LIKE '%\(secret)%'", []))
                #expect(rows.isEmpty, "\(table)")
            }
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) {
                try await service.credentials(of: id, as: GraphCaller(user: deployment.member, org: deployment.org))
            }
            try await deployment.advance(.days(1))
            let listed = try await service.credentials(of: id, as: deployment.caller)
            #expect(listed.first { $0.id == credential.id }?.revokedAt != nil)
            #expect(listed.first { $0.id == second.id }?.revokedAt == nil)
            #expect(try await deployment.objects(of: id).filter { $0.contains("__u") }.count == 1)
            try await service.revoke(second.id, of: id, as: deployment.caller)
            try await service.revoke(second.id, of: id, as: deployment.caller)
            #expect(try await !deployment.objects(of: id).contains { $0.contains("__u") })
            let types = try await deployment.auditTypes(of: id)
            #expect(types.count(where: { $0 == "graph_credential_revoked" }) == 2)
            #expect(types.count(where: { $0 == "graph_credential_created" }) == 2)
        }
    }

    @Test func `GRA-039 and ORG-024 who leaves the org loses grants, selection and logins; who is demoted keeps a member's grant`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let (owner, member, org) = (deployment.owner, deployment.member, deployment.org)
            let observer = GraphMembershipObserver<Deployment.Store.Transaction>()
            func membership(_ role: OrgRole) -> Membership {
                Membership(id: .make(at: start), org: org, user: member, role: role, joinedAt: start, joinedThrough: .founding)
            }
            try await deployment.store.withTransaction(.system) { transaction in
                try await transaction.grant(.admin, on: id, to: member, by: owner, at: start)
                try await transaction.select(id, for: member)
            }
            let access = StoredGraphAccess(store: deployment.store)
            let reaches = try await access.canReach(id.description, by: .person(member))
            #expect(reaches)
            let caller = GraphCaller(user: member, org: org)
            let login = try await deployment.services.credentials.issue(
                on: id, access: .readWrite, label: "", expiresAt: nil, as: caller)
            let kept = try await deployment.services.credentials.issue(
                on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller)

            try await deployment.store.withTransaction(.system) {
                try await observer.roleChanged(of: membership(.admin), from: .member, in: $0)
            }
            let promoted = try await deployment.store.grants(on: id)
            #expect(promoted.first { $0.user == member }?.role == .admin)
            try await deployment.store.withTransaction(.system) {
                try await observer.roleChanged(of: membership(.member), from: .admin, in: $0)
            }
            let demoted = try await deployment.store.grants(on: id)
            #expect(demoted.first { $0.user == member }?.role == .member)
            #expect(demoted.first { $0.user == owner }?.role == .admin)

            try await deployment.store.withTransaction(.system) { try await observer.membershipEnded(membership(.member), in: $0) }
            let remaining = try await deployment.store.grants(on: id)
            #expect(remaining.map(\.user) == [owner])
            let selected = try await deployment.database.adminClient.query(
                "SELECT 1 AS one FROM graphs.selected_graph WHERE user_id = \(member)")
            #expect(selected.isEmpty)
            try await deployment.worker.drain()
            let objects = try await deployment.objects(of: id)
            #expect(!objects.contains { $0.hasSuffix(login.credential.role) })
            #expect(objects.contains { $0.hasSuffix(kept.credential.role) })
            let audit = try await deployment.auditTypes(of: id)
            #expect(audit.count(where: { $0 == "graph_credential_revoked" }) == 1)
        }
    }

    @Test func `GRA-043 with billing off a deletion is immediate only, and still leaves a backup`() async throws {
        try await Deployment.with(billing: false) { deployment in
            let id = try await deployment.activeGraph()
            await #expect(throws: GraphError.periodEndUnknown) { try await delete(id, in: deployment, atPeriodEnd: true) }
            _ = try await delete(id, in: deployment)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).status == .deprovisioned)
            #expect(try await deployment.store.backups(of: id).count == 1)
        }
    }
}
