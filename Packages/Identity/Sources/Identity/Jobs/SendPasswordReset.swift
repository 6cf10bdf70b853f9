internal import Audit
public import Core
public import Jobs

/// Looks an address up and, when it has an account, asks for the mail with the link: away from the request, so that known and unknown addresses cost
/// the caller the same (ID-088).
public struct SendPasswordReset: Job {
    /// `identity.send_password_reset`
    public static let kind = "identity.send_password_reset"
    /// With the mails.
    public static let lane = Lane.mail
    /// The address.
    public let email: String
    /// Where the request came from.
    public let network: String

    /// Makes the job.
    public init(email: String, network: String) {
        self.email = email
        self.network = network
    }
}

/// A password is to be reset: a mail with the link is due. The link's secret is derived from its id where the mail is written (``SecretMaker/linkSecret(of:_:)``).
public struct PasswordResetRequested: DomainEvent, Hashable {
    /// `identity.password_reset_requested`
    public static let topic = "identity.password_reset_requested"
    /// The account.
    public let user: User.ID
    /// Where the mail goes.
    public let email: String
    /// The name of the person.
    public let name: String
    /// The link.
    public let link: LinkToken.ID
    /// When the link ends.
    public let expiresAt: Instant

    /// Makes the event.
    public init(user: User.ID, email: String, name: String, link: LinkToken.ID, expiresAt: Instant) {
        self.user = user
        self.email = email
        self.name = name
        self.link = link
        self.expiresAt = expiresAt
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// Does ``SendPasswordReset``.
public struct SendPasswordResetHandler<Store: IdentityStore>: JobHandler {
    private let environment: IdentityEnvironment<Store>

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Stores the link and asks for its mail, within the budget of 3 an hour and 10 a day (ID-089).
    public func run(_ job: SendPasswordReset, context: JobContext) async throws -> JobOutcome {
        guard let email = EmailAddress(job.email) else { return .discarded(reason: "not an address") }
        let now = context.now
        let client = NetworkClient(network: job.network)
        return try await environment.store.withTransaction(.system) { transaction in
            if let found = try await transaction.user(with: email), let user = try await transaction.lockedUser(found.id),
                user.status == .active, user.email == email
            {
                if try await transaction.takeLinkBudget(of: user.id, kind: .passwordReset, apart: .zero, at: now) == 0 {
                    try await environment.requestPasswordReset(of: user, from: client, at: now, in: transaction)
                } else {
                    try await transaction.record(
                        IdentityAudit.SendBudgetExceeded(user: user.id, kind: .passwordReset), by: .system(component: "identity"))
                }
            } else {
                try await transaction.record(
                    IdentityAudit.PasswordResetRequested(client: client), by: .anonymous(AuditReference(client)))
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}

extension IdentityEnvironment {
    /// Stores a link with which a password can be set, and asks for the mail that carries it.
    func requestPasswordReset(
        of user: User, from client: NetworkClient? = nil, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        let link = LinkToken(
            id: .make(at: now), user: user.id, kind: .passwordReset, address: user.email, expiresAt: now + settings.resetLifetime)
        try await transaction.insert(link, digest: digest(of: link), at: now)
        try await transaction.record(
            IdentityAudit.PasswordResetRequested(user: user.id, client: client), by: .system(component: "identity"))
        try await transaction.publish(
            PasswordResetRequested(
                user: user.id, email: user.email.description, name: user.name.description, link: link.id, expiresAt: link.expiresAt))
    }
}
