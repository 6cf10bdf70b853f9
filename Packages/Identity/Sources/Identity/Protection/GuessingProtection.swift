public import Audit
public import Core

/// Slows down whoever guesses passwords and codes, and shuts networks out that go on (identity.md, section 5).
///
/// Attempts are admitted before anything is computed for them, and counted for the caller's network and for the address they are about, existing or not.
/// A wait is refused, never slept.
public protocol GuessingProtection: Sendable {
    /// Asks whether an attempt may be made, and if so counts it as under way, in one statement: of attempts at the same moment no more pass than there are
    /// before the next block (ID-042).
    ///
    /// - Throws: ``ProtectionUnavailable`` when nothing can be counted: then there is no attempt.
    func begin(_ attempt: GuessingAttempt) async throws -> AttemptAdmission

    /// Says what became of an attempt. One of which nothing is said counts as a failure after 60 seconds (ID-043).
    ///
    /// - Throws: ``ProtectionUnavailable``.
    func end(_ attempt: AdmittedAttempt, _ outcome: AttemptOutcome) async throws

    /// Refuses a network that is shut out: from registering, from asking for a reset, and from doing one (ID-048).
    ///
    /// - Throws: ``IdentityError/blocked(seconds:)``; ``ProtectionUnavailable``.
    func requireUnblocked(_ network: NetworkClient) async throws

    /// Counts a wrong proof of somebody who is signed in (ID-047).
    ///
    /// - Throws: ``ProtectionUnavailable``.
    func noteFailure(_ attempt: GuessingAttempt) async throws

    /// Takes all failures off an address whose owner has proven the mailbox (ID-041).
    ///
    /// - Throws: ``ProtectionUnavailable``.
    func forgetFailures(of address: EmailAddress) async throws

    /// How many attempts on an address, existing or not, failed in the last quarter of an hour.
    ///
    /// - Throws: ``ProtectionUnavailable``.
    func recentFailures(on address: EmailAddress) async throws -> Int

    /// How a network stands.
    ///
    /// - Throws: ``ProtectionUnavailable``.
    func threat(from network: NetworkClient) async throws -> NetworkThreat
}

/// What an attempt is about.
public struct GuessingAttempt: Sendable, Hashable {
    /// Where it comes from.
    public let network: NetworkClient
    /// The address that is tried, existing or not; `nil` for ways in without one.
    public let address: EmailAddress?
    /// Whether the wait of the address does not apply: a captcha was solved, or a passkey or mailed link is used (ID-044, ID-045).
    public let isExemptFromAccountWait: Bool

    /// Describes an attempt.
    public init(network: NetworkClient, address: EmailAddress?, isExemptFromAccountWait: Bool = false) {
        self.network = network
        self.address = address
        self.isExemptFromAccountWait = isExemptFromAccountWait
    }
}

/// The kind of thing whose ids are those of attempts.
public enum AttemptEntity: IdentifiedEntity {
    /// `try`
    public static let idPrefix = "try"
}

/// An attempt that is under way.
public struct AdmittedAttempt: Sendable, Hashable {
    /// Its id.
    public let id: Identifier<AttemptEntity>
    /// What it is about.
    public let attempt: GuessingAttempt

    /// Notes an attempt.
    public init(id: Identifier<AttemptEntity>, attempt: GuessingAttempt) {
        self.id = id
        self.attempt = attempt
    }
}

/// Whether an attempt may be made.
public enum AttemptAdmission: Sendable, Hashable {
    /// It may, and is under way.
    case admitted(AdmittedAttempt)
    /// The network must wait.
    case delayed(seconds: Int)
    /// Whoever comes from a network that the account does not know must wait; a captcha lifts this (ID-045).
    case delayedForAccount(seconds: Int)
    /// The network is shut out.
    case blocked(seconds: Int)
}

/// What became of an attempt.
public enum AttemptOutcome: Sendable, Hashable {
    /// It was right.
    case succeeded
    /// It was wrong.
    case failed
    /// It was not looked at, for reasons of ours.
    case abandoned
}

/// How a network stands.
public struct NetworkThreat: Sendable, Hashable {
    /// By the failures of a day: from 5 on medium, from 10 on high, from 20 on critical.
    public enum Level: String, Sendable, Hashable, CaseIterable {
        /// Fewer than 5.
        case low
        /// From 5 on.
        case medium
        /// From 10 on.
        case high
        /// From 20 on.
        case critical

        /// The level of so many failures.
        public init(failures: Int) {
            self = failures >= 20 ? .critical : failures >= 10 ? .high : failures >= 5 ? .medium : .low
        }
    }

    /// The failures of the last 24 hours.
    public let failures: Int
    /// When the network is let in again; `nil` when it is not shut out.
    public let blockedUntil: Instant?
    /// How many seconds it must wait before its next attempt.
    public let delay: Int

    /// The level.
    public var level: Level { Level(failures: failures) }

    /// Takes what was found.
    public init(failures: Int, blockedUntil: Instant?, delay: Int) {
        self.failures = failures
        self.blockedUntil = blockedUntil
        self.delay = delay
    }
}

/// The counts cannot be reached: sign-in is closed, never free (ID-049).
public struct ProtectionUnavailable: WrappingError {
    /// What the store threw.
    public let underlying: (any Error)?

    /// Wraps what the store threw.
    public init(_ underlying: any Error) {
        self.underlying = underlying
    }
}
