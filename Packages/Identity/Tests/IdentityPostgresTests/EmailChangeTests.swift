import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct EmailChangeTests {
    @Test func `ID-098 a change clears verification, replaces links, and sends one link to each address`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            _ = try await Profiles(house.environment).verifyEmail(
                with: try await house.secret(of: .emailVerification), from: house.client)
            try await house.askForReset()
            let user = try await house.change(" New@Example.COM ", from: principal)
            #expect(user.email.description == "new@example.com")
            #expect(!user.isEmailVerified)
            let open = try await house.database.adminClient.query(
                """
                SELECT kind || ' ' || address AS link, extract(epoch FROM expires_at - created_at)::bigint AS lifetime
                FROM identity.link_token WHERE consumed_at IS NULL AND superseded_at IS NULL ORDER BY 1
                """)
            #expect(
                try open.map { try $0.decode("link", as: String.self) }
                    == ["email_revert ada@example.com", "email_verification new@example.com"])
            #expect(try open.map { try $0.decode("lifetime", as: Int64.self) } == [72 * 3_600, 24 * 3_600])
            #expect(try await house.entries("email_changed") == 1)
        }
    }

    @Test func `ID-098 the fourth change in 24 hours is refused, and a taken address is`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            try await house.register("eve@example.com")
            await #expect(throws: IdentityError.emailTaken) { try await house.change("eve@example.com", from: principal) }
            for n in 0..<3 {
                _ = try await house.change("ada\(n)@example.com", from: principal)
                house.clock.advance(by: .seconds(10))
            }
            await #expect(throws: IdentityError.rateLimited(seconds: 86_400 - 30 + 1)) {
                try await house.change("ada4@example.com", from: principal)
            }
            house.clock.advance(by: .hours(24))
            _ = try await house.change(
                "ada4@example.com", from: try await house.authenticate(try await house.signIn("ada2@example.com").token))
        }
    }

    @Test func `ID-098 of twenty people who want one address one gets it`() async throws {
        try await House.with { house in
            var principals: [Principal] = []
            for n in 0..<20 {
                principals.append(try await house.authenticate(try await house.register("user\(n)@example.com").token))
            }
            let refusals = await withTaskGroup(of: IdentityError?.self) { group in
                for principal in principals {
                    group.addTask {
                        do {
                            _ = try await house.change("wanted@example.com", from: principal)
                            return nil
                        } catch { return error as? IdentityError ?? .unauthorized }
                    }
                }
                return await group.reduce(into: [IdentityError]()) { if let error = $1 { $0.append(error) } }
            }
            #expect(refusals == Array(repeating: .emailTaken, count: 19))
            #expect(try await house.entries("email_changed") == 1)
            #expect(try await house.count("identity.link_token WHERE kind = 'email_revert'") == 1)
        }
    }

    @Test func `ID-083 and ID-099 the oldest revert link still works after a second change, and puts the thief out`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let thief = try await house.authenticate(outcome.token)
            let (_, own) = try await house.newKey("mine", by: thief)
            house.clock.advance(by: .seconds(1))
            _ = try await house.change("thief@example.com", from: thief)
            let oldest = try await house.secret(of: .emailRevert, sentTo: "ada@example.com")
            let (_, stolen) = try await house.newKey("stolen", by: thief)
            house.clock.advance(by: .hours(1))
            let again = try await house.signIn("thief@example.com")
            _ = try await house.change("thief2@example.com", from: try await house.authenticate(again.token))

            let profiles = Profiles(house.environment)
            #expect(try await house.accounts.revertEmail(with: oldest) == .restored(try #require(EmailAddress("ada@example.com"))))
            let user = try await profiles.profile(of: thief.userID)
            #expect(user.email.description == "ada@example.com")
            #expect(user.isEmailVerified)
            await #expect(throws: IdentityError.sessionRevoked) { try await house.authenticate(again.token) }
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(stolen) }
            _ = try await house.authenticate(own)
            #expect(try await house.entries("email_change_reverted") == 1)
            #expect(try await house.events("identity.password_reset_requested") == 1)
            await #expect(throws: IdentityError.linkUsed) { try await house.accounts.revertEmail(with: oldest) }
        }
    }

    @Test func `ID-099 when the old address was taken meanwhile the account is switched off`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            _ = try await house.change("thief@example.com", from: principal)
            let link = try await house.secret(of: .emailRevert)
            try await house.register("ada@example.com")
            #expect(try await house.accounts.revertEmail(with: link) == .deactivated)
            await #expect(throws: IdentityError.invalidCredentials) { try await house.signIn("thief@example.com") }
            #expect(try await house.entries("user_deactivated") == 1)
        }
    }

    @Test func `ID-099 the link works for 72 hours to the second`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let eve = try await house.authenticate(try await house.register("eve@example.com").token)
            _ = try await house.change("a@example.com", from: principal)
            _ = try await house.change("b@example.com", from: eve)
            let first = try await house.secret(of: .emailRevert, sentTo: "ada@example.com")
            let second = try await house.secret(of: .emailRevert, sentTo: "eve@example.com")
            house.clock.advance(by: .hours(72) - .seconds(1))
            _ = try await house.accounts.revertEmail(with: first)
            house.clock.advance(by: .seconds(1))
            await #expect(throws: IdentityError.linkExpired) { try await house.accounts.revertEmail(with: second) }
        }
    }

    @Test func `ID-099 the link works though the thief has asked for the end of the account`() async throws {
        try await House.with { house in
            let thief = try await house.authenticate(try await house.register().token)
            _ = try await house.change("thief@example.com", from: thief)
            let link = try await house.secret(of: .emailRevert)
            _ = try await house.scheduleDeletion(by: try await house.authenticate(try await house.signIn("thief@example.com").token))
            house.clock.advance(by: .hours(71))
            #expect(try await house.accounts.revertEmail(with: link) == .restored(try #require(EmailAddress("ada@example.com"))))
            house.clock.advance(by: .days(31))
            try await house.purgeDue()
            #expect(try await house.signIn().user.id == thief.userID)
        }
    }
}
