import Core
import Graphs
import GraphsPostgres
import Identity
import Operations
import PlatformTesting
import Postgres
import Testing

@Suite struct GraphStorageTests {
    @Test func `a graph comes back as it was stored, by its id and by what pays for it`() async throws {
        try await TestDatabase.withGraphs { database in
            let graph = Graph.fixture()
            try await database.transaction { try await $0.insert(graph) }
            let (byID, byPayment) = try await database.transaction { transaction in
                (try await transaction.lockedGraph(graph.id), try await transaction.graph(paidBy: graph.subscription ?? .make(at: start)))
            }
            #expect(byID == graph)
            #expect(byPayment == graph)
            try await database.registered()
            let active = try await database.activeGraph()
            #expect(try await database.transaction { try await $0.graph(active.id) } == active)
        }
    }

    @Test func `G1 to G7 the database refuses every move that its table does not know`() async throws {
        try await TestDatabase.withGraphs { database in
            try await database.registered()
            let graph = try await database.activeGraph()
            for status in ["provisioning", "failed", "deprovisioned"] {
                await #expect(throws: PostgresError.self, "\(status)") {
                    try await database.adminClient.execute(
                        "UPDATE graphs.graph SET status = \(status), mode = 'none' WHERE id = \(graph.id.description)")
                }
            }
            for statement: Statement in [
                "UPDATE graphs.graph SET access_epoch = 0 WHERE id = \(graph.id.description)",
                "UPDATE graphs.graph SET org_id = \(otherOrg) WHERE id = \(graph.id.description)",
                "UPDATE graphs.graph SET host_id = NULL WHERE id = \(graph.id.description)",
                "UPDATE graphs.graph SET purge_at = now() WHERE id = \(graph.id.description)",
                "DELETE FROM graphs.graph WHERE id = \(graph.id.description)",
                "INSERT INTO graphs.graph SELECT * FROM graphs.graph",
            ] {
                await #expect(throws: PostgresError.self, "\(statement.sql)") { try await database.adminClient.execute(statement) }
            }
        }
    }

    @Test func `GRA-050 the database lets no drop through without a verified final backup, and no end without confirmed absence`()
        async throws
    {
        try await TestDatabase.withGraphs { database in
            try await database.registered()
            let graph = try await database.activeGraph()
            let operation = Operation.ID.make(at: start)
            guard let closing = graph.applying(.beginTeardown(reason: "test"), at: start) else { return }
            try await database.transaction { transaction in
                try await transaction.save(closing)
                try await transaction.save(Teardown(graph: graph.id, operation: operation))
            }
            func save(_ teardown: Teardown) async throws { try await database.transaction { try await $0.save(teardown) } }
            var backup = GraphBackup(
                id: .make(at: start), graph: graph.id, initiator: .final, createdAt: start, status: .inProgress, archive: nil,
                completedAt: nil, verifiedAt: nil, expiresAt: nil)
            let unfinished = backup
            try await database.transaction { try await $0.insert(unfinished) }
            let forged = Teardown(graph: graph.id, operation: operation, closedAt: start, backup: backup.id, verifiedAt: start)
            await #expect(throws: PostgresError.self, "not completed") { try await save(forged) }
            await #expect(throws: PostgresError.self, "no backup at all") {
                try await save(Teardown(graph: graph.id, operation: operation, dropAllowedAt: start))
            }
            await #expect(throws: PostgresError.self, "absent before dropped") {
                try await save(Teardown(graph: graph.id, operation: operation, absentAt: start))
            }
            backup.status = .completed
            backup.completedAt = start
            backup.archive = BackupArchiveRecord(
                objectKey: "k", keyID: "k1", clearBytes: 1, storedBytes: 1, clearDigest: "a", storedDigest: "b", nodes: 0, edges: 0,
                engineVersion: "15", contentDigest: nil)
            let completed = backup
            try await database.transaction { try await $0.save(completed) }
            await #expect(throws: PostgresError.self, "not read back") { try await save(forged) }
            backup.verifiedAt = start
            let verified = backup
            try await database.transaction { try await $0.save(verified) }
            await #expect(throws: PostgresError.self, "older than the closing") {
                try await save(
                    Teardown(graph: graph.id, operation: operation, closedAt: start + .seconds(1), backup: verified.id, verifiedAt: start))
            }
            try await save(forged)
            guard let gone = closing.applying(.finishTeardown, at: start) else { return }
            await #expect(throws: PostgresError.self, "absence is not confirmed") {
                try await database.transaction { try await $0.save(gone) }
            }
            var whole = forged
            whole.dropAllowedAt = start
            whole.absentAt = start
            let final = whole
            try await save(final)
            #expect(try await database.transaction { try await $0.lockedTeardown(of: graph.id) } == final)
            try await database.transaction { try await $0.save(gone) }
            #expect(try await database.store.backup(verified.id) == verified)
            #expect(try await database.store.backups(of: graph.id) == [verified])
        }
    }

    @Test func `GRA-111 a graph has at most ten credentials that are not revoked, however many ask at once`() async throws {
        try await TestDatabase.withGraphs { database in
            try await database.registered()
            let graph = try await database.activeGraph()
            let issued = await withTaskGroup { group in
                for number in 0..<20 {
                    group.addTask { () -> Bool in
                        let credential = GraphCredential(
                            id: .make(at: start), graph: graph.id, role: graph.id.loginRole(UInt32(number)), access: .readWrite, label: "",
                            createdBy: someUser, createdAt: start, expiresAt: nil, revokedAt: nil)
                        do {
                            try await database.transaction { try await $0.insert(credential, replacing: nil) }
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(issued == 10)
            let first = try #require(try await database.store.credentials(of: graph.id).first)
            try await database.transaction { try await $0.revokeCredentials(first.id, of: graph.id, at: start) }
            let revoked = try await database.transaction { try await $0.lockedCredential(first.id, of: graph.id) }
            #expect(revoked?.revokedAt == start)
            try await database.transaction { try await $0.revokeCredentials(nil, of: graph.id, at: start + .seconds(1)) }
            let all = try await database.store.credentials(of: graph.id)
            #expect(all.allSatisfy { $0.revokedAt != nil })
            #expect(all.count(where: { $0.revokedAt == start }) == 1)
        }
    }

    @Test func `GRA-022 and GRA-023 a person sees the graphs of the own orgs by role, in one statement, and nobody else's`() async throws {
        try await TestDatabase.withGraphs { database in
            try await database.registered(slots: 5)
            let (own, foreign) = (try await database.activeGraph(), try await database.activeGraph(org: otherOrg))
            let member = User.ID(high: 3, low: 3)
            for (user, org, role) in [(someUser, someOrg, "owner"), (member, someOrg, "member")] {
                try await database.adminClient.execute(
                    "INSERT INTO identity.org_membership (user_id, org_id, role) VALUES (\(user), \(org), \(role))")
                try await database.adminClient.execute("INSERT INTO identity.account (id) VALUES (\(user))")
            }
            let seen = try await database.store.graph(own.id, for: someUser)
            #expect(seen?.role == .admin)
            #expect(try await database.store.graph(foreign.id, for: someUser) == nil)
            #expect(try await database.store.graph(own.id, for: member)?.role == nil)
            #expect(try await database.store.graphs(for: member, includingEnded: false).graphs.isEmpty)
            try await database.transaction { transaction in
                try await transaction.grant(.member, on: own.id, to: member, by: someUser, at: start)
                try await transaction.grant(.viewer, on: own.id, to: member, by: someUser, at: start)
                try await transaction.select(own.id, for: member)
            }
            let listed = try await database.store.graphs(for: member, includingEnded: false)
            #expect(listed.graphs.map(\.role) == [.member])
            #expect(listed.selected == own.id)
            #expect(try await database.store.grants(on: own.id).map(\.role) == [.member])
            try await database.transaction { try await $0.closeGrants(of: own.id) }
            let after = try await database.store.graphs(for: member, includingEnded: false)
            #expect(after.graphs.isEmpty && after.selected == nil)
        }
    }

    @Test func `row-level security shows a graph to its org alone`() async throws {
        try await TestDatabase.withGraphs { database in
            try await database.registered()
            let graph = try await database.activeGraph()
            #expect(try await database.transaction(org: someOrg) { try await $0.graph(graph.id) } != nil)
            #expect(try await database.transaction(org: otherOrg) { try await $0.graph(graph.id) } == nil)
            #expect(try await database.transaction(org: otherOrg) { try await $0.slot(of: graph.id) } == nil)
        }
    }
}
