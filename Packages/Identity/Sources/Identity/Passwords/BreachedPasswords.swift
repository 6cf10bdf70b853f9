internal import Core
public import Observability

/// Knows which passwords are in published breaches, by the range of their hashes: the password never leaves the process (ID-030).
public protocol BreachedPasswordChecker: Sendable {
    /// How often each hash of a range was seen.
    ///
    /// - Parameter prefix: the first five hexadecimal digits of the SHA-1 digest, in upper case.
    /// - Returns: the other 35 digits of each digest of the range, with its count.
    func occurrences(ofHashPrefix prefix: String) async throws -> [String: Int]
}

/// Names the range of a password: the list is published under SHA-1, which is good for nothing else here.
public protocol BreachDigest: Sendable {
    /// The SHA-1 digest of the password's UTF-8 bytes in 40 hexadecimal digits, in upper case.
    func digits(of password: Password) -> String
}

/// Asks whether a password is in a published breach; an answer that does not come within a second, or fails, is no reason to refuse.
public struct BreachedPasswords: Sendable {
    private let checker: any BreachedPasswordChecker
    private let digest: any BreachDigest
    private let patience: Duration
    private let clock: any Clock<Duration>
    private let log: Log

    /// Takes a checker and what names its ranges.
    ///
    /// - Parameter clock: measures the patience; a process's own time, not the business time.
    public init(
        _ checker: any BreachedPasswordChecker, digest: any BreachDigest, patience: Duration = .seconds(1),
        clock: any Clock<Duration> = ContinuousClock(), log: Log
    ) {
        self.checker = checker
        self.digest = digest
        self.patience = patience
        self.clock = clock
        self.log = log
    }

    /// Whether the password is known to be in a breach.
    func contains(_ password: Password) async -> Bool {
        let digits = digest.digits(of: password)
        do {
            let found = try await answer(for: String(digits.prefix(5)))
            return found.contains { $0.key.uppercased() == digits.dropFirst(5) && $0.value > 0 }
        } catch {
            log.warning("the check for breached passwords did not answer", ["error": .string(String(describing: type(of: error)))])
            return false
        }
    }

    private struct Late: Error {}

    private func answer(for prefix: String) async throws -> [String: Int] {
        try await withThrowingTaskGroup(of: [String: Int].self) { group in
            group.addTask { [checker] in try await checker.occurrences(ofHashPrefix: prefix) }
            group.addTask { [clock, patience] in
                try await clock.sleep(for: patience)
                throw Late()
            }
            defer { group.cancelAll() }
            return try await group.next() ?? [:]
        }
    }
}

extension IdentityEnvironment {
    /// Judges a password that somebody wants to use: the one rule, then the breaches where they are asked (ID-024, ID-030).
    ///
    /// - Throws: ``IdentityError/weakPassword(_:)``.
    func judge(_ password: Password, for email: EmailAddress?) async throws {
        let rating = PasswordPolicy.rate(password, for: email)
        guard rating.isAcceptable else { throw IdentityError.weakPassword(rating.errors) }
        if await breaches?.contains(password) == true {
            throw IdentityError.weakPassword(["The password is in a list of stolen passwords."])
        }
    }
}
