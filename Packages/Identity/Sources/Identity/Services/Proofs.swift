internal import Core

/// Checks that whoever calls is the person: a proof that is sent with a sensitive request.
public protocol ProofService: Sendable {
    /// Checks the current password of the caller.
    ///
    /// - Throws: ``IdentityError/proofFailed``, also for an account without a password.
    func check(_ password: Password, of principal: Principal, from client: ClientContext) async throws
}

/// Proofs by password.
public struct PasswordProofs<Store: IdentityStore>: ProofService {
    private let environment: IdentityEnvironment<Store>

    /// Makes the service.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// An account without a password costs what a wrong one costs.
    public func check(_ password: Password, of principal: Principal, from client: ClientContext) async throws {
        guard let stored = try await environment.store.signInRecord(of: principal.userID)?.password else {
            try await environment.passwords.verifyAgainstNothing(password)
            throw IdentityError.proofFailed
        }
        guard case .matches = try await environment.passwords.verify(password, against: stored) else {
            try await environment.guessing?.noteFailure(GuessingAttempt(network: client.network, address: principal.email))
            throw IdentityError.proofFailed
        }
    }
}
