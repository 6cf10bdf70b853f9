public import Audit
public import Core
public import Identity
public import Notifications

/// The accounts of those who run the product, and the tokens by which their programs are known (ADM-005).
public protocol OperatorAccounts: Sendable {
    /// Admits a person and makes a first token.
    ///
    /// - Parameters:
    ///   - email: where the person reads mail.
    ///   - networks: from where the token works; everywhere when there are none.
    /// - Throws: ``OperatorRefusal``.
    func create(
        _ name: String, at email: MailAddress?, as role: OperatorRole, token lifetime: Duration, from networks: [NetworkRange],
        by actor: AuditActor
    ) async throws -> (operator: Operator, token: SecretString)
    /// Admits a person without a token: a link for enrolment leads into the console.
    ///
    /// - Throws: ``OperatorRefusal``.
    func admit(_ name: String, at email: MailAddress?, as role: OperatorRole, by actor: AuditActor) async throws -> Operator
    /// Says where a person reads mail from now on. The same address again changes nothing.
    ///
    /// - Throws: ``OperatorRefusal``.
    func setEmail(_ email: MailAddress, of id: Operator.ID, because reason: String, by actor: AuditActor) async throws
    /// Makes a further token for somebody who is there.
    ///
    /// - Throws: ``OperatorRefusal``.
    func issueToken(for id: Operator.ID, lifetime: Duration, from networks: [NetworkRange]) async throws -> SecretString
    /// Whose token it is; `nil` for one that was never given out.
    func presented(_ token: SecretString) async throws -> PresentedToken?
    /// Ends an operator: every token is refused from the next request on. Twice is once.
    ///
    /// - Throws: ``OperatorRefusal/lastSuperadmin`` when nobody would be left who can admit others.
    func disable(_ id: Operator.ID, because reason: String, by actor: AuditActor) async throws
    /// All of them, those who ended included, by name.
    func operators() async throws -> [Operator]
    /// Records something about an operator in a transaction of its own (AUD-024).
    func record(_ entry: some AuditEvent, by actor: AuditActor) async throws
}

/// A token that somebody showed.
public struct PresentedToken: Sendable, Hashable {
    /// Whose it is.
    public let owner: Operator
    /// From where it works; everywhere when there are none.
    public let networks: [NetworkRange]
    /// Whether it still works at the instant at which it was looked up.
    public let isLive: Bool

    /// Describes a token.
    public init(owner: Operator, networks: [NetworkRange], isLive: Bool) {
        self.owner = owner
        self.networks = networks
        self.isLive = isLive
    }
}

/// Why an operator's account is not changed.
public enum OperatorRefusal: Error, Hashable, Sendable {
    /// A name of 1 to 100 characters is needed.
    case nameInvalid
    /// The address is that of another operator.
    case addressTaken
    /// Nobody has said where the person reads mail.
    case noAddress
    /// The person has a passkey.
    case alreadyEnrolled
    /// A token lives for at most 90 days.
    case lifetimeTooLong
    /// There is no such operator.
    case notFound
    /// At least one superadmin must stay.
    case lastSuperadmin
}

/// The longest life of a token.
public let operatorTokenLifetime: Duration = .days(90)
