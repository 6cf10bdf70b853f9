import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Counts what it is asked for, and notes whether a transaction was open meanwhile.
final class ObservingHasher: Identity.PasswordHasher {
    struct Seen: Sendable, Equatable {
        var hashes = 0
        var checks = 0
        var openTransactions = 0
    }

    private let inner = PlainHasher()
    private let seen = Mutex(Seen())
    private let database: TestDatabase

    init(_ database: TestDatabase) { self.database = database }

    var counts: Seen { seen.withLock { $0 } }

    func hash(_ password: Password) async throws -> StoredPassword {
        try await note { $0.hashes += 1 }
        return inner.hash(password)
    }

    func verify(_ password: Password, against hash: StoredPassword) async throws -> PasswordVerdict {
        try await note { $0.checks += 1 }
        return inner.verify(password, against: hash)
    }

    func verifyAgainstNothing(_ password: Password) async throws { try await note { $0.checks += 1 } }

    private func note(_ change: @Sendable (inout Seen) -> Void) async throws {
        let rows = try await database.adminClient.query(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()
            """)
        let open = Int(try rows[0].decode(Int64.self))
        seen.withLock {
            change(&$0)
            $0.openTransactions += open
        }
    }
}

@Suite struct SignInTests {
    private func signIn(
        _ environment: IdentityEnvironment<PostgresIdentityStore>, _ email: String, _ password: String = House.password,
        from client: ClientContext = ClientContext(address: "203.0.113.7", userAgent: "Test/1")
    ) async throws -> SignInOutcome {
        try await PasswordSignIn(environment).signIn(
            with: PasswordCredentials(email: email, password: Password(password)), preferring: nil, from: client)
    }

    @Test func `ID-032 SEC-023 the five refusals cost the same: one check and the same statements`() async throws {
        try await House.with { house in
            for name in ["ada", "off", "leaving", "none"] { try await house.register("\(name)@example.com") }
            let admin = house.database.adminClient
            try await admin.execute("UPDATE identity.account SET status = 'deactivated' WHERE email = 'off@example.com'")
            try await admin.execute(
                "UPDATE identity.account SET status = 'deleting', purge_at = now() WHERE email = 'leaving@example.com'")
            try await admin.execute("UPDATE identity.account SET password_hash = NULL WHERE email = 'none@example.com'")
            var costs: Set<[Int]> = []
            for (email, password) in [
                ("ada@example.com", "wrong-password"), ("nobody@example.com", House.password), ("off@example.com", House.password),
                ("leaving@example.com", House.password), ("none@example.com", House.password),
            ] {
                let hasher = ObservingHasher(house.database)
                let before = try await house.count("audit.entry")
                let statements = try await house.statements { environment in
                    let observed = IdentityEnvironment(
                        store: environment.store, passwords: hasher, tokens: environment.tokens, secrets: environment.secrets, captcha: nil,
                        dateSource: environment.dateSource, settings: environment.settings)
                    await #expect(throws: IdentityError.invalidCredentials) { try await signIn(observed, email, password) }
                }
                costs.insert([statements, hasher.counts.checks, hasher.counts.hashes, try await house.count("audit.entry") - before])
            }
            #expect(costs.count == 1)
            #expect(costs.first?.dropFirst() == [1, 0, 1])
        }
    }

    @Test func `ID-018 passwords are hashed and checked while no transaction is open`() async throws {
        try await House.with { house in
            let hasher = ObservingHasher(house.database)
            let environment = house.with(passwords: hasher)
            let outcome = try await RegistrationService(environment, observer: NoAccountObserver()).register(
                RegistrationRequest(
                    name: try #require(PersonName("Ada")), email: "ada@example.com", password: Password(House.password)),
                from: house.client)
            _ = try await signIn(environment, "ada@example.com")
            let principal = try await house.authenticate(outcome.token)
            try await Passwords(environment).change(
                to: Password("Red-Kettle43xy"), from: Password(House.password), by: principal, from: house.client)
            _ = try await Profiles(environment).update(
                ProfileChanges(email: "ada@example.org", proof: .password(Password("Red-Kettle43xy"))), by: principal, from: house.client)
            #expect(hasher.counts == .init(hashes: 2, checks: 3, openTransactions: 0))
        }
    }

    @Test func `ID-034 a sign-in whose rows do not commit gives no token`() async throws {
        try await House.with { house in
            try await house.register()
            // It fails at the commit itself, when everything was written.
            try await house.database.adminClient.execute(
                """
                CREATE FUNCTION identity.refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$
                """)
            try await house.database.adminClient.execute(
                """
                CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON identity.session DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION identity.refuse_commit()
                """)
            await #expect(throws: (any Error).self) { try await house.signIn() }
            #expect(try await house.count("identity.session") == 1)
            #expect(try await house.entries("auth_success") == 0)
            try await house.database.adminClient.execute("DROP TRIGGER refuse ON identity.session")
            _ = try await house.signIn()
            #expect(try await house.entries("auth_success") == 1)
            #expect(try await house.count("identity.session") == 2)
        }
    }

    @Test func `ID-036 a client that was not seen for ninety days is told to the owner, at most once an hour`() async throws {
        try await House.with { house in
            try await house.register()
            func mails() async throws -> Int {
                try await house.count("jobs.event WHERE topic = 'identity.signed_in_from_new_client'")
            }
            _ = try await house.signIn()
            #expect(try await mails() == 0)
            let other = ClientContext(address: "203.0.113.7", userAgent: "Other/1")
            let elsewhere = ClientContext(address: "198.51.100.4", userAgent: "Test/1")
            _ = try await signIn(house.environment, "ada@example.com", from: other)
            #expect(try await mails() == 1)
            _ = try await signIn(house.environment, "ada@example.com", from: elsewhere)
            #expect(try await mails() == 1)
            #expect(try await house.entries("new_client_sign_in") == 2)
            house.clock.advance(by: .hours(1))
            _ = try await signIn(house.environment, "ada@example.com", from: other)
            #expect(try await mails() == 1)
            house.clock.advance(by: .days(90))
            _ = try await signIn(house.environment, "ada@example.com", from: other)
            #expect(try await mails() == 2)
        }
    }

    @Test func `ID-015 the owner of an address is told at most once a day that somebody tried to register it`() async throws {
        try await House.with { house in
            let user = try await house.register().user
            func mails() async throws -> Int { try await house.count("jobs.event WHERE topic = 'identity.registration_attempted'") }
            for _ in 0..<3 { await #expect(throws: IdentityError.emailTaken) { try await house.register("ADA@example.com") } }
            #expect(try await mails() == 1)
            #expect(try await house.entries("registration_attempted") == 3)
            house.clock.advance(by: .hours(24) - .seconds(1))
            await #expect(throws: IdentityError.emailTaken) { try await house.register() }
            #expect(try await mails() == 1)
            house.clock.advance(by: .seconds(1))
            await #expect(throws: IdentityError.emailTaken) { try await house.register() }
            #expect(try await mails() == 2)
            try await house.database.adminClient.execute("UPDATE identity.account SET status = 'deactivated' WHERE id = \(user.id)")
            house.clock.advance(by: .hours(24))
            await #expect(throws: IdentityError.emailTaken) { try await house.register() }
            #expect(try await mails() == 2)
        }
    }

    @Test func `ID-021 without verification accounts are born verified, and no mail is asked for`() async throws {
        try await House.with { house in
            var settings = IdentitySettings()
            settings.verifiesEmail = false
            let outcome = try await RegistrationService(house.with(settings), observer: NoAccountObserver()).register(
                RegistrationRequest(
                    name: try #require(PersonName("Ada")), email: "ada@example.com", password: Password(House.password)),
                from: house.client)
            #expect(outcome.user.isEmailVerified)
            #expect(try await house.authenticate(outcome.token).isEmailVerified)
            #expect(try await house.count("identity.link_token") == 0)
            #expect(try await house.count("jobs.event WHERE topic = 'identity.email_verification_requested'") == 0)
        }
    }
}
