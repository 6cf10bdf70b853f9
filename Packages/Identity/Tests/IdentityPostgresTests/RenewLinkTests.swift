import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct RenewLinkTests {
    private func newest(_ kind: LinkToken.Kind, _ house: House) async throws -> LinkToken.ID {
        try await house.database.adminClient.query(
            "SELECT id FROM identity.link_token WHERE kind = \(kind.rawValue) ORDER BY created_at DESC, id DESC LIMIT 1"
        )[0].decode("id")
    }

    private func renew(_ link: LinkToken.ID, _ house: House) async throws {
        try await house.enqueue(RenewLink(link: link))
        try await house.run(RenewLinkHandler(house.workerEnvironment))
    }

    @Test(arguments: [LinkToken.Kind.emailVerification, .passwordReset])
    func `ID-153 a link that ended before its mail could leave is replaced by a fresh one`(kind: LinkToken.Kind) async throws {
        try await House.with { house in
            try await house.register()
            try await house.askForReset()
            let first = try await newest(kind, house)
            try await renew(first, house)
            #expect(try await newest(kind, house) == first)
            house.clock.advance(by: .hours(24))
            try await renew(first, house)
            let second = try await newest(kind, house)
            #expect(second != first)
            // The older one is replaced now, so that nothing comes of a second wish.
            try await renew(first, house)
            #expect(try await newest(kind, house) == second)
        }
    }

    @Test func `ID-153 what nobody needs any more is not made anew`() async throws {
        try await House.with { house in
            try await house.register()
            let first = try await newest(.emailVerification, house)
            _ = try await Profiles(house.environment).verifyEmail(
                with: try await house.secret(of: .emailVerification), from: house.client)
            house.clock.advance(by: .hours(25))
            try await renew(first, house)
            #expect(try await newest(.emailVerification, house) == first)
        }
    }
}
