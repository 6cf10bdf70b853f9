internal import Audit
public import Core
public import Jobs

/// Asks for the mail with the link when the address of a request has an account: away from the request, so that known and unknown addresses cost the
/// caller the same (ID-088). Neither the address nor the network is in the job (OPS-054).
public struct SendPasswordReset: Job {
    /// `identity.send_password_reset`
    public static let kind = "identity.send_password_reset"
    /// With the mails.
    public static let lane = Lane.mail
    /// The first version knew the address and not the account; workers of the release that wrote it leave this one alone.
    public static let version = 2
    /// Whose address it is; `nil` when it is nobody's, for which the job is there all the same.
    public let user: User.ID?
    /// The address, in a job that the first version wrote; never written any more.
    let email: String?

    /// Makes the job.
    public init(user: User.ID?) {
        self.user = user
        email = nil
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
        guard job.user != nil || job.email != nil else { return .cancelled(reason: "the address has no account") }
        let now = context.now
        return try await environment.store.withTransaction(.system) { transaction in
            var account = job.user
            if account == nil, let address = job.email.flatMap({ EmailAddress($0) }) {
                account = try await transaction.user(with: address)?.id
            }
            guard let id = account else { return .cancelled(reason: "the address has no account") }
            guard let user = try await transaction.lockedUser(id), user.status == .active else {
                return .cancelled(reason: "the account is not active any more")
            }
            if try await transaction.takeLinkBudget(of: user.id, kind: .passwordReset, apart: .zero, at: now) == 0 {
                try await environment.sendPasswordReset(to: user, at: now, in: transaction)
            } else {
                try await transaction.record(
                    IdentityAudit.SendBudgetExceeded(user: user.id, kind: .passwordReset), by: .system(component: "identity"))
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}

extension IdentityEnvironment {
    /// Stores a link with which a password can be set, asks for the mail that carries it, and writes down that it was asked for.
    func requestPasswordReset(of user: User, at now: Instant, in transaction: Store.Transaction) async throws {
        try await transaction.record(
            IdentityAudit.PasswordResetRequested(user: user.id, client: nil), by: .system(component: "identity"))
        try await sendPasswordReset(to: user, at: now, in: transaction)
    }

    func sendPasswordReset(to user: User, at now: Instant, in transaction: Store.Transaction) async throws {
        let link = LinkToken(
            id: .make(at: now), user: user.id, kind: .passwordReset, address: user.email, expiresAt: now + settings.resetLifetime)
        try await transaction.insert(link, digest: digest(of: link), at: now)
        try await transaction.publish(
            PasswordResetRequested(
                user: user.id, email: user.email.description, name: user.name.description, link: link.id, expiresAt: link.expiresAt))
    }
}
