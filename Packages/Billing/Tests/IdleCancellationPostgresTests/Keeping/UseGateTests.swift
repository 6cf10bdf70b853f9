import Billing
import Core
import FoundationEssentials
import Identity
import IdentityPostgres
import IdleCancellation
import IdleCancellationPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

/// What a request does to pending cases: it writes its use and orders the reversals, by one statement.
@Suite struct UseGateTests {
    /// People, orgs and cases, written as they stand: only what the gate reads is here.
    private struct Scene: Sendable {
        let database: TestDatabase
        let now = Instant(secondsSinceEpoch: 1_800_000_000)

        func write(_ statement: Statement) async throws {
            try await database.adminClient.withTransaction(scope: .system) { transaction in
                try await transaction.execute("SET LOCAL session_replication_role = replica")
                try await transaction.execute(statement)
            }
        }

        func person(_ name: String) async throws -> User.ID {
            let id = User.ID.make(at: now)
            try await write(
                """
                INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
                VALUES (\(id), \(name + "@example.com"), \(name), 'active', 1, 1, \(now), \(now))
                """)
            return id
        }

        func session(of user: User.ID) async throws -> Session.ID {
            let id = Session.ID.make(at: now)
            try await write(
                """
                INSERT INTO identity.session (id, user_id, epoch, generation, confirmed_generation, rotated_at, methods, authenticated_at,
                    network, client_family, last_active_at, token_expires_at, absolute_expires_at, created_at)
                VALUES (\(id), \(user), 1, 1, 1, \(now), '{pwd}', \(now), '10.0.0.1/32', 'x', \(now), \(now + .days(30)), \(now + .days(30)), \(now))
                """)
            return id
        }

        func join(_ user: User.ID, _ org: UUID, ended: Bool = false) async throws {
            let end = ended ? now : nil
            try await write(
                """
                INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, ended_at, end_reason, updated_at)
                VALUES (gen_random_uuid(), \(org), \(user), 'member', \(now), 'operator', \(end), \(ended ? "left" : nil), \(now))
                """)
        }

        @discardableResult
        func idleCase(of org: UUID, seat: User.ID? = nil, state: IdleCaseState = .confirmed) async throws -> IdleCase.ID {
            let id = IdleCase.ID.make(at: now)
            try await write(
                """
                INSERT INTO billing.idle_case (id, org_id, subscription_id, subscriber_id, period_start, period_end, interval_unit, interval_count,
                    threshold, evaluation_id, provider_subscription_id, state, ends_at, decided_at, created_at)
                VALUES (\(id), \(org), gen_random_uuid(), \(seat), \(now - .days(20)), \(now + .days(6)), 'month', 1, \(now - .days(50)),
                    gen_random_uuid(), 'sub_1', \(state.rawValue), \(now + .days(6)), \(now), \(now))
                """)
            return id
        }

        func isPending(_ session: Session.ID) async throws -> Bool {
            try await database.client.query(
                """
                SELECT is_idle_case_pending FROM identity.authenticate(\(session), 1, NULL::bytea, NULL::uuid, '10.0.0.1/32', true, \(now))
                """)[0].decode(Bool.self)
        }

        func use(_ session: Session.ID, of user: User.ID, at: Instant) async throws {
            _ = try await database.client.query(
                "SELECT identity.record_pending_activity(\(user), \(session), 1, NULL::uuid, \(at))")
        }

        func ordered() async throws -> [JSONValue] {
            try await database.adminClient.query(
                """
                SELECT args FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'billing.reverse_idle_case' ORDER BY j.id
                """
            ).map { try $0.decode("args") }
        }
    }

    private func with(_ body: (Scene) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(migrations: IdleSchemaTests.migrations) { try await body(Scene(database: $0)) }
    }

