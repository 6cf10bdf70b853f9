internal import Audit
public import Core
internal import Jobs

/// Passkeys in the store.
public struct Passkeys<Store: IdentityStore>: PasskeyService {
    let environment: IdentityEnvironment<Store>

    /// Makes the service.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Oldest first.
    public func passkeys(of user: User.ID) async throws -> [Passkey] {
        try await environment.store.withTransaction(.user(user)) { try await $0.passkeys(of: user) }
    }

    /// Only the own ones.
    public func rename(_ passkey: Passkey.ID, to name: String, by principal: Principal) async throws -> Passkey {
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            guard let renamed = try await transaction.rename(passkey, of: principal.userID, to: name, at: now) else {
                throw IdentityError.notFound
            }
            try await transaction.record(IdentityAudit.PasskeyRenamed(user: principal.userID, passkey: passkey), by: principal.actor)
            return renamed
        }
    }

    /// The account's lock makes two removals of the last two wait for each other (ID-125).
    public func remove(
        _ id: Passkey.ID?, provenBy proof: Proof?, by principal: Principal, from client: ClientContext
    ) async throws {
        try await Proofs(environment).check(proof, of: principal, from: client)
        let now = environment.dateSource.now
        try await environment.store.withTransaction(.system) { transaction in
            guard let id, let user = try await transaction.lockedUser(principal.userID) else { throw IdentityError.notFound }
            let passkeys = try await transaction.passkeys(of: user.id)
            guard let passkey = passkeys.first(where: { $0.id == id }) else { throw IdentityError.notFound }
            if passkeys.count == 1, try await environment.isSecondFactorEnforced(for: user.id, in: transaction) {
                throw IdentityError.lastPasskey
            }
            guard try await transaction.remove(id, at: now) else { throw IdentityError.notFound }
            // Codes stand in for passkeys; without one there is nothing that they stand in for.
            if passkeys.count == 1 { try await transaction.replaceRecoveryCodes(of: user.id, with: [], at: now) }
            try await transaction.record(IdentityAudit.PasskeyRemoved(user: user.id, passkey: id), by: principal.actor)
            try await transaction.publish(PasskeyRemoved(passkey, of: user, left: passkeys.count - 1, at: now))
        }
    }

    /// Bound to the person, and to nothing that a sign-in knows.
    public func reauthenticationOptions(for user: User.ID) async throws -> JSONValue {
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            let passkeys = try await transaction.passkeys(of: user)
            guard let verifier = environment.passkeys, !passkeys.isEmpty else { throw IdentityError.noPasskey }
            let challenge = try await environment.challenge(for: .management, user: user, mfaToken: nil, at: now, in: transaction)
            return environment.assertionOptions(challenge, among: passkeys, by: verifier)
        }
    }

    /// The authenticator says who is there.
    public func signInOptions() async throws -> JSONValue {
        let verifier = try environment.requirePasskeys()
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            let challenge = try await environment.challenge(for: .passwordless, user: nil, mfaToken: nil, at: now, in: transaction)
            return environment.assertionOptions(challenge, among: [], by: verifier)
        }
    }

    /// Unknown credentials, removed ones and accounts that may not sign in are refused alike.
    public func signIn(with assertion: JSONValue, from client: ClientContext) async throws -> SignInOutcome {
        try await environment.guessing?.requireUnblocked(client.network)
        guard environment.passkeys != nil else { throw IdentityError.mfaFailed }
        let found = try await environment.verifiedUse(of: assertion, for: .passwordless, user: nil, mfaToken: nil)
        let now = environment.dateSource.now
        let done = try await environment.store.withTransaction(.system) { transaction -> (User, Session, OrgScope?)? in
            guard let (passkey, use) = found, let user = try await transaction.lockedUser(passkey.user), user.status == .active,
                try await environment.record(use, of: passkey, for: user, at: now, in: transaction)
            else {
                try await transaction.record(
                    IdentityAudit.MFAFailed(user: found?.0.user, client: client.network), by: .anonymous(AuditReference(client.network)))
                return nil
            }
            let org = try await environment.startingOrg(of: user, preferring: nil, in: transaction)
            return try await environment.startFull(
                for: user, org: org, methods: ["hwk", "user", Session.twoFactors], from: client, at: now, in: transaction)
        }
        guard let (user, session, org) = done else {
            try await environment.guessing?.noteFailure(GuessingAttempt(network: client.network, address: nil))
            throw IdentityError.mfaFailed
        }
        return try environment.issueToken(for: session, user: user, org: org, at: now)
    }
}
