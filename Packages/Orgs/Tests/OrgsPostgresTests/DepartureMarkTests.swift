import Audit
import Core
import Identity
import IdentityPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What an org keeps of the activity of those who are no longer in it.
@Suite struct DepartureMarkTests {
    private func lastUse(_ org: Org.ID, _ house: House) async throws -> (at: Instant, source: String)? {
        try await house.database.systemClient.query("SELECT used_at, source FROM orgs.last_use(\(org))", scope: .system).first.map {
            (try $0.decode("used_at"), try $0.decode("source"))
        }
    }

    private func use(_ user: User.ID, at: Instant, _ house: House) async throws {
        try await house.database.adminClient.execute(
            """
            INSERT INTO identity.session (id, user_id, epoch, generation, confirmed_generation, rotated_at, methods, authenticated_at, network,
                client_family, last_active_at, token_expires_at, absolute_expires_at, created_at)
            VALUES (gen_random_uuid(), \(user), 1, 1, 1, \(at), '{pwd}', \(at), '10.0.0.1/32', 'x', \(at), \(at), \(at), \(at))
            """)
    }

    @Test(arguments: OrgRole.allCases)
    func `IDL-004 every present member counts, whatever the role, and a member's use anywhere counts in each org`(role: OrgRole)
        async throws
    {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let eve = try await house.person("Eve")
            try await house.join(eve.user, ada.org, as: role)
            let used = house.clock.now - .days(3)
            try await use(ada.user, at: used - .days(10), house)
            try await use(eve.user, at: used, house)
            #expect(try #require(try await lastUse(ada.org, house)) == (used, "session"))
            #expect(try #require(try await lastUse(eve.org, house)) == (used, "session"))
        }
    }

    @Test func `IDL-T27 the last active member leaves and the verdict stays; what they do elsewhere is not the org's`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .member)
            let used = house.clock.now - .days(3)
            try await use(ada.user, at: used - .days(90), house)
            try await use(ben, at: used, house)
            try await house.memberships.remove(ben, in: house.memberScope(ada.user, ada.org))
            #expect(try #require(try await lastUse(ada.org, house)) == (used, "departed"))
            try await use(ben, at: house.clock.now, house)
            #expect(try await lastUse(ada.org, house)?.at == used)
        }
    }

    @Test func `IDL-006 and IDL-T27 erasing the last active account leaves its instant, and nothing else of the person`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let eve = try await house.person("Eve")
            try await house.join(ada.user, eve.org, as: .member)
            let used = house.clock.now - .days(3)
            try await use(eve.user, at: used - .days(90), house)
            try await use(ada.user, at: used, house)
            let end = house.clock.now + .days(30)
            try await house.store.withTransaction(.system) { transaction in
                let blockers = try await house.accountObserver().accountWillBeDeleted(
                    ada.user, with: [ada.org], at: end, by: .user(AuditReference(ada.user)), in: transaction)
                #expect(blockers.isEmpty)
                try await transaction.setDeletion(of: ada.user, purgeAt: end, at: house.clock.now)
            }
            try await house.warn(ada.org)
            house.clock.advance(by: .days(30))
            _ = try await house.purger().run(PurgeOrg(org: ada.org), context: house.context())
            try await house.store.withTransaction(.system) { transaction in
                #expect(try await transaction.purge(ada.user, at: house.clock.now) != nil)
                try await house.accountObserver().accountPurged(ada.user, in: transaction)
            }
            #expect(try #require(try await lastUse(eve.org, house)) == (used, "departed"))
            #expect(try await house.count("identity.session WHERE user_id = '\(ada.user.uuid)'") == 0)
            #expect(
                try await house.count("identity.account WHERE id = '\(ada.user.uuid)' AND num_nonnulls(email, name, password_hash) > 0")
                    == 0)
        }
    }

    @Test func `IDL-008 an org of a thousand members is read by indexes alone`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let past = house.clock.now - .days(10)
            let administrator = house.database.adminClient
            try await administrator.execute(
                """
                INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
                SELECT gen_random_uuid(), 'p' || n || '@example.com', 'P', 'active', 1, 1, \(past), \(past) FROM generate_series(1, 5000) AS n
                """)
            try await administrator.execute(
                """
                INSERT INTO identity.session (id, user_id, epoch, generation, confirmed_generation, rotated_at, methods, authenticated_at, network,
                    client_family, last_active_at, token_expires_at, absolute_expires_at, created_at)
                SELECT gen_random_uuid(), a.id, 1, 1, 1, \(past), '{pwd}', \(past), '10.0.0.1/32', 'x', \(past), \(past), \(past), \(past)
                FROM identity.account a, generate_series(1, 5)
                """)
            try await administrator.execute(
                """
                INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
                SELECT gen_random_uuid(), \(ada.org), id, 'member', \(past), 'operator', \(past)
                FROM identity.account WHERE email LIKE 'p%' LIMIT 1000
                """)
            try await administrator.execute("ANALYZE identity.account, identity.session, orgs.membership")
            try await house.database.systemClient.withTransaction(scope: .system) { transaction in
                let rows = try await transaction.query("SELECT used_at FROM orgs.last_use(\(ada.org))")
                #expect(try rows[0].decode("used_at", as: Instant.self) == past)
                let scans = try await transaction.query(
                    """
                    SELECT relname || ' ' || seq_scan AS scans FROM pg_stat_xact_user_tables
                    WHERE schemaname IN ('identity', 'orgs') AND relname IN ('session', 'account') ORDER BY relname
                    """
                ).map { try $0.decode("scans", as: String.self) }
                #expect(scans == ["account 0", "session 0"])
            }
        }
    }
}
