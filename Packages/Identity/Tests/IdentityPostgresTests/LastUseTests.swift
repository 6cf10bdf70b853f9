import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// When somebody last used the product, as the rule about idle subscriptions asks for it.
@Suite struct LastUseTests {
    private func lastUse(_ user: User.ID, _ house: House) async throws -> (at: Instant, source: String)? {
        try await house.database.client.query("SELECT used_at, source FROM identity.last_use(\(user))", scope: .system).first.map {
            (try $0.decode("used_at"), try $0.decode("source"))
        }
    }

    @Test func `IDL-005 logging out, ending keys and expiry never lower the instant; without a use there is none`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let user = outcome.user.id
            let principal = try await house.authenticate(outcome.token)
            let (key, secret) = try await house.newKey(by: principal)
            house.clock.advance(by: .minutes(5))
            _ = try await house.authenticate(secret)
            let used = house.clock.now
            #expect(try #require(try await lastUse(user, house)) == (used, "api_key"))
            house.clock.advance(by: .minutes(5))
            try await APIKeys(house.environment, graphs: nil).revoke(key.id, by: principal)
            #expect(try await lastUse(user, house)?.at == used)
            // With a token that still works a logout is a use itself.
            try await Sessions(house.environment).logOut(outcome.token.value, from: house.client)
            let last = house.clock.now
            #expect(try #require(try await lastUse(user, house)) == (last, "session"))
            house.clock.advance(by: .days(300))
            try await Sessions(house.environment).logOut(outcome.token.value, from: house.client)
            #expect(try #require(try await lastUse(user, house)) == (last, "session"))
            #expect(try await lastUse(User.ID.make(at: used), house) == nil)
        }
    }

    @Test func `IDL-008 instants are whole seconds, whatever the clock says, and never go back`() async throws {
        try await House.with { house in
            house.clock.advance(by: .milliseconds(700))
            let outcome = try await house.register()
            let (_, secret) = try await house.newKey(by: try await house.authenticate(outcome.token))
            for _ in 0..<3 {
                house.clock.advance(by: .milliseconds(90_300))
                _ = try await house.authenticate(outcome.token)
                _ = try await house.authenticate(secret)
            }
            let rows = try await house.database.adminClient.query(
                "SELECT last_active_at FROM identity.session UNION ALL SELECT last_active_at FROM identity.api_key")
            #expect(rows.count == 2)
            for row in rows {
                let at = try row.decode("last_active_at", as: Instant.self)
                #expect(at.microsecondsSinceEpoch % 1_000_000 == 0)
                #expect(house.clock.now - at < .seconds(1))
            }
            let earlier = house.clock.now - .days(1)
            try await house.database.adminClient.execute("UPDATE identity.session SET last_active_at = \(earlier)")
            try await house.database.adminClient.execute("UPDATE identity.api_key SET last_active_at = \(earlier)")
            #expect(try await house.count("identity.session WHERE last_active_at < '\(earlier + .hours(1))'") == 0)
            #expect(try await house.count("identity.api_key WHERE last_active_at < '\(earlier + .hours(1))'") == 0)
        }
    }

    @Test func `IDL-008 the instant of a person with ten thousand credentials is a probe of each index`() async throws {
        try await House.with { house in
            let user = try await house.register().user.id
            let past = house.clock.now - .days(1)
            let administrator = house.database.adminClient
            try await administrator.execute(
                """
                INSERT INTO identity.session (id, user_id, epoch, generation, confirmed_generation, rotated_at, methods, authenticated_at, network,
                    client_family, last_active_at, token_expires_at, absolute_expires_at, created_at, revoked_at, revoke_reason)
                SELECT gen_random_uuid(), \(user), 1, 1, 1, \(past), '{pwd}', \(past), '10.0.0.1/32', 'x', \(past) - n * interval '1 s', \(past),
                    \(past), \(past), \(past), 'logout'
                FROM generate_series(1, 10000) AS n
                """)
            try await administrator.execute(
                """
                INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, created_at, updated_at, last_active_at)
                SELECT gen_random_uuid(), \(user), 1, 'k', 'rfs00000', sha256(n::text::bytea), \(past), \(past), \(past) - n * interval '1 s'
                FROM generate_series(1, 10000) AS n
                """)
            try await administrator.execute("ANALYZE identity.account, identity.session, identity.api_key")
            try await house.database.client.withTransaction(scope: .system) { transaction in
                _ = try await transaction.query("SELECT used_at FROM identity.last_use(\(user))")
                let reads = try await transaction.query(
                    """
                    SELECT relname || ' ' || seq_scan || ' ' || (idx_tup_fetch < 10) AS reads FROM pg_stat_xact_user_tables
                    WHERE schemaname = 'identity' AND relname IN ('session', 'api_key') ORDER BY relname
                    """
                ).map { try $0.decode("reads", as: String.self) }
                #expect(reads == ["api_key 0 true", "session 0 true"])
            }
        }
    }

    @Test func `IDL-041 ids are written in SQL as they are written in Swift, so that a statement can enqueue a job`() async throws {
        try await House.with { house in
            var ids = (0..<50).map { _ in User.ID.make(at: house.clock.now) }
            ids += [User.ID(high: 0, low: 0), User.ID(high: .max, low: .max), User.ID(high: 1 << 63, low: 1)]
            for id in ids {
                let text = try await house.database.adminClient.query("SELECT identity.id_text('user', \(id))")[0].decode(String.self)
                #expect(text == id.description)
            }
        }
    }
}
