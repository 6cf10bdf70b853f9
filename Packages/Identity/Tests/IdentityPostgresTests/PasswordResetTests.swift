import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct PasswordResetTests {
    private let strong = Password("Green-Lantern77q")

    @Test func `ID-091 a weak password leaves the link usable, and a reset replaces every other link but that of a revert`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register("old@example.com").token)
            _ = try await house.change("ada@example.com", from: principal)
            try await house.askForReset()
            let link = try await house.secret(of: .passwordReset)
            let passwords = Passwords(house.environment)
            let refusal = await #expect(throws: IdentityError.self) {
                _ = try await passwords.reset(to: Password("weak"), with: link, revokingKeys: false, from: house.client)
            }
            guard case .weakPassword = refusal else {
                Issue.record("not weak: \(String(describing: refusal))")
                return
            }
            #expect(try await passwords.inspectReset(link)?.description == "ada@example.com")
            _ = try await passwords.reset(to: strong, with: link, revokingKeys: false, from: house.client)
            #expect(try await passwords.inspectReset(link) == nil)
            let open = try await house.database.adminClient.query(
                "SELECT kind FROM identity.link_token WHERE consumed_at IS NULL AND superseded_at IS NULL")
            #expect(try open.map { try $0.decode("kind", as: String.self) } == ["email_revert"])
            #expect(try await house.entries("password_reset_completed") == 1)
            _ = try await house.signIn("ada@example.com", "Green-Lantern77q")
        }
    }

    @Test func `ID-092 a reset ends every session, keeps keys unless told otherwise, and its mail lists those that live`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let profiles = Profiles(house.environment)
            _ = try await profiles.verifyEmail(with: try await house.secret(of: .emailVerification), from: house.client)
            let (_, secret) = try await house.newKey("deploy", by: try await house.authenticate(outcome.token))
            try await house.askForReset()
            _ = try await Passwords(house.environment).reset(
                to: strong, with: try await house.secret(of: .passwordReset), revokingKeys: false, from: house.client)
            await #expect(throws: IdentityError.sessionRevoked) { try await house.authenticate(outcome.token) }
            _ = try await house.authenticate(secret)
            let payload = try await house.database.adminClient.query(
                "SELECT payload -> 'liveKeys' -> 0 ->> 'name' AS name FROM jobs.event WHERE topic = 'identity.password_changed'")
            #expect(try payload[0].decode("name", as: String?.self) == "deploy")

            house.clock.advance(by: .seconds(1))
            try await house.askForReset()
            _ = try await Passwords(house.environment).reset(
                to: Password("Third-Teapot33w"), with: try await house.secret(of: .passwordReset), revokingKeys: true, from: house.client)
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(secret) }
            #expect(try await house.entries("api_key_revoked") == 1)
        }
    }

    @Test func `ID-093 of ten resets with one link one wins, and its password is the one that is kept`() async throws {
        try await House.with { house in
            try await house.register()
            try await house.askForReset()
            let link = try await house.secret(of: .passwordReset)
            let passwords = Passwords(house.environment)
            let winners = await withTaskGroup(of: (Int, IdentityError?).self) { group in
                for n in 0..<10 {
                    group.addTask {
                        do {
                            _ = try await passwords.reset(
                                to: Password("Green-Lantern77q\(n)"), with: link, revokingKeys: false, from: house.client)
                            return (n, nil)
                        } catch { return (n, error as? IdentityError ?? .unauthorized) }
                    }
                }
                return await group.reduce(into: [(Int, IdentityError?)]()) { $0.append($1) }
            }
            let winner = try #require(winners.first { $0.1 == nil })
            #expect(winners.filter { $0.1 == nil }.count == 1)
            // Whoever looked after the winner had committed found no open link at all.
            #expect(winners.compactMap(\.1).allSatisfy { $0 == .linkUsed })
            _ = try await house.signIn("ada@example.com", "Green-Lantern77q\(winner.0)")
        }
    }

    @Test func `ID-094 a reset proves the mailbox, and takes the keys of whoever registered the address before`() async throws {
        try await House.with { house in
            let stranger = try await house.authenticate(try await house.register().token)
            let (key, secret) = try await house.newKey("back door", by: stranger)
            try await house.askForReset()
            let owner = try await Passwords(house.environment).reset(
                to: strong, with: try await house.secret(of: .passwordReset), revokingKeys: false, from: house.client)
            #expect(owner.user.isEmailVerified)
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(secret) }
            let keys = try await APIKeys(house.environment, graphs: nil).keys(of: owner.user.id, includingInactive: true)
            #expect(keys.map(\.id) == [key.id])
            #expect(keys.first?.revokedAt != nil)
            await #expect(throws: IdentityError.invalidCredentials) { try await house.signIn() }
        }
    }
}
