import Core
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct HourlySweepTests {
    private func sweep(_ house: House) async throws {
        try await house.enqueue(CleanUp())
        try await house.run(CleanUpHandler(house.workerEnvironment))
        try await house.enqueue(ReviewKeys())
        try await house.run(ReviewKeysHandler(house.workerEnvironment))
    }

    @Test func `OPS-131 used and unused links go thirty days after their end to the second, keys are written off and stay, sessions stay`()
        async throws
    {
        try await House.with { house in
            let outcome = try await house.register()
            let principal = try await house.authenticate(outcome.token)
            let keys = APIKeys(house.environment, graphs: nil)
            let label = try #require(APIKeyLabel(name: "short", description: nil))
            _ = try await keys.create(APIKeyDraft(label: label, expiresAt: house.clock.now + .days(2)), by: principal)
            let used = try await house.secret(of: .emailVerification)
            house.clock.advance(by: .hours(1))
            _ = try await Profiles(house.environment).verifyEmail(with: used, from: house.client)
            let sessions = try await house.count("identity.session")
            #expect(sessions >= 1)
            let links = "identity.link_token WHERE kind = 'email_verification'"
            house.clock.advance(by: .days(30))
            try await sweep(house)
            #expect(try await house.count(links) == 1)
            house.clock.advance(by: .seconds(1))
            try await sweep(house)
            #expect(try await house.count(links) == 0)

            // The key ended long ago: that is written down once, and its row stays.
            try await sweep(house)
            #expect(try await house.entries("api_key_expired") == 1)
            #expect(try await house.count("identity.api_key WHERE name = 'short'") == 1)
            // So do sessions, until their last use has been kept elsewhere: 400 days after their end.
            #expect(try await house.count("identity.session") == sessions)
            house.clock.advance(by: .days(399))
            try await sweep(house)
            #expect(try await house.count("identity.session") == sessions)
        }
    }

    @Test func `OPS-131 a link that another one replaced goes thirty days after that, while the new one works`() async throws {
        try await House.with { house in
            try await house.register()
            try await house.askForReset("ada@example.com")
            house.clock.advance(by: .minutes(1))
            try await house.askForReset("ada@example.com")
            let replaced = "identity.link_token WHERE superseded_at IS NOT NULL"
            #expect(try await house.count(replaced) == 1)
            let secret = try await house.secret(of: .passwordReset)
            // A link that is good for so long that only its replacement can end it.
            try await house.database.adminClient.execute(
                "UPDATE identity.link_token SET expires_at = \(house.clock.now + .days(90)) WHERE kind = 'password_reset'")
            house.clock.advance(by: .days(30))
            try await sweep(house)
            #expect(try await house.count(replaced) == 1)
            house.clock.advance(by: .seconds(1))
            try await sweep(house)
            #expect(try await house.count(replaced) == 0)
            #expect(try await Passwords(house.environment).inspectReset(secret) == EmailAddress("ada@example.com"))
        }
    }

    @Test func `OPS-131 the sweep is due every hour, one run making up for those that were missed`() async throws {
        try await House.with { house in
            var registry = JobRegistry()
            IdentityHandlers(house.workerEnvironment).register(on: &registry)
            let schedule = try #require(registry.schedules.first { $0.name == "identity.clean_up" })
            #expect(schedule.missed == .once)
            var tick = house.clock.now
            for _ in 0..<48 {
                let next = try #require(schedule.cron.next(after: tick))
                #expect(next - tick <= .hours(1))
                tick = next
            }
        }
    }
}
