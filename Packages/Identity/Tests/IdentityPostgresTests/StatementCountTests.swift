import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// How much of the database each use costs.
@Suite struct StatementCountTests {
    /// Counts the rows that are inserted and changed in tables of this product, from now on.
    private func countWrites(in house: House) async throws {
        let administrator = house.database.adminClient
        try await administrator.execute("CREATE TABLE public.written (relation text NOT NULL)")
        try await administrator.execute("GRANT ALL ON public.written TO PUBLIC")
        let function: String = """
            CREATE FUNCTION public.note_write() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO public.written VALUES (TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME);
                RETURN NULL;
            END $$
            """
        try await administrator.execute(Statement(function))
        let tables = try await administrator.query(
            """
            SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN ('identity', 'audit', 'jobs')
            """
        ).map { try $0.decode("name", as: String.self) }
        for table in tables {
            let trigger: String =
                "CREATE TRIGGER note_write AFTER INSERT OR UPDATE OR DELETE ON \(table) FOR EACH ROW EXECUTE FUNCTION public.note_write()"
            try await administrator.execute(Statement(trigger))
        }
    }

    @Test func `ID-164 an attempt is admitted by one statement and settled by one, and a failed one writes at most four rows`() async throws
    {
        try await House.with { house in
            try await house.register()
            let attempt = GuessingAttempt(network: house.client.network, address: EmailAddress("ada@example.com"))
            var admitted: AdmittedAttempt?
            let admission = try await house.statements(isGuarded: true) { environment in
                guard case .admitted(let found)? = try await environment.guessing?.begin(attempt) else { return }
                admitted = found
            }
            #expect(admission == 1)
            let settled = try #require(admitted)
            let settlement = try await house.statements(isGuarded: true) { try await $0.guessing?.end(settled, .failed) }
            #expect(settlement == 1)

            house.clock.advance(by: .hours(1))
            try await countWrites(in: house)
            _ = try await house.statements(isGuarded: true) { environment in
                await #expect(throws: IdentityError.invalidCredentials) {
                    try await PasswordSignIn(environment).signIn(
                        with: PasswordCredentials(email: "ada@example.com", password: Password("Wrong-Guess1x")), preferring: nil,
                        from: house.client)
                }
            }
            let written = try await house.database.adminClient.query("SELECT relation FROM public.written ORDER BY relation").map {
                try $0.decode("relation", as: String.self)
            }
            #expect(written.count <= 4, "\(written)")
            #expect(written.contains { $0.hasPrefix("audit.entry") })
            #expect(written.contains("identity.guess_attempt"))
        }
    }

    @Test func `ID-163 refreshing, switching the org and signing out are at most three statements each, and registering at most twelve`()
        async throws
    {
        try await House.with(withOrgs: true) { house in
            let registration = try await house.statementTexts { environment in
                _ = try await RegistrationService(environment, observer: NoAccountObserver()).register(
                    RegistrationRequest(
                        name: try #require(PersonName("Eve")), email: "eve@example.com", password: Password(House.password)),
                    from: house.client)
            }
            #expect(registration.count <= 12, "\(registration)")

            let ada = try await house.register()
            let org = try await house.database.makeOrg("Team", at: house.clock.now)
            try await house.database.join(org, ada.user.id, at: house.clock.now)
            var token = ada.token
            let switching = try await house.statementTexts { environment in
                let principal = try await house.authenticate(token)
                token = try await Sessions(environment).move(to: org, by: principal).token
            }
            #expect((1...3).contains(switching.count), "\(switching)")
            let refresh = try await house.statementTexts { environment in
                let next = try await Sessions(environment).refresh(token.value, from: house.client)
                #expect(next.org?.org == org)
                token = next.token
            }
            #expect((1...3).contains(refresh.count), "\(refresh)")
            let logOut = try await house.statementTexts { try await Sessions($0).logOut(token.value, from: house.client) }
            #expect((1...3).contains(logOut.count), "\(logOut)")
        }
    }
}
