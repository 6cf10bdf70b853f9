public import Core
public import Jobs

/// A mail could not leave before the link in it had ended: another link takes its place, in a mail of its own (ID-153).
public struct RenewLink: Job {
    /// `identity.renew_link`
    public static let kind = "identity.renew_link"
    /// The lane of mails.
    public static let lane = Lane.mail
    /// The link that has ended.
    public let link: LinkToken.ID

    /// Makes the job.
    public init(link: LinkToken.ID) {
        self.link = link
    }
}

/// Does ``RenewLink``.
public struct RenewLinkHandler<Store: IdentityStore>: JobHandler {
    private let environment: IdentityEnvironment<Store>

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Only what is still wanted is made anew: the link was neither used nor replaced, and the account has the address still.
    public func run(_ job: RenewLink, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        return try await environment.store.withTransaction(.system) { transaction in
            if let link = try await transaction.unusedLink(job.link), link.expiresAt <= now,
                let user = try await transaction.lockedUser(link.user), user.status == .active, user.email == link.address
            {
                switch link.kind {
                case .emailVerification where !user.isEmailVerified:
                    try await environment.requestVerification(of: user, at: now, in: transaction)
                case .passwordReset: try await environment.requestPasswordReset(of: user, at: now, in: transaction)
                case .emailVerification, .emailRevert, .disown, .deletionCancel: break
                }
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