    @Test func `IDL-040, IDL-044, IDL-T28 a case concerns every present member of its org, a seat its subscriber alone`() async throws {
        try await with { scene in
            let (ada, bob, eve) = (try await scene.person("ada"), try await scene.person("bob"), try await scene.person("eve"))
            let (one, two) = (UUID(), UUID())
            for user in [ada, bob] { try await scene.join(user, one) }
            try await scene.join(eve, two)
            try await scene.join(eve, one, ended: true)
            let sessions = [try await scene.session(of: ada), try await scene.session(of: bob), try await scene.session(of: eve)]
            func pending() async throws -> [Bool] {
                var all: [Bool] = []
                for session in sessions { all.append(try await scene.isPending(session)) }
                return all
            }
            #expect(try await pending() == [false, false, false])
            for state in IdleCaseState.allCases where !state.isPending { try await scene.idleCase(of: one, state: state) }
            #expect(try await pending() == [false, false, false])
            try await scene.idleCase(of: one, seat: bob)
            #expect(try await pending() == [false, true, false])
            try await scene.idleCase(of: one, state: .decided)
            #expect(try await pending() == [true, true, false])
        }
    }

    @Test func `IDL-041, IDL-042, IDL-T28 one use orders a reversal of every case of all orgs of the person, once each`() async throws {
        try await with { scene in
            let ada = try await scene.person("ada")
            let session = try await scene.session(of: ada)
            let (one, two, foreign) = (UUID(), UUID(), UUID())
            for org in [one, two] { try await scene.join(ada, org) }
            let cases = [
                try await scene.idleCase(of: one), try await scene.idleCase(of: two, state: .decided),
                try await scene.idleCase(of: foreign, seat: ada),
            ]
            try await scene.idleCase(of: foreign)
            try await scene.idleCase(of: one, seat: User.ID.make(at: scene.now))
            let used = scene.now + .microseconds(61_250_000)
            for wait in [Duration.zero, .seconds(1), .seconds(2)] { try await scene.use(session, of: ada, at: used + wait) }
            let orders = try await scene.ordered()
            #expect(Set(orders.compactMap { $0["case"]?.stringValue }) == Set(cases.map(\.description)) && orders.count == 3)
            for order in orders {
                #expect(order["user"]?.stringValue == ada.description)
                #expect(order["at"]?.stringValue.flatMap { Instant($0) } == used)
            }
            let last = try await scene.database.adminClient.query("SELECT last_active_at FROM identity.session")[0].decode(Instant.self)
            #expect(last == scene.now + .seconds(63))
        }
    }

    @Test func `IDL-T47 a thousand requests at once order one reversal, and each writes its use`() async throws {
        try await with { scene in
            let org = UUID()
            try await scene.idleCase(of: org)
            var people: [(User.ID, Session.ID)] = []
            for n in 0..<20 {
                let user = try await scene.person("p\(n)")
                try await scene.join(user, org)
                people.append((user, try await scene.session(of: user)))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for round in 0..<50 {
                    for (user, session) in people {
                        group.addTask { try await scene.use(session, of: user, at: scene.now + .seconds(Int64(round))) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await scene.ordered().count == 1)
            let latest = try await scene.database.adminClient.query("SELECT min(last_active_at) FROM identity.session")[0].decode(
                Instant.self)
            #expect(latest == scene.now + .seconds(49))
        }
    }

    @Test func `IDL-040 IDL-076 IDL-T53 without a case the gate is one probe of one partial index`() async throws {
        try await with { scene in
            let ada = try await scene.person("ada")
            let session = try await scene.session(of: ada)
            for _ in 0..<3 { try await scene.join(ada, UUID()) }
            for state in [IdleCaseState.kept, .completed, .lapsed] { try await scene.idleCase(of: UUID(), state: state) }
            try await scene.write("ANALYZE billing.idle_case")
            try await scene.database.client.withTransaction(scope: .none) { transaction in
                try await transaction.execute("SET LOCAL enable_seqscan = off")
                _ = try await transaction.query(
                    "SELECT user_id FROM identity.authenticate(\(session), 1, NULL::bytea, NULL::uuid, '10.0.0.1/32', false, \(scene.now))")
                let counts = try await transaction.query(
                    """
                    SELECT coalesce(sum(idx_scan), 0)::bigint AS probes, coalesce(sum(seq_scan), 0)::bigint AS scans FROM pg_stat_xact_user_tables
                    WHERE schemaname = 'billing' AND relname = 'idle_case'
                    """)[0]
                #expect(try counts.decode("scans", as: Int64.self) == 0)
                #expect(try counts.decode("probes", as: Int64.self) <= 1)
            }
        }
    }
}
