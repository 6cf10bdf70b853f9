internal import Audit
public import Core
internal import Jobs

/// The second step of a sign-in, and the codes for whoever lost every passkey.
public protocol SecondFactorService: Sendable {
    /// Options for the passkeys of whoever holds the token.
    ///
    /// - Throws: ``IdentityError/mfaTokenInvalid``.
    func options(for token: SecretString) async throws -> JSONValue

    /// Ends a sign-in.
    ///
    /// - Throws: ``IdentityError/mfaFailed``, ``IdentityError/mfaTokenInvalid``.
    func completeSignIn(
        with answer: SecondFactorAnswer, for token: SecretString, from client: ClientContext
    ) async throws -> SignInOutcome

    /// What the person has.
    func status(of user: User.ID) async throws -> SecondFactorStatus

    /// Ten new codes in place of those before.
    ///
    /// - Throws: ``IdentityError/noPasskey``, and what a proof throws.
    func renewRecoveryCodes(provenBy proof: Proof?, by principal: Principal, from client: ClientContext) async throws -> [String]
}

/// Second steps in the store.
public struct SecondFactors<Store: IdentityStore>: SecondFactorService {
    private let environment: IdentityEnvironment<Store>

    /// Makes the service.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// The token stays good: options can be asked for again.
    public func options(for token: SecretString) async throws -> JSONValue {
        let now = environment.dateSource.now
        guard let verifier = environment.passkeys else { throw IdentityError.mfaTokenInvalid }
        return try await environment.store.withTransaction(.system) { transaction in
            guard let token = try await find(token, at: now, in: transaction) else { throw IdentityError.mfaTokenInvalid }
            let passkeys = try await transaction.passkeys(of: token.user)
            let challenge = try await environment.challenge(
                for: .secondFactor, user: token.user, mfaToken: token.id, at: now, in: transaction)
            return environment.assertionOptions(challenge, among: passkeys, by: verifier)
        }
    }

    /// A try is counted before it is looked at; a right answer uses the token up, so that of two at once one makes a session (ID-129).
    public func completeSignIn(
        with answer: SecondFactorAnswer, for secret: SecretString, from client: ClientContext
    ) async throws -> SignInOutcome {
        try await environment.guessing?.requireUnblocked(client.network)
        let now = environment.dateSource.now
        let token = try await environment.store.withTransaction(.system) { transaction -> MFAToken? in
            guard let token = try await find(secret, at: now, in: transaction) else { return nil }
            return try await transaction.takeAttempt(on: token.id, at: now) ? token : nil
        }
        guard let token else { throw IdentityError.mfaTokenInvalid }
        let done: (User, Session, OrgScope?)?
        switch answer {
        case .assertion(let json): done = try await complete(token, withAssertion: json, from: client)
        case .recoveryCode(let code): done = try await complete(token, withCode: code, from: client)
        }
        guard let (user, session, org) = done else {
            try await recordFailure(of: token.user, from: client)
            throw IdentityError.mfaFailed
        }
        return try environment.issueToken(for: session, user: user, org: org, at: environment.dateSource.now)
    }

    private func complete(
        _ token: MFAToken, withAssertion json: JSONValue, from client: ClientContext
    ) async throws -> (User, Session, OrgScope?)? {
        let found = try await environment.verifiedUse(of: json, for: .secondFactor, user: token.user, mfaToken: token.id)
        guard let (passkey, use) = found else { return nil }
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            let done = try await environment.finish(token, with: "hwk", from: client, at: now, in: transaction)
            guard try await environment.record(use, of: passkey, for: done.0, at: now, in: transaction) else {
                throw IdentityError.mfaFailed
            }
            try await transaction.record(
                IdentityAudit.MFAVerified(user: token.user, passkey: passkey.id, client: client.network),
                by: .user(AuditReference(token.user)))
            return done
        }
    }

    private func complete(
        _ token: MFAToken, withCode text: String, from client: ClientContext
    ) async throws -> (User, Session, OrgScope?)? {
        guard let code = RecoveryCodes.normalised(text) else { return nil }
        let digest = RecoveryCodes.digest(of: code, of: token.user, by: environment.secrets)
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            // The account's lock first, as everywhere: two uses of one code wait for each other.
            guard try await transaction.lockedUser(token.user) != nil,
                let left = try await transaction.useRecoveryCode(digest, of: token.user, at: now)
            else { return nil }
            let done = try await environment.finish(token, with: "otp", from: client, at: now, in: transaction)
            let actor = AuditActor.user(AuditReference(token.user))
            try await transaction.record(
                IdentityAudit.MFARecoveryUsed(user: token.user, left: left, client: client.network), by: actor)
            try await transaction.publish(RecoveryCodeUsed(user: done.0, left: left, isLow: left <= RecoveryCodes.low, at: now))
            return done
        }
    }

    /// One read for all three.
    public func status(of user: User.ID) async throws -> SecondFactorStatus {
        try await environment.store.withTransaction(.system) { transaction in
            SecondFactorStatus(
                passkeys: try await transaction.passkeys(of: user).count,
                recoveryCodes: try await transaction.recoveryCodesLeft(of: user),
                isEnforced: try await environment.isSecondFactorEnforced(for: user, in: transaction))
        }
    }

    /// The old set is void with the commit of the new one.
    public func renewRecoveryCodes(
        provenBy proof: Proof?, by principal: Principal, from client: ClientContext
    ) async throws -> [String] {
        try await Proofs(environment).check(proof, of: principal, from: client)
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            guard let user = try await transaction.lockedUser(principal.userID) else { throw IdentityError.notFound }
            guard try await !transaction.passkeys(of: user.id).isEmpty else { throw IdentityError.noPasskey }
            return try await environment.makeRecoveryCodes(of: user, isRenewal: true, at: now, in: transaction)
        }
    }

    private func find(_ secret: SecretString, at now: Instant, in transaction: Store.Transaction) async throws -> MFAToken? {
        try await transaction.mfaToken(environment.secrets.digest(of: secret), for: .login, at: now)
    }

    private func recordFailure(of user: User.ID, from client: ClientContext) async throws {
        let address = try await environment.store.withTransaction(.system) { transaction in
            try await transaction.record(
                IdentityAudit.MFAFailed(user: user, client: client.network), by: .anonymous(AuditReference(client.network)))
            return try await transaction.user(user)?.email
        }
        try await environment.guessing?.noteFailure(GuessingAttempt(network: client.network, address: address))
    }
}
