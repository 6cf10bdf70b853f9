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
import Synchronization
import Testing

@testable import GraphEngines

@Suite struct MemberTests {
    private func admin(_ deployment: Deployment) -> GraphCaller { deployment.caller }

    @Test func `GRA-037 GRA-039 whoever is just being removed from the org is given no role, which would be theirs when they come back`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let ended = AsyncStream<Void>.makeStream()
            let isOver = Mutex(false)
            let adding = Task {
                defer { isOver.withLock { $0 = true } }
                for await _ in ended.stream {}
                return try await deployment.services.members.add(deployment.member, as: .admin, to: id, by: deployment.caller)
            }
            try await deployment.store.withTransaction(.system) { transaction in
                let membership = try #require(try await transaction.lockedMembership(of: deployment.member, in: deployment.org))
                try await transaction.postgres.execute(
                    "UPDATE orgs.membership SET ended_at = \(deployment.clock.now), end_reason = 'removed' WHERE id = \(membership.id)")
                try await GraphMembershipObserver<Deployment.Store.Transaction>().membershipEnded(membership, in: transaction)
                // The grant is asked for now; it waits for this transaction, or is through.
                ended.continuation.finish()
                let began = ContinuousClock.now
                while !isOver.withLock(\.self) {
                    let waiting = try await deployment.database.adminClient.query(
                        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                    if !waiting.isEmpty { break }
                    try #require(began.duration(to: .now) < .seconds(300), "the grant neither waits nor ends")
                    await Task.yield()
                }
            }
            await #expect(throws: GraphError.notInOrg) { try await adding.value }
            #expect(try await deployment.store.grants(on: id).allSatisfy { $0.user != deployment.member })
        }
    }

    @Test func `GRA-037 of twenty who grant at once one does, and the person must be known and of the org`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let members = deployment.services.members
            let outcomes = await withTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask { () -> String in
                        do {
                            return try await members.add(deployment.member, as: .member, to: id, by: deployment.caller).role.rawValue
                        } catch {
                            return "\(error)"
                        }
                    }
                }
                return await group.reduce(into: [:]) { counts, outcome in counts[outcome, default: 0] += 1 }
            }
            #expect(outcomes == ["member": 1, "alreadyGranted": 19])
            await #expect(throws: GraphError.notFound) {
                try await members.add(.make(at: start), as: .viewer, to: id, by: deployment.caller)
            }
            let stranger = User.ID.make(at: start)
            try await deployment.database.adminClient.execute(
                """
                INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
                VALUES (\(stranger), 'eve@example.com', 'Eve', 'active', 1, 1, \(start), \(start))
                """)
            await #expect(throws: GraphError.notInOrg) { try await members.add(stranger, as: .viewer, to: id, by: deployment.caller) }
            let plain = GraphCaller(user: deployment.member, org: deployment.org)
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) {
                try await members.add(deployment.member, as: .admin, to: id, by: plain)
            }
            #expect(try await deployment.audit("graph_member_added") == 1)
        }
    }

    @Test func `GRA-036 the list has explicit grants by time, then those who run the org; a person with both once, with the stronger role`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            deployment.clock.advance(by: .hours(1))
            _ = try await deployment.services.members.add(deployment.member, as: .viewer, to: id, by: deployment.caller)
            let list = try await deployment.services.graphs.members(of: id, as: deployment.caller)
            // Whoever made the graph was granted the role and owns the org as well.
            #expect(list.map(\.user) == [deployment.owner, deployment.member])
            #expect(list.map(\.role) == [.admin, .viewer])
            #expect(list.map(\.source) == [.explicit, .explicit])
            try await deployment.services.members.remove(deployment.owner, from: id, by: deployment.caller)
            let later = try await deployment.services.graphs.members(of: id, as: deployment.caller)
            #expect(later.map(\.user) == [deployment.member, deployment.owner])
            #expect(later.last?.source == .orgRole && later.last?.grantedAt == nil && later.last?.role == .admin)
        }
    }

    @Test func `GRA-038 changes concern grants alone; a removed person loses selection and logins, and the log has both roles`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let (members, member) = (deployment.services.members, GraphCaller(user: deployment.member, org: deployment.org))
            await #expect(throws: GraphError.grantNotFound) {
                try await members.change(deployment.member, to: .viewer, on: id, by: deployment.caller)
            }
            await #expect(throws: GraphError.grantNotFound) {
                try await members.remove(deployment.member, from: id, by: deployment.caller)
            }
            _ = try await members.add(deployment.member, as: .viewer, to: id, by: deployment.caller)
            #expect(try await members.change(deployment.member, to: .admin, on: id, by: deployment.caller).role == .admin)
            await #expect(throws: GraphError.nothingToChange) {
                try await members.change(deployment.member, to: .admin, on: id, by: deployment.caller)
            }
            #expect(try await deployment.audit("graph_member_role_changed") == 1)
            let login = try await deployment.services.credentials.issue(
                on: id, access: .readOnly, label: "", expiresAt: nil, as: member
            ).login
            let kept = try await deployment.services.credentials.issue(
                on: id, access: .readOnly, label: "", expiresAt: nil, as: deployment.caller
            ).login
            try await deployment.services.graphs.select(id, as: member)
            try await members.remove(deployment.member, from: id, by: deployment.caller)
            try await deployment.worker.drain()
            #expect(try await deployment.store.graphs(for: deployment.member, includingEnded: false).selected == nil)
            #expect(try await deployment.store.graphs(for: deployment.member, includingEnded: false).graphs.isEmpty)
            let roles = try await deployment.objects(of: id)
            #expect(!roles.contains("r:" + login.role) && roles.contains("r:" + kept.role))
            #expect(try await deployment.audit("graph_credential_revoked") == 1)
            let entries = try await deployment.database.adminClient.query(
                """
                SELECT type, data ->> 'old_role' AS old, data ->> 'new_role' AS new FROM audit.entry
                WHERE type LIKE 'graph\\_member\\_%' ORDER BY recorded_at, id
                """
            ).map {
                [
                    try $0.decode("type", as: String.self), try $0.decode("old", as: String?.self) ?? "-",
                    try $0.decode("new", as: String?.self) ?? "-",
                ]
            }
            #expect(
                entries == [
                    ["graph_member_added", "-", "viewer"], ["graph_member_role_changed", "viewer", "admin"],
                    ["graph_member_removed", "admin", "-"],
                ])
            // Each of them is told to the person, and each login to whoever administers the graph (NOT-164).
            for (topic, count) in [(GraphAccessChanged.topic, 3), (GraphLoginCreated.topic, 2)] {
                #expect(try await deployment.database.adminClient.query("SELECT FROM jobs.event WHERE topic = \(topic)").count == count)
            }
            // What the org role gives stays when a grant goes: the owner keeps logins and selection.
            try await deployment.services.graphs.select(id, as: deployment.caller)
            try await members.remove(deployment.owner, from: id, by: deployment.caller)
            try await deployment.worker.drain()
            #expect(try await deployment.objects(of: id).contains("r:" + kept.role))
            #expect(try await deployment.store.graphs(for: deployment.owner, includingEnded: false).selected == id)
        }
    }

    @Test func `GRA-112 OPS-053 a rotation moves the end of the old login in row and job; at that end, and not before, it is refused`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let credentials = deployment.services.credentials
            let old = try await credentials.issue(
                on: id, access: .readOnly, label: "app", expiresAt: start + .days(30), as: deployment.caller)
            let new = try await credentials.rotate(old.credential.id, of: id, overlap: .hours(24), as: deployment.caller)
            #expect(new.credential.label == "app" && new.credential.access == .readOnly)
            #expect(new.credential.expiresAt == start + .days(30))
            let waiting = try await deployment.database.adminClient.query(
                """
                SELECT j.run_at, c.expires_at FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id
                JOIN graphs.graph_credential c ON j.args ->> 'credential' = \(old.credential.id.description) AND c.id = \(old.credential.id)
                WHERE k.name = 'graphs.expire_credential'
                """)
            #expect(waiting.count == 1)
            let end = try #require(try waiting.first?.decode("run_at", as: Instant.self))
            #expect(end == deployment.clock.now + .hours(24))
            #expect(try waiting.first?.decode("expires_at", as: Instant.self) == end)
            deployment.clock.advance(to: end - .seconds(1))
            try await deployment.worker.drain()
            #expect(try await deployment.objects(of: id).contains("r:" + old.login.role))
            deployment.clock.advance(to: end)
            try await deployment.worker.drain()
            #expect(try await !deployment.objects(of: id).contains("r:" + old.login.role))
            #expect(try await deployment.objects(of: id).contains("r:" + new.login.role))
            for type in ["graph_credential_rotated", "graph_credential_revoked"] {
                #expect(try await deployment.audit(type) == 1, "\(type)")
            }
            // Without an overlap the old one is gone with the answer.
            let third = try await credentials.rotate(new.credential.id, of: id, overlap: .zero, as: deployment.caller)
            #expect(try await !deployment.objects(of: id).contains("r:" + new.login.role))
            await #expect(throws: GraphError.credentialNotFound) {
                try await credentials.rotate(new.credential.id, of: id, overlap: .zero, as: deployment.caller)
            }
            await #expect(throws: GraphError.self) {
                try await credentials.rotate(third.credential.id, of: id, overlap: .days(8), as: deployment.caller)
            }
        }
    }

    @Test func `GRA-112 a graph with as many logins as it may have rotates one all the same, once`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let credentials = deployment.services.credentials
            func issue() async throws -> GraphCredential.ID {
                try await credentials.issue(on: id, access: .readOnly, label: "", expiresAt: nil, as: deployment.caller).credential.id
            }
            let old = try await issue()
            for _ in 1..<GraphCredential.limit { _ = try await issue() }
            await #expect(throws: GraphError.credentialLimitReached) { try await issue() }
            _ = try await credentials.rotate(old, of: id, overlap: .hours(1), as: deployment.caller)
            await #expect(throws: GraphError.credentialLimitReached) {
                try await credentials.rotate(old, of: id, overlap: .hours(1), as: deployment.caller)
            }
            await #expect(throws: GraphError.credentialLimitReached) { try await issue() }
        }
    }

    @Test func `OPS-130 a credential whose end came and whose job was lost is ended by the hourly sweep`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let issued = try await deployment.services.credentials.issue(
                on: id, access: .readOnly, label: "", expiresAt: start + .hours(1), as: deployment.caller)
            try await deployment.database.adminClient.execute(
                "DELETE FROM jobs.job WHERE kind_id = jobs.kind_id('graphs.expire_credential')")
            deployment.clock.advance(by: .hours(1))
            try await deployment.worker.drain()
            #expect(try await deployment.objects(of: id).contains("r:" + issued.login.role))
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(SweepCredentials(), .standard) }
            try await deployment.worker.drain()
            #expect(try await !deployment.objects(of: id).contains("r:" + issued.login.role))
            #expect(try await deployment.store.credentialsDue(at: deployment.clock.now, limit: 10).isEmpty)
        }
    }
}
