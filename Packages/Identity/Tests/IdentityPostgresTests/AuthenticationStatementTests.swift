import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct AuthenticationStatementTests {
    /// The columns of a view, in order.
    private func columns(_ view: String, in house: House) async throws -> [String] {
        try await house.database.adminClient.query(
            """
            SELECT column_name || ' ' || data_type AS column FROM information_schema.columns
            WHERE table_schema = 'identity' AND table_name = \(view) ORDER BY ordinal_position
            """
        ).map { try $0.decode("column", as: String.self) }
    }

    private static let membership = [
        "user_id uuid", "org_id uuid", "membership_id uuid", "role text", "org_state text", "mfa_rule text", "org_name text",
        "org_type text", "joined_at timestamp with time zone",
    ]

    @Test func `ID-162 without Orgs and Billing the views are there, empty, and the same statement authenticates`() async throws {
        try await House.with { house in
            #expect(try await columns("org_membership", in: house) == Self.membership)
            #expect(try await columns("pending_idle_case", in: house) == ["user_id uuid"])
            for view in ["org_membership", "pending_idle_case", "pending_notice"] {
                #expect(try await house.count("identity.\(view)") == 0)
            }
            let principal = try await house.authenticate(try await house.register().token)
            #expect(principal.orgScope == nil)
            #expect(throws: IdentityError.orgRequired) { try principal.requireOrg() }
        }
    }

    @Test func `ID-162 with Orgs the view has the same columns, and the same statement finds the org`() async throws {
        try await House.with(withOrgs: true) { house in
            #expect(try await columns("org_membership", in: house) == Self.membership)
            let outcome = try await house.register()
            let org = try await house.database.makeOrg("Own", at: house.clock.now)
            try await house.database.join(org, outcome.user.id, as: .admin, at: house.clock.now)
            let count = try await house.statements { environment in
                let scope = try await CredentialAuthenticator(environment).principal(
                    for: .bearer(outcome.token.value), actingFor: nil, from: house.client
                ).requireOrg()
                #expect(scope.org == org)
                #expect(scope.role == .admin)
            }
            #expect(count == 1)
        }
    }

    /// Many accounts, sessions and keys, so that the planner has a choice; all were used long enough ago for the next use to be written.
    private func fill(_ house: House) async throws {
        let now = house.clock.now
        let past = now - .hours(1)
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
            SELECT gen_random_uuid(), a.id, 1, 1, 1, \(past), '{pwd}', \(past), '10.0.0.1/32', 'x', \(past), \(now + .hours(1)),
                \(now + .days(1)), \(past)
            FROM identity.account a, generate_series(1, 3)
            """)
        try await administrator.execute(
            """
            INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, created_at, updated_at)
            SELECT gen_random_uuid(), id, 1, 'k', 'rfs00000', sha256(id::text::bytea), \(past), \(past) FROM identity.account
            """)
        try await administrator.execute("ANALYZE identity.account, identity.session, identity.api_key")
    }

    @Test func `ID-160 the statement reads accounts, sessions and keys by unique indexes only`() async throws {
        try await House.with { house in
            try await fill(house)
            let now = house.clock.now
            let sessions = try await house.database.adminClient.query("SELECT id FROM identity.session LIMIT 20").map {
                try $0.decode("id", as: Session.ID.self)
            }
            let keys = try await house.database.adminClient.query("SELECT key_hash FROM identity.api_key LIMIT 20").map {
                try $0.decode("key_hash", as: [UInt8].self)
            }
            try await house.database.client.withTransaction(scope: .none) { transaction in
                for (session, key) in zip(sessions, keys) {
                    let bySession = try await transaction.query(
                        """
                        SELECT is_touched FROM identity.authenticate(
                            \(session), 1, NULL::bytea, NULL::uuid, '203.0.113.7/32', true, \(now))
                        """)
                    #expect(try bySession.map { try $0.decode(Bool.self) } == [true])
                    let byKey = try await transaction.query(
                        """
                        SELECT is_touched FROM identity.authenticate(
                            NULL::uuid, NULL::integer, \(key), NULL::uuid, '203.0.113.7/32', true, \(now))
                        """)
                    #expect(try byKey.map { try $0.decode(Bool.self) } == [true])
                }
                let scans = try await transaction.query(
                    """
                    SELECT relname || ' ' || seq_scan AS scans FROM pg_stat_xact_user_tables
                    WHERE schemaname = 'identity' AND relname IN ('account', 'session', 'api_key', 'api_key_network') AND idx_scan > 0
                    ORDER BY relname
                    """
                ).map { try $0.decode("scans", as: String.self) }
                #expect(scans == ["account 0", "api_key 0", "api_key_network 0", "session 0"])
            }
        }
    }

    @Test func `ID-077 a request that writes its use does not wait for the disk, and no other promises less than before`() async throws {
        try await House.with { house in
            let session = try await house.register().session.id
            let (_, secret) = try await house.newKey(by: try await house.authenticate(try await house.signIn().token))
            let digest = house.environment.secrets.digest(of: secret).bytes
            func commit(at time: Instant, _ key: [UInt8]?) async throws -> String {
                try await house.database.client.withTransaction(scope: .none) { transaction in
                    try await transaction.execute("SET LOCAL synchronous_commit = on")
                    _ = try await transaction.query(
                        """
                        SELECT user_id FROM identity.authenticate(
                            \(key == nil ? session : nil), 1, \(key), NULL::uuid, '203.0.113.7/32', true, \(time))
                        """)
                    return try await transaction.query("SELECT current_setting('synchronous_commit')")[0].decode(String.self)
                }
            }
            let now = house.clock.now
            #expect(try await commit(at: now, nil) == "on")
            #expect(try await commit(at: now + .seconds(61), nil) == "off")
            #expect(try await commit(at: now + .seconds(62), nil) == "on")
            #expect(try await commit(at: now + .seconds(61), digest) == "off")
            #expect(try await commit(at: now + .seconds(62), digest) == "on")
        }
    }

    /// How many pages a statement touches.
    private func pages(_ statement: String, in transaction: PostgresTransaction) async throws -> Int {
        let rows = try await transaction.query(
            Statement("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, COSTS OFF, FORMAT JSON) " + statement))
        let plan = try rows[0].decode("QUERY PLAN", as: JSONValue.self)
        let top = try #require(plan.arrayValue?.first?["Plan"])
        guard case .integer(let hits)? = top["Shared Hit Blocks"], case .integer(let reads)? = top["Shared Read Blocks"] else {
            Issue.record("a plan without pages: \(plan)")
            return 0
        }
        return Int(hits + reads)
    }

    /// The pages of what a request and a sign-in read, when everything that a connection reads once has been read.
    private func pagesOfUse(_ statements: [String], in house: House) async throws -> [Int] {
        try await house.database.adminClient.withTransaction(scope: .system) { transaction in
            for statement in statements { _ = try await pages(statement, in: transaction) }
            var counts: [Int] = []
            for statement in statements { counts.append(try await pages(statement, in: transaction)) }
            return counts
        }
    }

    @Test func `ID-165 ten thousand ended sessions and keys cost a request and a sign-in no more than one`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let (_, secret) = try await house.newKey(by: try await house.authenticate(outcome.token))
            let digest = house.environment.secrets.digest(of: secret).bytes.map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
            let (session, user, now) = (outcome.session.id.uuid, outcome.user.id.uuid, house.clock.now)
            let statements = [
                "SELECT * FROM identity.authenticate('\(session)', 1, NULL, NULL, '10.0.0.1/32', false, '\(now)')",
                #"SELECT * FROM identity.authenticate(NULL, NULL, '\x\#(digest)', NULL, '10.0.0.1/32', false, '\#(now)')"#,
                // What a sign-in and a new key ask about those that live.
                """
                SELECT id FROM identity.session WHERE user_id = '\(user)' AND revoked_at IS NULL AND absolute_expires_at > '\(now)'
                ORDER BY last_active_at DESC, id DESC OFFSET 99
                """,
                "SELECT count(*) FROM identity.api_key WHERE user_id = '\(user)' AND epoch = 1 AND revoked_at IS NULL",
            ]
            try await fill(house)
            let few = try await pagesOfUse(statements, in: house)
            try await house.database.adminClient.execute(
                """
                INSERT INTO identity.session (id, user_id, epoch, generation, confirmed_generation, rotated_at, methods, authenticated_at, network,
                    client_family, last_active_at, token_expires_at, absolute_expires_at, created_at, revoked_at, revoke_reason)
                SELECT gen_random_uuid(), user_id, 1, 1, 1, rotated_at, methods, authenticated_at, network, client_family, last_active_at,
                    token_expires_at, absolute_expires_at, created_at, created_at, 'logout'
                FROM identity.session, generate_series(1, 10000) WHERE id = \(outcome.session.id)
                """)
            try await house.database.adminClient.execute(
                """
                INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, created_at, updated_at, revoked_at, revoke_reason)
                SELECT gen_random_uuid(), \(outcome.user.id), 1, 'k', 'rfs00000', sha256(n::text::bytea), \(now), \(now), \(now), 'user'
                FROM generate_series(1, 10000) AS n
                """)
            try await house.database.adminClient.execute("ANALYZE identity.session, identity.api_key")
            let many = try await pagesOfUse(statements, in: house)
            // A tree may be a level or two deeper; nothing is read for each session or key.
            for (before, after) in zip(few, many) { #expect(after <= before + 6, "\(few) and then \(many) pages") }
        }
    }
}
