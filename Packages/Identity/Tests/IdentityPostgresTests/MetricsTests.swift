import Core
import Identity
import IdentityPostgres
import Observability
import PlatformTesting
import Postgres
import Testing

@Suite struct MetricsTests {
    @Test func `ID-157 sign-ins by outcome, the queue, blocks, sessions, touches and the statement are measured, and nobody is named`()
        async throws
    {
        try await House.with { house in
            let metrics = Metrics()
            let environment = IdentityEnvironment(
                store: house.store, passwords: house.environment.passwords, tokens: house.environment.tokens,
                secrets: house.environment.secrets, captcha: nil, guessing: PostgresGuessingProtection(store: house.store),
                dateSource: house.clock, settings: IdentitySettings(), metrics: IdentityMetrics(metrics))
            let token = try await house.register().token
            func signIn(_ password: String) async throws {
                _ = try await PasswordSignIn(environment).signIn(
                    with: PasswordCredentials(email: "ada@example.com", password: Password(password)), preferring: nil, from: house.client)
            }
            try await signIn(House.password)
            await #expect(throws: IdentityError.self) { try await signIn("Wrong-Guess1x") }
            // The next one comes too soon.
            await #expect(throws: IdentityError.self) { try await signIn(House.password) }
            for _ in 0..<19 {
                house.clock.advance(by: .minutes(16))
                try? await signIn("Wrong-Guess1x")
            }
            await #expect(throws: IdentityError.self) { try await signIn(House.password) }
            house.clock.advance(by: .hours(25))
            let again = try await house.signIn()
            house.clock.advance(by: .minutes(2))
            _ = try await CredentialAuthenticator(environment).principal(
                for: .bearer(again.token.value), actingFor: nil, from: house.client)
            try await house.enqueue(TakeCensus())
            try await house.run(TakeCensusHandler(environment))

            let text = metrics.render()
            #expect(text.contains("identity_sign_ins_total{outcome=\"succeeded\"} 1\n"), "\(text)")
            for name in [
                "identity_sign_ins_total{outcome=\"failed\"}", "identity_sign_ins_total{outcome=\"delayed\"}",
                "identity_sign_ins_total{outcome=\"blocked\"}", "identity_hash_queue 0", "identity_live_sessions 1\n",
                "identity_blocked_networks 0\n", "identity_touch_writes_total 1\n", "identity_authentication_statement_seconds_count 1\n",
            ] {
                #expect(text.contains(name), "\(name) in \(text)")
            }
            for secret in ["ada", "example.com", "203.0.113", "user_", "ses_"] { #expect(!text.contains(secret), "\(secret)") }
            _ = token
        }
    }

    @Test func `ID-157 a network that is shut out is counted while it is`() async throws {
        try await House.with { house in
            try await house.database.adminClient.execute(
                """
                INSERT INTO identity.guess_network (network, blocked_until, blocked_because)
                VALUES ('198.51.100.1', \(house.clock.now + .minutes(15)), 'failures')
                """)
            #expect(try await house.store.census(at: house.clock.now).blockedNetworks == 1)
            #expect(try await house.store.census(at: house.clock.now + .minutes(15)).blockedNetworks == 0)
        }
    }
}
