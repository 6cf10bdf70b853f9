public import Identity

/// Asks a signed-in person to prove anew who it is, before something that cannot be taken back.
public protocol ProofVerifier: Sendable {
    /// Checks a proof.
    ///
    /// - Throws: `IdentityError.sessionRequired` for an API key, `.proofRequired` without a proof, `.proofFailed` for a wrong one.
    func verify(_ password: Password?, by principal: Principal) async throws
}

/// Proof by the person's password.
public struct PasswordProofVerifier<Store: IdentityStore>: ProofVerifier {
    private let store: Store
    private let passwords: any PasswordHasher

    /// Makes a verifier.
    public init(store: Store, passwords: any PasswordHasher) {
        self.store = store
        self.passwords = passwords
    }

    /// A session first, because a key never proves a person; then the password.
    public func verify(_ password: Password?, by principal: Principal) async throws {
        _ = try principal.requireSession()
        guard let password else { throw IdentityError.proofRequired }
        guard let stored = try await store.signInRecord(of: principal.userID)?.password else { throw IdentityError.proofFailed }
        guard case .matches = try await passwords.verify(password, against: stored) else { throw IdentityError.proofFailed }
    }
}
