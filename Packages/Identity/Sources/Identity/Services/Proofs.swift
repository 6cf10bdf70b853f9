internal import Core

/// Checks that whoever calls is the person: a proof that is sent with a sensitive request (SEC-033).
public protocol ProofService: Sendable {
    /// Checks the current password of the caller, or the answer of one of the caller's passkeys.
    ///
    /// - Throws: ``IdentityError/proofRequired`` without one; ``IdentityError/proofFailed``, also for an account without a password.
    func check(_ proof: Proof?, of principal: Principal, from client: ClientContext) async throws
}

/// Proofs by password and by passkey.
public struct Proofs<Store: IdentityStore>: ProofService {
    private let environment: IdentityEnvironment<Store>

    /// Makes the service.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Whichever it is, a wrong one counts as a guess (ID-047).
    public func check(_ proof: Proof?, of principal: Principal, from client: ClientContext) async throws {
        let isGood =
            switch proof {
            case nil: throw IdentityError.proofRequired
            case .password(let password): try await isCurrent(password, of: principal)
            case .assertion(let json): try await isOwn(json, of: principal)
            }
        guard isGood else {
            try await environment.guessing?.noteFailure(GuessingAttempt(network: client.network, address: principal.email))
            throw IdentityError.proofFailed
        }
    }

    /// An account without a password costs what a wrong one costs.
    private func isCurrent(_ password: Password, of principal: Principal) async throws -> Bool {
        guard let stored = try await environment.store.signInRecord(of: principal.userID)?.password else {
            try await environment.passwords.verifyAgainstNothing(password)
            return false
        }
        guard case .matches = try await environment.passwords.verify(password, against: stored) else { return false }
        return true
    }

    private func isOwn(_ json: JSONValue, of principal: Principal) async throws -> Bool {
        guard environment.passkeys != nil,
            let (passkey, use) = try await environment.verifiedUse(of: json, for: .management, user: principal.userID, mfaToken: nil)
        else { return false }
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            guard let user = try await transaction.lockedUser(principal.userID) else { return false }
            return try await environment.record(use, of: passkey, for: user, at: now, in: transaction)
        }
    }
}
