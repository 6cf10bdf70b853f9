import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct LinkClassTests {
    private func successes(of uses: Int, _ use: @escaping @Sendable () async throws -> Void) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<uses {
                group.addTask {
                    do {
                        try await use()
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    @Test func `SEC-027 of 50 uses of one link at once one succeeds, and only a digest of it is kept`() async throws {
        try await House.with { house in
            try await house.register()
            let (profiles, passwords) = (Profiles(house.environment), Passwords(house.environment))
            let verification = try await house.secret(of: .emailVerification)
            let verified = await successes(of: 50) { _ = try await profiles.verifyEmail(with: verification, from: house.client) }
            #expect(verified == 1)
            try await house.askForReset()
            let reset = try await house.secret(of: .passwordReset)
            let resets = await successes(of: 50) {
                _ = try await passwords.reset(to: Password("Green-Lantern77q"), with: reset, revokingKeys: false, from: house.client)
            }
            #expect(resets == 1)
            for secret in [verification, reset] {
                let text = secret.withValue { $0 }
                #expect(text.utf8.count >= 43, "32 bytes in base64 have 43 characters")
                let rows = try await house.database.adminClient.query(
                    """
                    SELECT count(*) AS n FROM identity.link_token t WHERE token_hash = \(house.environment.secrets.digest(of: secret).bytes)
                        AND strpos(t::text, \(text)) = 0
                    """)
                #expect(try rows[0].decode("n", as: Int64.self) == 1)
            }
        }
    }

    @Test func `SEC-207 SEC-027 a link of one purpose does nothing on the route of another, and stays usable`() async throws {
        try await House.with { house in
            try await house.register()
            let (profiles, passwords) = (Profiles(house.environment), Passwords(house.environment))
            let verification = try await house.secret(of: .emailVerification)
            await #expect(throws: IdentityError.linkInvalid) {
                _ = try await passwords.reset(to: Password("Green-Lantern77q"), with: verification, revokingKeys: false, from: house.client)
            }
            #expect(try await passwords.inspectReset(verification) == nil)
            _ = try await profiles.verifyEmail(with: verification, from: house.client)
            try await house.askForReset()
            let reset = try await house.secret(of: .passwordReset)
            await #expect(throws: IdentityError.linkInvalid) { _ = try await profiles.verifyEmail(with: reset, from: house.client) }
            house.clock.advance(by: .hours(1))
            await #expect(throws: IdentityError.linkExpired) {
                _ = try await passwords.reset(to: Password("Green-Lantern77q"), with: reset, revokingKeys: false, from: house.client)
            }
        }
    }
}
