import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// What the log says of an account, from its registration to its end.
@Suite struct AccountTrailTests {
    @Test func `AUD-115 a reset asked for an unknown address refers to the network alone, for a known one to the person as well`()
        async throws
    {
        try await House.with { house in
            try await house.register()
            try await house.askForReset("nobody@example.com")
            try await house.askForReset()
            let rows = try await house.database.adminClient.query(
                """
                SELECT risk, ref_user IS NOT NULL AS person, ref_network_client AS network, actor_kind, to_jsonb(e)::text AS everything
                FROM audit.entry AS e WHERE type = 'password_reset_requested' ORDER BY recorded_at
                """)
            #expect(try rows.map { try $0.decode("person", as: Bool.self) } == [false, true])
            #expect(try rows.map { try $0.decode("network", as: String.self) } == ["203.0.113.7/32", "203.0.113.7/32"])
            #expect(try rows.map { try $0.decode("risk", as: String.self) } == ["medium", "medium"])
            #expect(try rows.map { try $0.decode("actor_kind", as: String.self) } == ["anonymous", "system"])
            #expect(try rows.allSatisfy { try !$0.decode("everything", as: String.self).contains("example.com") })
        }
    }

    @Test func `AUD-115 an account leaves one entry for each thing that is done with it, each with the person and its risk`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let id = outcome.user.id
            let profiles = Profiles(house.environment)
            _ = try await profiles.verifyEmail(with: try await house.secret(of: .emailVerification), from: house.client)
            var principal = try await house.authenticate(outcome.token)
            let name = try #require(PersonName("Ada L"))
            _ = try await profiles.update(ProfileChanges(name: name), by: principal, from: house.client)
            try await Passwords(house.environment).change(
                to: Password("Red-Kettle43xy"), from: Password(House.password), by: principal, from: house.client)
            _ = try await profiles.update(
                ProfileChanges(email: "ada@example.org", proof: .password(Password("Red-Kettle43xy"))), by: principal, from: house.client)
            try await house.accounts.deactivate(id, freezingOrgs: false, by: house.staff, because: "a test")
            try await house.accounts.reactivate(id, by: house.staff, because: "an appeal")
            house.clock.advance(by: .seconds(1))
            try await house.askForReset("ada@example.org")
            let reset = try await Passwords(house.environment).reset(
                to: Password(House.password), with: try await house.secret(of: .passwordReset), revokingKeys: false, from: house.client)
            principal = try await house.authenticate(try reset.outcome().token)
            _ = try await PersonalData(house.environment).export(
                provenBy: .password(Password(House.password)), by: principal, from: house.client)
            _ = try await house.scheduleDeletion(by: principal)
            try await house.accounts.cancelDeletion(with: try await house.secret(of: .deletionCancel))
            let again = try await house.signIn("ada@example.org")
            _ = try await house.scheduleDeletion(by: try await house.authenticate(again.token))
            house.clock.advance(by: .days(31))
            try await house.purgeDue()

            let expected = [
                "user_registered low", "email_verified low", "user_profile_changed low", "password_changed medium", "email_changed high",
                "user_deactivated high", "user_reactivated high", "password_reset_requested medium", "password_reset_completed high",
                "user_data_exported high", "user_deletion_requested high", "user_deletion_canceled medium", "user_deletion_requested high",
                "user_deleted high",
            ]
            let family = Set(expected.map { String($0.prefix { $0 != " " }) })
            let rows = try await house.database.adminClient.query(
                "SELECT type, risk FROM audit.entry WHERE ref_user = \(id) AND type = ANY(\(family.sorted())) ORDER BY recorded_at, id")
            let trail = try rows.map { "\(try $0.decode("type", as: String.self)) \(try $0.decode("risk", as: String.self))" }
            #expect(trail == expected)
        }
    }
}
