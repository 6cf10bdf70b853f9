import Audit
import Core
import Identity
import IdentityPostgres
import Jobs
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What an org asks of its people.
@Suite struct SecurityTests {
    private struct Enrolled: SecondFactorReader {
        let users: Set<User.ID>
        func hasPasskey(_ user: User.ID) async throws -> Bool { users.contains(user) }
    }

    private func rules(_ house: House, enrolled: Set<User.ID> = []) -> OrgSecurityRules<PostgresOrgStore> {
        OrgSecurityRules(store: house.store, secondFactors: Enrolled(users: enrolled), dateSource: house.clock)
    }

    @Test func `ORG-012 a rule is turned on only by an owner who meets it`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let scope = try await house.ownerScope(ada.user, ada.org)
            let changes = OrgSecurityChanges(secondFactorRule: .set(.admins))
            await #expect(throws: OrgsError.secondFactorRequired) {
                try await rules(house).setSecurity(changes, ifVersion: nil, in: scope)
            }
            let set = try await rules(house, enrolled: [ada.user]).setSecurity(changes, ifVersion: 1, in: scope)
            #expect(set.rules.secondFactorRule == .admins && set.version == 2)
            await #expect(throws: OrgsError.preconditionFailed) {
                try await rules(house).setSecurity(OrgSecurityChanges(secondFactorRule: .set(.off)), ifVersion: 1, in: scope)
            }
            await #expect(throws: OrgsError.nothingToChange) {
                try await rules(house).setSecurity(OrgSecurityChanges(), ifVersion: nil, in: scope)
            }
            let seen = try await rules(house).security(for: scope.admin)
            #expect(seen.rules == set.rules && seen.version == 2)
            #expect(try await house.entries("org_security_changed", of: ada.org) == 1)
        }
    }

    @Test func `ORG-012 support access lasts seven days at most, ends by its time or at once, and is told to the owners`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let scope = try await house.ownerScope(ada.user, ada.org)
            for wrong in [house.clock.now + .days(8), house.clock.now, house.clock.now - .seconds(1)] {
                await #expect(throws: OrgsError.supportAccessTooLong) {
                    try await rules(house).setSecurity(
                        OrgSecurityChanges(supportAccessUntil: .set(wrong)), ifVersion: nil, in: scope)
                }
            }
            let until = house.clock.now + .days(7)
            _ = try await rules(house).setSecurity(OrgSecurityChanges(supportAccessUntil: .set(until)), ifVersion: nil, in: scope)
            let handler = EndSupportAccessHandler(store: house.store)
            let job = EndSupportAccess(org: ada.org, until: until)
            #expect(try await handler.run(job, context: house.context()) == .snoozed(until: until))
            house.clock.advance(to: until)
            #expect(try await handler.run(job, context: house.context()) == .completed)
            #expect(try await handler.run(job, context: house.context()) == .cancelled(reason: "the access has another end"))
            #expect(try await rules(house).security(for: scope.admin).rules.supportAccessUntil == nil)
            let again = house.clock.now + .days(1)
            _ = try await rules(house).setSecurity(OrgSecurityChanges(supportAccessUntil: .set(again)), ifVersion: nil, in: scope)
            _ = try await rules(house).setSecurity(OrgSecurityChanges(supportAccessUntil: .set(nil)), ifVersion: nil, in: scope)
            #expect(try await house.entries("support_access_granted", of: ada.org) == 2)
            #expect(try await house.entries("support_access_ended", of: ada.org) == 2)
            #expect(try await house.events("orgs.support_access_changed") == 4)
            #expect(try await house.count("jobs.job WHERE args ->> 'until' = '\(again)'") == 0)
        }
    }

    @Test func `ORG-014 ORG-016 what is explained is what is decided, for every role, action and state`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .admin)
            let cleo = try await house.member("Cleo", of: ada.org, as: .member)
            let administration = StoredOrgAdministration(store: house.store, dateSource: house.clock)
            for isFrozen in [false, true] {
                if isFrozen { try await administration.freeze(ada.org, as: .abuse, because: "x", by: .system(component: "orgs")) }
                for (user, role) in [(ada.user, OrgRole.owner), (ben, .admin), (cleo, .member)] {
                    let principal = try await house.principal(user, in: ada.org)
                    let scope = try house.authorizer.memberScope(for: principal, in: ada.org)
                    let members = try await house.memberships.members(for: scope)
                    for action in OrgAction.allCases {
                        let said = OrgRights.explain(action, for: scope, members: members)
                        let isLetIn = (try? house.authorizer.scope(for: action, by: principal, in: ada.org)) != nil
                        let mayWrite = !OrgRights.writes(action) || (try? scope.requireWritable()) != nil
                        #expect(said.isAllowed == (isLetIn && mayWrite), "\(role) \(action) \(isFrozen)")
                        #expect(said.role == role && said.requiredRole == OrgRights.lowestRole(for: action))
                        let able = [ada.user: OrgRole.owner, ben: .admin, cleo: .member].filter { OrgRights.allows(action, for: $0.value) }
                        #expect(said.members.map(Set.init) == (role == .member ? nil : Set(able.keys)))
                    }
                }
            }
        }
    }

    @Test func `ORG-108 people without org get one each, once, and a dry run leaves nothing`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            try await house.database.adminClient.execute(
                """
                INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
                SELECT gen_random_uuid(), 'p' || n || '@example.com', 'Person ' || n, 'active', 1, 1, now(), now()
                FROM generate_series(1, 1200) AS n
                """)
            try await house.database.adminClient.execute(
                """
                CREATE TABLE orgs.old_graph (id text PRIMARY KEY, org_id uuid, is_shared boolean NOT NULL DEFAULT false,
                    CHECK (is_shared = (org_id IS NULL) OR org_id IS NULL));
                """)
            try await house.database.adminClient.execute("CREATE TABLE orgs.old_owner (graph_id text, user_id uuid)")
            try await house.database.adminClient.execute("GRANT SELECT, UPDATE ON orgs.old_graph, orgs.old_owner TO trellis_app")
            try await house.database.adminClient.execute(
                "INSERT INTO orgs.old_graph VALUES ('kg1', NULL, false), ('kg2', NULL, false), ('kg3', NULL, false), ('shared', NULL, true)"
            )
            try await house.database.adminClient.execute(
                """
                INSERT INTO orgs.old_owner SELECT 'kg1', id FROM identity.account WHERE email = 'p1@example.com'
                UNION ALL SELECT 'kg2', id FROM identity.account WHERE email IN ('p1@example.com', 'p2@example.com')
                UNION ALL SELECT 'kg3', \(ada.user)
                """)
            let adoption = OrgAdoption(
                store: house.store, graphs: OldGraphs(), settings: house.settings, dateSource: house.clock, batch: 500)
            let planned = try await adoption.run(isDryRun: true)
            #expect(planned.people == 1_200 && planned.graphs == 2 && planned.undecided.map(\.id) == ["kg2"])
            #expect(try await house.count("orgs.org") == 1)
            let done = try await adoption.run(isDryRun: false)
            #expect(done == planned)
            let again = try await adoption.run(isDryRun: false)
            #expect(again.people == 0 && again.graphs == 0 && again.undecided.map(\.id) == ["kg2"])
            #expect(try await house.count("orgs.org o JOIN orgs.org_limits l ON l.org_id = o.id WHERE o.owner_count = 1") == 1_201)
            #expect(
                try await house.count("identity.account a WHERE NOT EXISTS (SELECT FROM orgs.membership m WHERE m.user_id = a.id)") == 0)
            #expect(try await house.count("orgs.old_graph WHERE org_id = '\(ada.org.uuid)' AND id = 'kg3'") == 1)
            #expect(try await house.entries("org_created") == 1_201)
        }
    }

    private struct OldGraphs: GraphAdopter {
        func orphans(in transaction: OrgOnlyTransaction) async throws -> [OrphanedGraph] {
            try await transaction.postgres.query(
                """
                SELECT g.id, array_agg(o.user_id ORDER BY o.user_id) AS owners FROM orgs.old_graph g JOIN orgs.old_owner o ON o.graph_id = g.id
                WHERE g.org_id IS NULL AND NOT g.is_shared GROUP BY g.id ORDER BY g.id
                """
            ).map { OrphanedGraph(id: try $0.decode("id"), owners: try $0.decode("owners")) }
        }
        func adopt(_ graph: String, into org: Org.ID, in transaction: OrgOnlyTransaction) async throws {
            try await transaction.postgres.execute("UPDATE orgs.old_graph SET org_id = \(org) WHERE id = \(graph)")
        }
    }
}
