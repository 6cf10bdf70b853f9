public import Cryptography
internal import FoundationEssentials
public import Identity

/// A way in which passwords were kept before: its hashes are read, and replaced at the next sign-in (ID-027).
public protocol OlderPasswordScheme: Sendable {
    /// Whether a stored text is a hash of this scheme.
    func isOne(_ stored: StoredPassword) -> Bool

    /// Whether a password is the one of a hash of this scheme.
    func matches(_ password: Password, _ stored: StoredPassword) async throws -> Bool
}

/// Passwords under Argon2id.
public struct ArgonPasswordHasher: Identity.PasswordHasher {
    private let hasher: Cryptography.PasswordHasher
    private let older: [any OlderPasswordScheme]
    private let line: HashingLine

    /// Takes the hasher of the process. As many hashes run at once as there are processors; 64 wait for at most 2 seconds.
    ///
    /// - Parameter older: schemes whose hashes are still read.
    public init(_ hasher: Cryptography.PasswordHasher, older: [any OlderPasswordScheme] = []) {
        self.init(hasher, older: older, line: HashingLine(places: ProcessInfo.processInfo.activeProcessorCount))
    }

    init(_ hasher: Cryptography.PasswordHasher, older: [any OlderPasswordScheme], line: HashingLine) {
        self.hasher = hasher
        self.older = older
        self.line = line
    }

    /// How many are in the line.
    public var waiting: Int { line.load.waiting }

    /// Hashes a new password.
    public func hash(_ password: Password) async throws -> StoredPassword {
        try await inTurn { StoredPassword(phc: try await hasher.hash(password.secret).description) }
    }

    /// Checks a password; a stored text that is no hash matches nothing, at the usual cost.
    public func verify(_ password: Password, against hash: StoredPassword) async throws -> PasswordVerdict {
        try await inTurn {
            guard let parsed = PasswordHash(hash.phc) else {
                guard let scheme = older.first(where: { $0.isOne(hash) }) else {
                    try await hasher.verifyAgainstNothing(password.secret)
                    return .differs
                }
                return try await scheme.matches(password, hash) ? .matches(isOutdated: true) : .differs
            }
            return switch try await hasher.verify(password.secret, against: parsed) {
            case .matches(let isOutdated): .matches(isOutdated: isOutdated)
            case .differs: .differs
            }
        }
    }

    /// Takes as long as a check.
    public func verifyAgainstNothing(_ password: Password) async throws {
        try await inTurn { try await hasher.verifyAgainstNothing(password.secret) }
    }

    private func inTurn<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await line.run {
            do {
                return try await body()
            } catch is PasswordHasherBusy {
                throw IdentityError.busy
            }
        }
    }
}
