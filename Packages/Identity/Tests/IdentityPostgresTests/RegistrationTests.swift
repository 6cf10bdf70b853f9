import Core
import Identity
import PlatformTesting
import Postgres
import Testing

@Suite struct RegistrationTests {
    @Test func `ID-010 registering writes account, session, link, entries and events together`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            #expect(outcome.user.isEmailVerified == false)
            #expect(try await house.count("identity.account") == 1)
            #expect(try await house.count("identity.session") == 1)
            #expect(try await house.count("identity.link_token WHERE kind = 'email_verification'") == 1)
            #expect(try await house.entries("user_registered") == 1)
            #expect(try await house.entries("session_started") == 1)
            #expect(try await house.count("jobs.event WHERE topic = 'identity.user_registered'") == 1)
            #expect(try await house.count("jobs.event WHERE topic = 'identity.email_verification_requested'") == 1)
        }
    }

    @Test func `ID-014 twenty registrations of one address at once make one account`() async throws {
        try await House.with { house in
            let refusals = try await withThrowingTaskGroup(of: IdentityError?.self) { group in
                for n in 0..<20 {
                    group.addTask {
                        do {
                            try await house.register(n.isMultiple(of: 2) ? "ada@example.com" : "ADA@Example.com")
                            return nil
                        } catch let error as IdentityError { return error }
                    }
                }
                return try await group.reduce(into: [IdentityError]()) { if let error = $1 { $0.append(error) } }
            }
            #expect(refusals == Array(repeating: .emailTaken, count: 19))
            #expect(try await house.count("identity.account") == 1)
            #expect(try await house.count("identity.session") == 1)
            #expect(try await house.count("jobs.event WHERE topic = 'identity.email_verification_requested'") == 1)
        }
    }

    @Test func `ID-009 a weak password, a bad address and a closed door write nothing`() async throws {
        try await House.with { house in
            let service = RegistrationService(house.environment, observer: NoAccountObserver())
            let name = try #require(PersonName("Ada"))
            await #expect(throws: IdentityError.invalidEmail) {
                try await service.register(RegistrationRequest(name: name, email: "ada", password: Password("weak")), from: house.client)
            }
            await #expect(throws: IdentityError.self) {
                try await service.register(
                    RegistrationRequest(name: name, email: "ada@example.com", password: Password("weak")), from: house.client)
            }
            #expect(try await house.count("identity.account") == 0)
            #expect(try await house.count("audit.entry") == 0)
        }
    }

    @Test func `ID-084 the mailed link verifies once, and a newer one replaces the older`() async throws {
        try await House.with { house in
            let user = try await house.register().user
            let profiles = Profiles(house.environment)
            func link() async throws -> SecretString {
                let rows = try await house.database.adminClient.query(
                    """
                    SELECT id FROM identity.link_token
                    WHERE kind = 'email_verification' AND consumed_at IS NULL AND superseded_at IS NULL
                    """)
                let id = try rows[0].decode("id", as: LinkToken.ID.self)
                return house.environment.secrets.linkSecret(of: LinkToken.Kind.emailVerification.rawValue, id.description)
            }
            let first = try await link()
            await #expect(throws: IdentityError.sendBudgetExceeded(seconds: 60)) { try await profiles.resendVerification(to: user.id) }
            house.clock.advance(by: .seconds(60))
            try await profiles.resendVerification(to: user.id)
            await #expect(throws: IdentityError.linkInvalid) { try await profiles.verifyEmail(with: first, from: house.client) }
            let second = try await link()
            #expect(try await profiles.verifyEmail(with: second, from: house.client).user.isEmailVerified)
            await #expect(throws: IdentityError.linkUsed) { try await profiles.verifyEmail(with: second, from: house.client) }
            await #expect(throws: IdentityError.emailAlreadyVerified) { try await profiles.resendVerification(to: user.id) }
        }
    }

    @Test func `ID-083 a link's secret is in no row and no event`() async throws {
        try await House.with { house in
            try await house.register()
            let rows = try await house.database.adminClient.query("SELECT id FROM identity.link_token WHERE kind = 'email_verification'")
            let id = try rows[0].decode("id", as: LinkToken.ID.self)
            let secret = house.environment.secrets.linkSecret(of: "email_verification", id.description)
            let hits = try await house.database.adminClient.query(
                "SELECT count(*) FROM jobs.event WHERE payload::text LIKE '%' || \(secret.withValue { $0 }) || '%'")
            #expect(try hits[0].decode(Int64.self) == 0)
        }
    }
}
