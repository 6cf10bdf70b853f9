import Core
import Identity
import IdentityPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// How many statements reach the server, by its own count; and that no row of another org is among what they see.
@Suite struct StatementTests {
    @Test func `ORG-119 the list of orgs is one statement for one, twenty and two hundred of them`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            var number = 1
            for wanted in [1, 20, 200] {
                while number < wanted {
                    number += 1
                    let org = Org(
                        id: .make(at: house.clock.now), name: try #require(OrgName("Team \(number)")), type: .team, personalOwner: nil,
                        state: .active, createdAt: house.clock.now, updatedAt: house.clock.now, version: 1)
                    try await house.store.withTransaction(.system) { transaction in
                        try await transaction.insert(org, maxGraphs: .unlimited)
                        try await transaction.insert(
                            Membership(
                                id: .make(at: house.clock.now), org: org.id, user: ada.user, role: .owner, joinedAt: house.clock.now,
                                joinedThrough: .founding))
                    }
                }
                let count = try await house.statements { store in
                    let list = try await store.overviews(of: ada.user, includingDeleted: false)
                    #expect(list.count == wanted)
                }
                #expect(count == 1, "\(wanted) orgs")
            }
        }
    }

    @Test func `ORG-120 detail, members, limits, graphs and usage take the same few statements however large the org is`() async throws {
        try await House.with(also: [GraphViews.self]) { house in
            let ada = try await house.person("Ada")
            func counts() async throws -> [Int] {
                let scope = try await house.adminScope(ada.user, ada.org)
                var found: [Int] = []
                for read in 0..<5 {
                    found.append(
                        try await house.statements { store in
                            let orgs = Organizations(store: store, settings: OrgsSettings(), dateSource: house.clock)
                            let memberships = Memberships(store: store, observers: [], dateSource: house.clock)
                            switch read {
                            case 0: _ = try await orgs.detail(for: scope.member)
                            case 1: _ = try await memberships.members(for: scope.member)
                            case 2: _ = try await orgs.limits(for: scope.member)
                            case 3: _ = try await orgs.graphs(for: scope.member)
                            default: _ = try await orgs.usage(over: 30, in: scope)
                            }
                        })
                }
                return found
            }
            let small = try await counts()
            // With the one that authenticates: detail four at most would be five; members, limits and graphs two; usage three.
            #expect(small[0] <= 3 && small[1...3].allSatisfy { $0 == 1 } && small[4] == 2, "\(small)")
            for number in 1...30 {
                if number <= 10 { _ = try await house.member("Person\(number)", of: ada.org, as: .member) }
                try await house.graph("kg\(number)", of: ada.org)
                try await house.use("kg\(number)", of: ada.org, daysAgo: number - 1, credits: 5)
            }
            #expect(try await counts() == small)
        }
    }

    @Test func `ORG-126 a hundred invitations and some hundred members are one statement each, as a few are`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            func counts() async throws -> [Int] {
                let scope = try await house.adminScope(ada.user, ada.org)
                return [
                    try await house.statements { store in
                        _ = try await Memberships(store: store, observers: [], dateSource: house.clock).members(for: scope.member)
                    },
                    try await house.statements { store in _ = try await store.pendingInvitations(of: ada.org) },
                ]
            }
            let few = try await counts()
            let made: Statement = """
                WITH crowd AS (
                    INSERT INTO identity.account (id, email, name, email_verified_at, status, session_epoch, key_epoch, created_at, updated_at)
                    SELECT gen_random_uuid(), 'member' || g || '@example.org', 'Member ' || g, now(), 'active', 1, 1, now(), now()
                    FROM generate_series(1, 300) g RETURNING id)
                INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
                SELECT gen_random_uuid(), \(ada.org), id, 'member', now(), 'operator', now() FROM crowd
                """
            _ = try await house.database.adminClient.pipeline([
                made,
                """
                INSERT INTO orgs.invitation (id, org_id, email, role, token_hash, state, invited_by, send_count, last_sent_at, expires_at, created_at)
                SELECT gen_random_uuid(), \(ada.org), 'guest' || g || '@example.net', 'member', sha256(g::text::bytea), 'pending', \(ada.user), 1,
                    now(), now() + interval '7 days', now()
                FROM generate_series(1, 100) g
                """,
            ])
            #expect(try await house.store.members(of: ada.org).count == 301)
            #expect(try await house.store.pendingInvitations(of: ada.org).count == 100)
            #expect(try await counts() == few && few == [1, 1], "\(few)")
        }
    }

    @Test func `ORG-121 deciding about a role sends no statement`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let principal = try await house.principal(ada.user, in: ada.org)
            // The authorizer has no store: it is a function of what authentication found.
            #expect(try house.authorizer.ownerScope(for: principal, in: ada.org).org == ada.org)
            #expect(try house.authorizer.scope(for: .changeSecurity, by: principal, in: ada.org).role == .owner)
        }
    }

    @Test func `ORG-122 without Graphs there are no graphs and no usage, and everything else works`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let columns = try await house.database.adminClient.query(
                """
                SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) FROM information_schema.columns
                WHERE table_schema = 'orgs' AND table_name = 'org_graph'
                """)[0].decode(String.self)
            #expect(
                columns
                    == "org_id graph_id graph_name graph_type graph_tier credits_available credits_allocated credits_used storage_bytes created_at updated_at ended_at"
            )
            let detail = try await house.orgs.detail(for: house.memberScope(ada.user, ada.org))
            #expect(detail.graphs.isEmpty && detail.members.count == 1)
            let usage = try await house.orgs.usage(over: 30, in: house.adminScope(ada.user, ada.org))
            #expect(usage.totalCredits == 0 && usage.days.count == 30 && usage.graphs.isEmpty)
        }
    }

    @Test func `ORG-068 the application role sees and changes rows of the org it works for, and of no other`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.person("Ben")
            let tables = try await house.database.adminClient.query(
                """
                SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS is_forced,
                    (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attname = 'org_id') AS org_column
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'orgs' AND c.relkind IN ('r', 'p')
                """)
            #expect(tables.count >= 5)
            for table in tables {
                let name: String = try table.decode("relname")
                #expect(try table.decode("is_forced", as: Bool.self), "\(name)")
                let column = try table.decode("org_column", as: String?.self) ?? (name == "org" ? "id" : "")
                guard !column.isEmpty else { continue }
                let foreign = try await house.database.client.withTransaction(scope: .org(ada.org.uuid)) { transaction in
                    try await transaction.query(
                        "SELECT count(*) FROM orgs.\(identifier: name) WHERE \(identifier: column) = \(ben.org)")[0].decode(Int64.self)
                }
                #expect(foreign == 0, "\(name)")
                let unscoped = try await house.database.client.withTransaction(scope: .none) { transaction in
                    try await transaction.query("SELECT count(*) FROM orgs.\(identifier: name)")[0].decode(Int64.self)
                }
                #expect(unscoped == 0, "\(name)")
            }
            let changed = try await house.database.client.withTransaction(scope: .org(ada.org.uuid)) { transaction in
                try await transaction.execute("UPDATE orgs.org SET name = 'taken' WHERE id = \(ben.org)")
            }
            #expect(changed == 0)
            await #expect(throws: (any Error).self) {
                try await house.database.client.withTransaction(scope: .org(ada.org.uuid)) { transaction in
                    _ = try await transaction.execute(
                        """
                        INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
                        VALUES (gen_random_uuid(), \(ben.org), \(ada.user), 'owner', now(), 'operator', now())
                        """)
                }
            }
        }
    }

    @Test func `ORG-015 ORG-120 five thousand members are listed by one statement`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            try await house.database.adminClient.execute(
                """
                WITH person AS (
                    INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
                    SELECT gen_random_uuid(), 'p' || n || '@example.com', 'Person ' || n, 'active', 1, 1, now(), now()
                    FROM generate_series(1, 4999) AS n RETURNING id)
                INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
                SELECT gen_random_uuid(), \(ada.org), id, 'member', now(), 'operator', now() FROM person
                """)
            let count = try await house.statements { store in
                let members = try await store.members(of: ada.org)
                #expect(members.count == 5_000)
            }
            #expect(count == 1)
        }
    }
}
