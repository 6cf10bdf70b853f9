import Audit
import Core
import Identity
import Notifications
import Testing

@Suite struct SecondFactorRuleTests {
    private func passkey(_ acme: Acme) -> Passkey {
        Passkey(
            id: Passkey.ID(high: 1, low: 9), user: acme.ada.id, name: "Laptop",
            facts: PasskeyFacts(
                credentialID: [1], publicKey: [2], algorithm: -7, model: [], transports: [], isBackupEligible: false),
            signCount: 0, isBackedUp: false, lastUsedAt: nil, createdAt: Acme.now)
    }

    @Test func `NOT-109 NOT-110 what happens to a passkey is told to the person, with its name, once for its cause`() async throws {
        let acme = try Acme()
        let (passkey, user) = (passkey(acme), acme.ada)
        let added = try await PasskeyEnrolledRule().drafts(for: PasskeyEnrolled(passkey, of: user, at: Acme.now), occurrence: "1")
        #expect(added.addresses == ["ada@example.com"])
        #expect((added.first?.context as? PasskeyEnrolledContext)?.passkey == "Laptop")
        #expect(added.first?.about.count == 2)
        let again = try await PasskeyEnrolledRule().drafts(for: PasskeyEnrolled(passkey, of: user, at: Acme.now), occurrence: "2")
        #expect(again.map(\.decision) == added.map(\.decision))
        let removed = try await PasskeyRemovedRule().drafts(
            for: PasskeyRemoved(passkey, of: user, left: 1, at: Acme.now), occurrence: "1")
        #expect((removed.first?.context as? PasskeyRemovedContext)?.left == 1)
        let regressed = PasskeyCounterRegressed(passkey, of: user, at: Acme.now)
        let first = try await PasskeyCounterWarningRule().drafts(for: regressed, occurrence: "1")
        let second = try await PasskeyCounterWarningRule().drafts(for: regressed, occurrence: "2")
        #expect(first.count == 1 && first.map(\.decision) != second.map(\.decision))
    }

    @Test func `NOT-111 NOT-112 codes that are replaced or used are told of, with a call for new ones when they run out`() async throws {
        let acme = try Acme()
        let user = acme.ada
        let changed = try await RecoveryCodesChangedRule().drafts(
            for: RecoveryCodesChanged(user: user, isRenewal: true, at: Acme.now), occurrence: "1")
        #expect((changed.first?.context as? RecoveryCodesChangedContext)?.isReplacement == true)
        for left in [3, 2] {
            let used = try await RecoveryCodeUsedRule().drafts(
                for: RecoveryCodeUsed(user: user, left: left, isLow: left <= 2, at: Acme.now), occurrence: String(left))
            let context = try #require(used.first?.context as? RecoveryCodeUsedContext)
            #expect(context.left == Int64(left) && context.isLow == (left == 2))
        }
    }
}
