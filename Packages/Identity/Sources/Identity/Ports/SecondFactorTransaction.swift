public import Core

/// What a transaction can do with passkeys, recovery codes and what leads to them.
public protocol SecondFactorTransaction {
    /// Stores a token between two steps.
    func insert(_ token: MFAToken, digest: SecretDigest, at now: Instant) async throws

    /// A token that can be used now: open, in time, not burned, of a live account's present epoch.
    func mfaToken(_ digest: SecretDigest, for purpose: MFAToken.Purpose, at now: Instant) async throws -> MFAToken?

    /// Counts a try before it is looked at, so that of many at once no more than five are (ID-127).
    ///
    /// - Returns: whether there was one left.
    func takeAttempt(on token: MFAToken.ID, at now: Instant) async throws -> Bool

    /// Uses a token up, once.
    func consume(_ token: MFAToken.ID, at now: Instant) async throws -> Bool

    /// Stores a challenge.
    func insert(_ challenge: CeremonyChallenge, digest: SecretDigest, at now: Instant) async throws

    /// Uses a challenge up by one conditional update: it must be open, in time, and of this flow, person and token (ID-118).
    func consumeChallenge(
        _ digest: SecretDigest, flow: CeremonyChallenge.Flow, user: User.ID?, mfaToken: MFAToken.ID?, at now: Instant
    ) async throws -> Bool

    /// The live passkeys of a person, oldest first.
    func passkeys(of user: User.ID) async throws -> [Passkey]

    /// The live passkey of a credential, whosever it is.
    func passkey(withCredential id: [UInt8]) async throws -> Passkey?

    /// Stores a passkey.
    ///
    /// - Returns: `false` when the credential is live already.
    func insert(_ passkey: Passkey) async throws -> Bool

    /// Writes the name of a live passkey.
    func rename(_ passkey: Passkey.ID, of user: User.ID, to name: String, at now: Instant) async throws -> Passkey?

    /// Notes a use of a live passkey.
    ///
    /// - Returns: the counter before it; `nil` when the passkey is not live any more.
    func recordUse(_ use: PasskeyUse, of passkey: Passkey.ID, at now: Instant) async throws -> Int64?

    /// Ends a live passkey.
    func remove(_ passkey: Passkey.ID, at now: Instant) async throws -> Bool

    /// Ends the passkeys and codes of a person, those made since an instant or all of them; all codes when no passkey is left.
    ///
    /// - Returns: the passkeys that ended.
    func removeSecondFactors(of user: User.ID, madeSince: Instant?, at now: Instant) async throws -> [Passkey]

    /// Replaces all codes of a person.
    func replaceRecoveryCodes(of user: User.ID, with digests: [SecretDigest], at now: Instant) async throws

    /// Uses a code up by one conditional update.
    ///
    /// - Returns: how many are left; `nil` when it was none.
    func useRecoveryCode(_ digest: SecretDigest, of user: User.ID, at now: Instant) async throws -> Int?

    /// How many codes are left.
    func recoveryCodesLeft(of user: User.ID) async throws -> Int

    /// The memberships of a person, for the rules of second factors.
    func secondFactorStandings(of user: User.ID) async throws -> [SecondFactorStanding]

    /// What authenticators know the person by.
    func userHandle(of user: User.ID) async throws -> [UInt8]?

    /// Notes that a session has shown a second factor since it began.
    func addMethods(_ methods: [String], to session: Session.ID) async throws
}
