public import Cryptography
public import Identity

/// Passwords under Argon2id.
public struct ArgonPasswordHasher: Identity.PasswordHasher {
    private let hasher: Cryptography.PasswordHasher

    /// Takes the hasher of the process; it bounds how many run and wait.
    public init(_ hasher: Cryptography.PasswordHasher) {
        self.hasher = hasher
    }

    /// Hashes a new password.
    public func hash(_ password: Password) async throws -> StoredPassword {
        try await refusingBusy { StoredPassword(phc: try await hasher.hash(password.secret).description) }
    }

    /// Checks a password; a stored text that is no hash matches nothing, at the usual cost.
    public func verify(_ password: Password, against hash: StoredPassword) async throws -> PasswordVerdict {
        try await refusingBusy {
            guard let parsed = PasswordHash(hash.phc) else {
                try await hasher.verifyAgainstNothing(password.secret)
                return .differs
            }
            return switch try await hasher.verify(password.secret, against: parsed) {
            case .matches(let isOutdated): .matches(isOutdated: isOutdated)
            case .differs: .differs
            }
        }
    }

    /// Takes as long as a check.
    public func verifyAgainstNothing(_ password: Password) async throws {
        try await refusingBusy { try await hasher.verifyAgainstNothing(password.secret) }
    }

    private func refusingBusy<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch is PasswordHasherBusy {
            throw IdentityError.busy
        }
    }
}
