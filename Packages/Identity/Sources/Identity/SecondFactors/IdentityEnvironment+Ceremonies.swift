internal import Audit
internal import Core
internal import Jobs

/// Challenges: given by one transaction, used up by another before a signature is looked at.
extension IdentityEnvironment {
    static var ceremonyLifetime: Duration { .seconds(300) }

    /// What checks passkeys.
    ///
    /// - Throws: ``IdentityError/passkeysDisabled`` where there are none.
    func requirePasskeys() throws(IdentityError) -> any PasskeyVerifier {
        guard let passkeys else { throw .passkeysDisabled }
        return passkeys
    }

    /// Stores a challenge, and gives its text.
    func challenge(
        for flow: CeremonyChallenge.Flow, user: User.ID?, mfaToken: MFAToken.ID?, at now: Instant, in transaction: Store.Transaction
    ) async throws -> String {
        let challenge = CeremonyChallenge(
            id: .make(at: now), flow: flow, user: user, mfaToken: mfaToken, expiresAt: now + Self.ceremonyLifetime)
        let secret = secrets.linkSecret(of: "webauthn", challenge.id.description)
        try await transaction.insert(challenge, digest: secrets.digest(of: secret), at: now)
        return secret.withValue { $0 }
    }

    /// Uses up the challenge that an answer names: one verdict for one challenge, whatever it is (ID-118).
    func consumeChallenge(
        of answer: PasskeyAnswer, for flow: CeremonyChallenge.Flow, user: User.ID?, mfaToken: MFAToken.ID?
    ) async throws -> Bool {
        let now = dateSource.now
        let digest = secrets.digest(of: SecretString(answer.challenge))
        return try await store.withTransaction(.system) { transaction in
            try await transaction.consumeChallenge(digest, flow: flow, user: user, mfaToken: mfaToken, at: now)
        }
    }

    /// The passkey that an answer of the flow is good for; `nil` for an answer that is not good. The challenge is gone either way.
    func verifiedUse(
        of json: JSONValue, for flow: CeremonyChallenge.Flow, user: User.ID?, mfaToken: MFAToken.ID?
    ) async throws -> (Passkey, PasskeyUse)? {
        let verifier = try requirePasskeys()
        guard let answer = try? verifier.read(json),
            try await consumeChallenge(of: answer, for: flow, user: user, mfaToken: mfaToken)
        else { return nil }
        let found = try await store.withTransaction(.system) { transaction -> (Passkey, [UInt8]?)? in
            guard let passkey = try await transaction.passkey(withCredential: answer.credentialID) else { return nil }
            return (passkey, try await transaction.userHandle(of: passkey.user))
        }
        guard let (passkey, handle) = found, user.map({ $0 == passkey.user }) ?? true, Self.isOwn(answer.userHandle, handle, flow),
            let use = try? verifier.verify(answer, by: passkey)
        else { return nil }
        return (passkey, use)
    }

    /// The authenticator names the person where nobody else has (WebAuthn level 2, §7.2 step 6).
    private static func isOwn(_ told: [UInt8]?, _ handle: [UInt8]?, _ flow: CeremonyChallenge.Flow) -> Bool {
        guard let told else { return flow != .passwordless }
        return told == handle
    }

    /// Notes a use in the transaction of what it is for; a counter that goes back is written down and mailed, never refused (ID-124).
    func record(
        _ use: PasskeyUse, of passkey: Passkey, for user: User, at now: Instant, in transaction: Store.Transaction
    ) async throws -> Bool {
        guard let before = try await transaction.recordUse(use, of: passkey.id, at: now) else { return false }
        if use.signCount <= before, use.signCount + before > 0 {
            try await transaction.record(
                IdentityAudit.PasskeyCounterRegressed(user: user.id, passkey: passkey.id, before: before, now: use.signCount),
                by: .user(AuditReference(user.id)))
            try await transaction.publish(PasskeyCounterRegressed(passkey, of: user, at: now))
        }
        return true
    }

    /// Options for an assertion (WebAuthn level 2, §5.5).
    func assertionOptions(_ challenge: String, among passkeys: [Passkey], by verifier: any PasskeyVerifier) -> JSONValue {
        [
            "challenge": .string(challenge), "timeout": .integer(Self.ceremonyLifetime.components.seconds * 1_000),
            "rpId": .string(verifier.relyingPartyID), "userVerification": "required",
            "allowCredentials": .array(passkeys.map { $0.descriptor(by: verifier) }),
        ]
    }

    /// Options for a registration (WebAuthn level 2, §5.4).
    func registrationOptions(
        _ challenge: String, for user: User, handle: [UInt8], excluding passkeys: [Passkey], by verifier: any PasskeyVerifier
    ) -> JSONValue {
        [
            "challenge": .string(challenge), "timeout": .integer(Self.ceremonyLifetime.components.seconds * 1_000),
            "rp": ["id": .string(verifier.relyingPartyID), "name": .string(settings.productName)],
            "user": [
                "id": .string(verifier.text(of: handle)), "name": .string(user.email.description),
                "displayName": .string(user.name.description),
            ],
            "pubKeyCredParams": .array([-8, -7, -257].map { ["type": "public-key", "alg": .integer($0)] }),
            "authenticatorSelection": ["residentKey": "required", "requireResidentKey": true, "userVerification": "required"],
            "attestation": "none", "excludeCredentials": .array(passkeys.map { $0.descriptor(by: verifier) }),
        ]
    }
}

extension Passkey {
    fileprivate func descriptor(by verifier: any PasskeyVerifier) -> JSONValue {
        [
            "type": "public-key", "id": .string(verifier.text(of: facts.credentialID)),
            "transports": .array(facts.transports.map { .string($0) }),
        ]
    }
}
