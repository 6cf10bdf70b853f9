import Core
import Foundation
import Identity
import IdentityPostgres
import Jobs
import Observability
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What is measured, and what the sources and the schema promise.
@Suite struct FiguresTests {
    @Test func `ORG-118 orgs, memberships, invitations and late purges are counted, and no label names an org`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            _ = try await house.member("Ben", of: ada.org, as: .admin)
            let eve = try await house.person("Eve")
            let deletion = try await house.deletions().delete(
                house.request(), in: house.endingScope(eve.user, eve.org), validatingOnly: false)
            house.clock.advance(to: deletion.purgeAt + .seconds(90))
            let metrics = Metrics()
            #expect(
                try await MeasureOrgsHandler(store: house.store, metrics: metrics).run(MeasureOrgs(), context: house.context())
                    == .completed)
            let text = metrics.render()
            for line in [
                "trellis_orgs{state=\"active\"} 2", "trellis_orgs{state=\"deleted\"} 1", "trellis_orgs{state=\"purged\"} 0",
                "trellis_org_memberships{role=\"admin\"} 1", "trellis_org_memberships{role=\"owner\"} 3",
                "trellis_org_invitations{outcome=\"pending\"} 0", "trellis_org_purge_backlog 1", "trellis_org_purge_age_seconds 90",
            ] {
                #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)")
            }
            #expect(!text.contains(ada.org.description) && !text.contains("org_0"))
        }
    }

    @Test func `SEC-045 a row that points to a row of another org is found the next night, and told as critical`() async throws {
        try await House.with { house in
            let (ada, eve) = (try await house.person("Ada"), try await house.person("Eve"))
            let metrics = Metrics()
            let checks = CheckReferencesHandler(client: house.database.systemClient, metrics: metrics, log: .silent)
            #expect(try await checks.foreignReferences().isEmpty)
            // A copy that was loaded without the rules of its tables.
            try await house.database.adminClient.withTransaction(scope: .none) { transaction in
                try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
                try await transaction.execute(
                    """
                    INSERT INTO orgs.org_export (id, org_id, requested_by, state, created_at)
                    SELECT gen_random_uuid(), \(ada.org), \(ada.user), 'running', now()
                    """)
                for (number, org) in [(0, ada.org), (1, eve.org), (2, eve.org)] {
                    try await transaction.execute(
                        """
                        INSERT INTO orgs.org_export_piece (export_id, number, org_id, content)
                        SELECT id, \(Int32(number)), \(org), 'x' FROM orgs.org_export
                        """)
                }
            }
            let found = try await checks.foreignReferences()
            #expect(found.map(\.table) == ["orgs.org_export_piece"] && found.map(\.count) == [2], "\(found)")
            #expect(try await checks.run(CheckReferences(), context: house.context()) == .completed)
            #expect(metrics.render().contains("trellis_org_foreign_references 2"))
        }
    }

    @Test func `ORG-067 no statement looks for a first membership: each names the org, the person, or the whole org`() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources")
        var statements = 0
        for file in try swiftFiles(in: sources) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for statement in text.components(separatedBy: "\"\"\"") where statement.contains("orgs.membership") {
                statements += 1
                #expect(!statement.contains("LIMIT 1"), "\(file.lastPathComponent): \(statement)")
            }
        }
        #expect(statements >= 5)
    }

    @Test func `ORG-099 no route, command or permission erases an org's rows at once`() async throws {
        try await House.with { house in
            let rows = try await house.database.adminClient.query(
                """
                SELECT grantee || ' ' || table_name AS found FROM information_schema.role_table_grants
                WHERE table_schema = 'orgs' AND privilege_type IN ('DELETE', 'TRUNCATE') AND grantee IN ('trellis_app', 'trellis_system')
                ORDER BY 1
                """)
            let allowed = [
                "graph_slot", "invitation", "send_budget", "ownership_transfer", "org_export_piece", "imported_row",
            ]
            for row in rows {
                let found = try row.decode("found", as: String.self)
                #expect(allowed.contains { found.hasSuffix(" " + $0) }, "\(found)")
            }
            let cascades = try await house.count("pg_constraint WHERE confrelid = 'orgs.org'::regclass AND confdeltype <> 'a'")
            #expect(cascades == 0)
        }
    }

    @Test func `ORG-111 every command leaves its entry in the same transaction, with the old and the new value`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .member)
            let scope = try await house.adminScope(ada.user, ada.org)
            _ = try await house.orgs.update(OrgChanges(name: OrgName("New")), ifVersion: nil, in: scope)
            _ = try await house.orgs.update(OrgChanges(type: .team), ifVersion: nil, in: scope)
            _ = try await house.memberships.setRole(.admin, of: ben, in: scope)
            try await house.memberships.remove(ben, in: scope.member)
            let rows = try await house.database.adminClient.query(
                "SELECT type, changes, actor_kind FROM audit.entry WHERE ref_org = \(ada.org) ORDER BY recorded_at, id")
            let types = try rows.map { try $0.decode("type", as: String.self) }
            #expect(types == ["org_created", "org_updated", "org_type_changed", "org_member_role_changed", "org_member_removed"])
            let changes = try rows.map { try $0.decode("changes", as: JSONValue.self).arrayValue?.first }
            #expect(changes[1]?["old"] == "Personal Workspace" && changes[1]?["new"] == "New")
            #expect(changes[2]?["old"] == "personal" && changes[2]?["new"] == "team")
            #expect(changes[3]?["old"] == "member" && changes[3]?["new"] == "admin")
            // Each change of a row in a transaction that has no entry would show here: the entry and the row have one transaction number.
            let apart = try await house.count(
                "orgs.org o WHERE NOT EXISTS (SELECT FROM audit.entry e WHERE e.ref_org = o.id AND e.xmin = o.xmin)")
            #expect(apart == 0)
        }
    }

    @Test func `ORG-123 a membership from the invitation to the removal costs at most forty statements in four transactions`() async throws
    {
        try await House.with { house in
            let (scope, _, org) = try await house.owner()
            let ben = try await house.person("Ben")
            let joining = try await house.principal(ben.user, in: nil)
            let cost = try await house.cost { store in
                let invitations = Invitations(
                    store: store, settings: .shown, secrets: TestSecrets(), observers: [], dateSource: house.clock)
                let memberships = Memberships(store: store, observers: [], dateSource: house.clock)
                let secret = try await invitations.invite(try address("ben@example.com"), as: .member, in: scope).secret()
                _ = try await invitations.accept(secret, makingDefault: false, by: joining)
                _ = try await memberships.setRole(.admin, of: ben.user, in: scope)
                try await memberships.remove(ben.user, in: scope.member)
            }
            #expect(try await house.role(of: ben.user, in: org) == nil)
            #expect(cost.transactions == 4 && cost.statements > 4 && cost.statements <= 40, "\(cost)")
        }
    }

    @Test func `ORG-124 sixty-four writers on sixty-four orgs do not wait for one another`() async throws {
        try await House.with { house in
            var orgs: [(user: User.ID, org: Org.ID)] = []
            for number in 1...64 { orgs.append(try await house.person("P\(number)")) }
            // One org is locked by somebody who does not let go; the others are written all the same.
            let held = orgs[0]
            try await house.database.systemClient.withTransaction(scope: .system) { transaction in
                _ = try await transaction.query("SELECT 1 FROM orgs.org WHERE id = \(held.org) FOR UPDATE")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (user, org) in orgs.dropFirst() {
                        group.addTask {
                            _ = try await house.orgs.update(
                                OrgChanges(name: OrgName("Renamed")), ifVersion: nil, in: house.adminScope(user, org))
                        }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(try await house.count("orgs.org WHERE name = 'Renamed'") == 63)
        }
    }

    private func swiftFiles(in folder: URL) throws -> [URL] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }.map {
            folder.appending(path: $0)
        }
    }
}
