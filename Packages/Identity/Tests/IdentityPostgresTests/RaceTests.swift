import Core
import FoundationEssentials
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// What two callers want at once and one may have, again and again: what goes wrong once in a hundred times goes wrong here.
@Suite struct RaceTests {
    private static let rounds = 200
    /// Fewer, because each makes a hundred keys; `TRELLIS_TEST_KEY_ROUNDS` says how many instead.
    private static let keyRounds = ProcessInfo.processInfo.environment["TRELLIS_TEST_KEY_ROUNDS"].flatMap { Int($0) } ?? 20

    /// How each of several calls at once ended; `nil` where it succeeded.
    private func atOnce(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws -> [IdentityError?] {
        try await withThrowingTaskGroup(of: IdentityError?.self) { group in
            for number in 0..<count {
                group.addTask {
                    do {
                        try await body(number)
                        return nil
                    } catch let refusal as IdentityError { return refusal }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `ID-014 two registrations of one address at once make one account, 200 times`() async throws {
        try await House.with { house in
            for round in 0..<Self.rounds {
                let ends = try await atOnce(2) { number in
                    try await house.register(number == 0 ? "ada\(round)@example.com" : " ADA\(round)@Example.com")
                }
                #expect(ends.filter { $0 == nil }.count == 1)
                #expect(ends.compactMap { $0 } == [.emailTaken])
            }
            #expect(try await house.count("identity.account") == Self.rounds)
            #expect(try await house.count("identity.session") == Self.rounds)
            #expect(try await house.events("identity.email_verification_requested") == Self.rounds)
            #expect(try await house.entries("user_registered") == Self.rounds)
        }
    }

    @Test func `ID-093 a reset link used twice at once sets one password, 200 times`() async throws {
        try await House.with { house in
            let passwords = Passwords(house.environment)
            for round in 0..<Self.rounds {
                let address = "ada\(round)@example.com"
                try await house.register(address)
                try await house.askForReset(address)
                let link = try await house.secret(of: .passwordReset, sentTo: address)
                let ends = try await atOnce(2) { number in
                    _ = try await passwords.reset(
                        to: Password("Green-Lantern77q\(number)"), with: link, revokingKeys: false, from: house.client)
                }
                #expect(ends.filter { $0 == nil }.count == 1)
                #expect(ends.compactMap { $0 } == [.linkUsed])
            }
            #expect(try await house.count("identity.link_token WHERE kind = 'password_reset' AND consumed_at IS NOT NULL") == Self.rounds)
            // One session of the registration, ended; one of the reset that won.
            #expect(try await house.count("identity.session WHERE revoked_at IS NULL") == Self.rounds)
            #expect(try await house.events("identity.password_changed") == Self.rounds)
        }
    }

    @Test func `ID-113 of a hundred keys made at once fifty come to be, every time`() async throws {
        try await House.with { house in
            let label = try #require(APIKeyLabel(name: "ci", description: nil))
            let keys = APIKeys(house.environment, graphs: nil)
            for round in 0..<Self.keyRounds {
                let principal = try await house.authenticate(try await house.register("ada\(round)@example.com").token)
                let ends = try await atOnce(100) { _ in _ = try await keys.create(APIKeyDraft(label: label), by: principal) }
                #expect(ends.filter { $0 == nil }.count == 50)
                #expect(ends.compactMap { $0 } == Array(repeating: .keyLimitReached(50), count: 50))
            }
            #expect(try await house.count("identity.api_key") == 50 * Self.keyRounds)
            #expect(try await house.entries("api_key_created") == 50 * Self.keyRounds)
        }
    }
}
