internal import Core
internal import Identity

/// The link of a mail that has not left, and that is of no use any more (ID-153).
struct EndedLink: Sendable, Hashable {
    let id: LinkToken.ID

    /// - Returns: `nil` where the mail has left or may have and does not leave again, where its link is good, and where it has none that ends before the mail is read.
    init?(in mail: Mail, at now: Instant) {
        guard [.queued, .rendered, .deferred].contains(mail.status) || mail.isTriedAgainAfterBounce else { return nil }
        let link: (id: String, end: Instant)? =
            switch mail.template {
            case .emailVerification: Self.read(mail, EmailVerificationContext.self).map { ($0.link.id, $0.validUntil) }
            case .emailChangeConfirm: Self.read(mail, EmailChangeConfirmContext.self).map { ($0.link.id, $0.validUntil) }
            case .passwordReset: Self.read(mail, PasswordResetContext.self).map { ($0.link.id, $0.validUntil) }
            default: nil
            }
        guard let link, link.end <= now, let id = LinkToken.ID(link.id) else { return nil }
        self.id = id
    }

    private static func read<Context: MailContext>(_ mail: Mail, _: Context.Type) -> Context? {
        try? JSON.decode(Context.self, from: JSON.encode(mail.context))
    }
}
