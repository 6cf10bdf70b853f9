internal import Audit
public import Core
internal import Jobs

extension Passkeys {
    /// A password-less account with no passkey has nothing to prove itself by but that it has just signed in (ID-120).
    private static var freshness: Duration { .minutes(10) }

    /// Known credentials are excluded.
    public func enrolmentOptions(for lane: EnrolmentLane, from client: ClientContext) async throws -> JSONValue {
        switch lane {
        case .session(let principal, let proof):
            try await prove(proof, by: principal, from: client)
            return try await options(for: principal.userID, token: nil)
        case .forced(let secret):
            let token = try await self.token(secret)
            return try await options(for: token.user, token: token.id)
        }
    }

    /// The challenge is used up first, then the credential is read, then everything else is one transaction (ID-121).
    public func enrol(
        _ credential: JSONValue, named name: String?, in lane: EnrolmentLane, from client: ClientContext
    ) async throws -> PasskeyEnrolment {
        let token: MFAToken?
        let person: User.ID
        switch lane {
        case .session(let principal, _): (token, person) = (nil, principal.userID)
        case .forced(let secret):
            let found = try await self.token(secret)
            (token, person) = (found, found.user)
        }
        let verifier = try environment.requirePasskeys()
        let answer = try verifier.read(credential)
        guard try await environment.consumeChallenge(of: answer, for: .registration, user: person, mfaToken: token?.id) else {
            throw IdentityError.ceremonyFailed
        }
        let (facts, use) = try verifier.enrol(answer)
        let now = environment.dateSource.now
        let passkey = Passkey(
            id: .make(at: now), user: person, name: name ?? "Passkey", facts: facts, signCount: use.signCount, isBackedUp: use.isBackedUp,
            lastUsedAt: nil, createdAt: now)
        let (codes, done) = try await environment.store.withTransaction(.system) { transaction in
            try await store(passkey, lane: lane, token: token, from: client, at: now, in: transaction)
        }
        let signIn = try done.map { try environment.issueToken(for: $0.1, user: $0.0, org: $0.2, at: now) }
        return PasskeyEnrolment(passkey: passkey, recoveryCodes: codes, signIn: signIn)
    }

    /// Under the account's lock, so that two first enrolments at once make one set of codes (ID-122).
    private func store(
        _ passkey: Passkey, lane: EnrolmentLane, token: MFAToken?, from client: ClientContext, at now: Instant,
        in transaction: Store.Transaction
    ) async throws -> ([String]?, (User, Session, OrgScope?)?) {
        guard let user = try await transaction.lockedUser(passkey.user), user.status == .active else { throw IdentityError.ceremonyFailed }
        let before = try await transaction.passkeys(of: user.id).count
        guard before < Passkey.limit else { throw IdentityError.passkeyLimitReached(Passkey.limit) }
        guard try await transaction.insert(passkey) else { throw IdentityError.passkeyAlreadyEnrolled }
        let actor = AuditActor.user(AuditReference(user.id))
        try await transaction.record(IdentityAudit.PasskeyEnrolled(user: user.id, passkey: passkey.id, isForced: token != nil), by: actor)
        try await transaction.publish(PasskeyEnrolled(passkey, of: user, at: now))
        let codes =
            before == 0 ? try await environment.makeRecoveryCodes(of: user, isRenewal: false, at: now, in: transaction) : nil
        if case .session(let principal, _) = lane, case .session(let session, _) = principal.credential {
            // The person has just been verified by the new key, after a proof of the other kind.
            try await transaction.addMethods(["hwk", Session.twoFactors], to: session)
        }
        guard let token else { return (codes, nil) }
        return (codes, try await environment.finish(token, with: "hwk", from: client, at: now, in: transaction))
    }

    private func options(for person: User.ID, token: MFAToken.ID?) async throws -> JSONValue {
        let verifier = try environment.requirePasskeys()
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            guard let user = try await transaction.user(person), let handle = try await transaction.userHandle(of: person) else {
                throw IdentityError.notFound
            }
            let known = try await transaction.passkeys(of: person)
            guard known.count < Passkey.limit else { throw IdentityError.passkeyLimitReached(Passkey.limit) }
            let challenge = try await environment.challenge(for: .registration, user: person, mfaToken: token, at: now, in: transaction)
            return environment.registrationOptions(challenge, for: user, handle: handle, excluding: known, by: verifier)
        }
    }

    private func token(_ secret: SecretString) async throws -> MFAToken {
        let now = environment.dateSource.now
        let digest = environment.secrets.digest(of: secret)
        let found = try await environment.store.withTransaction(.system) { try await $0.mfaToken(digest, for: .enroll, at: now) }
        guard let found else { throw IdentityError.mfaTokenInvalid }
        return found
    }

    private func prove(_ proof: Proof?, by principal: Principal, from client: ClientContext) async throws {
        if proof == nil, try await isFreshWithoutProof(principal) { return }
        try await Proofs(environment).check(proof, of: principal, from: client)
    }

    private func isFreshWithoutProof(_ principal: Principal) async throws -> Bool {
        guard case .session(let id, _) = principal.credential,
            let record = try await environment.store.signInRecord(of: principal.userID), record.password == nil
        else { return false }
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            guard try await transaction.passkeys(of: principal.userID).isEmpty, let session = try await transaction.lockedSession(id)
            else { return false }
            return now <= session.authenticatedAt + Self.freshness
        }
    }
}
