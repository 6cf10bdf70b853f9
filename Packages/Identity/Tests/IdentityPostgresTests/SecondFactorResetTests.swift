import Audit
import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// What becomes of a reset once it is approved.
@Suite struct SecondFactorResetTests {
    private static let first = StaffMember(id: .init(high: 1, low: 1), actor: .system(component: "identity"))
    private static let second = StaffMember(id: .init(high: 1, low: 2), actor: .system(component: "identity"))

    private func approved(_ house: House) async throws -> (SignInOutcome, SecondFactorReset, SecretString) {
        let ada = try await house.register()
        let now = house.clock.now
        let facts = PasskeyFacts(
            credentialID: [1, 2, 3], publicKey: [1], algorithm: -8, model: [], transports: [], isBackupEligible: false)
        try await house.store.withTransaction(.system) { transaction in
            _ = try await transaction.insert(
                Passkey(
                    id: .make(at: now), user: ada.user.id, name: "Key", facts: facts, signCount: 0, isBackedUp: false, lastUsedAt: nil,
                    createdAt: now))
            try await transaction.replaceRecoveryCodes(
                of: ada.user.id, with: [house.environment.secrets.digest(of: SecretString("code"))], at: now)
        }
        let resets = SecondFactorResets(house.environment)
        let reset = try await resets.request(for: ada.user.id, because: "lost", by: Self.first, rehearsing: false)
        let waiting = try await resets.approve(reset.id, because: "checked", by: Self.second, rehearsing: false)
        return (ada, waiting, house.environment.secrets.linkSecret(of: SecondFactorReset.linkKind, reset.id.description))
    }

    private func run(_ house: House) async throws -> Int {
        try await house.run(ResetSecondFactorHandler(house.workerEnvironment))
    }

    @Test func `ID-136 a day after the approval passkeys, codes and sessions are gone, the password works, and both mails are asked for`()
        async throws
    {
        try await House.with { house in
            let (ada, reset, _) = try await approved(house)
            #expect(try await house.count("jobs.event WHERE topic = 'identity.second_factor_reset_scheduled'") == 1)
            house.clock.advance(by: .hours(24) - .seconds(1))
            #expect(try await run(house) == 0)
            #expect(try await house.count("identity.passkey WHERE removed_at IS NULL") == 1)
            house.clock.advance(by: .seconds(1))
            #expect(try await run(house) == 1)
            #expect(try await house.count("identity.passkey WHERE removed_at IS NULL") == 0)
            #expect(try await house.count("identity.recovery_code") == 0)
            await #expect(throws: IdentityError.self) { _ = try await house.authenticate(ada.token) }
            _ = try await house.signIn()
            #expect(try await house.count("jobs.event WHERE topic = 'identity.second_factor_reset_completed'") == 1)
            let steps = try await house.database.adminClient.query(
                "SELECT data->>'step' AS step FROM audit.entry WHERE type = 'user_mfa_reset' ORDER BY recorded_at, id")
            #expect(try steps.map { try $0.decode("step", as: String.self) } == ["requested", "approved", "completed"])
            let found = try await SecondFactorResets(house.environment).resets(of: ada.user.id)
            #expect(found.map(\.id) == [reset.id] && found.first?.state(at: house.clock.now) == .completed)
        }
    }

    @Test func `ID-136 the mailed link stops it once, until the very end of the day`() async throws {
        try await House.with { house in
            let (ada, reset, link) = try await approved(house)
            let resets = SecondFactorResets(house.environment)
            await #expect(throws: IdentityError.linkInvalid) { try await resets.stop(with: SecretString("another")) }
            house.clock.advance(by: .hours(24) - .seconds(1))
            try await resets.stop(with: link)
            await #expect(throws: IdentityError.linkUsed) { try await resets.stop(with: link) }
            house.clock.advance(by: .hours(48))
            #expect(try await run(house) == 0)
            #expect(try await house.count("identity.passkey WHERE removed_at IS NULL") == 1)
            #expect(try await resets.resets(of: ada.user.id).first?.state(at: house.clock.now) == .stopped)
            await #expect(throws: SecondFactorResetRefusal.closed(.stopped)) {
                _ = try await resets.approve(reset.id, because: "again", by: Self.second, rehearsing: false)
            }
        }
    }

    @Test func `ID-136 at the end of the day the link is too late, and before the approval there is none`() async throws {
        try await House.with { house in
            let (ada, _, link) = try await approved(house)
            let resets = SecondFactorResets(house.environment)
            house.clock.advance(by: .hours(24))
            await #expect(throws: IdentityError.linkExpired) { try await resets.stop(with: link) }
            #expect(try await run(house) == 1)
            await #expect(throws: IdentityError.linkExpired) { try await resets.stop(with: link) }
            // A link whose mail was never sent.
            try await house.store.withTransaction(.system) { transaction in
                let facts = PasskeyFacts(
                    credentialID: [4], publicKey: [1], algorithm: -8, model: [], transports: [], isBackupEligible: false)
                _ = try await transaction.insert(
                    Passkey(
                        id: .make(at: house.clock.now), user: ada.user.id, name: "Key", facts: facts, signCount: 0, isBackedUp: false,
                        lastUsedAt: nil, createdAt: house.clock.now))
            }
            let next = try await resets.request(for: ada.user.id, because: "lost", by: Self.first, rehearsing: false)
            let early = house.environment.secrets.linkSecret(of: SecondFactorReset.linkKind, next.id.description)
            await #expect(throws: IdentityError.linkInvalid) { try await resets.stop(with: early) }
        }
    }
}
