internal import Audit
internal import Core
public import Identity
internal import Orgs

/// An address is to be proven: the mail with the link (NOT-101). A newer link is another decision, so resending sends.
public struct EmailVerificationRule: MailRule {
    /// `notifications.email_verification`
    public static let name = "notifications.email_verification"

    /// Makes the rule.
    public init() {}

    /// One mail to the address that is to be proven.
    public func drafts(for event: EmailVerificationRequested, occurrence: String) async throws -> [MailDraft] {
        guard let address = MailAddress(event.email) else { return [] }
        let link = MailSecretLink(kind: LinkToken.Kind.emailVerification.rawValue, id: event.link.description)
        let context = EmailVerificationContext(name: event.name, link: link, disownLink: nil, validUntil: event.expiresAt)
        let recipient = MailRecipient(
            address: address, user: event.user.uuid, locale: nil, reason: "an account was made or changed with this address")
        return [
            MailDraft(
                decision: "\(EmailVerificationRequested.topic)/\(event.link)", context: context, about: [AuditReference(event.user)],
                recipients: [recipient])
        ]
    }
}

/// An address was proven: the greeting, once for each account (NOT-102).
public struct WelcomeRule: MailRule {
    /// `notifications.welcome`
    public static let name = "notifications.welcome"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to the person, about the org the account begins in.
    public func drafts(for event: EmailVerified, occurrence: String) async throws -> [MailDraft] {
        guard let address = MailAddress(event.email), let person = try await facts.person(event.user), let id = person.defaultOrg,
            let org = try await facts.org(id)
        else { return [] }
        let context = WelcomeContext(name: event.name, org: org.name.description, orgID: org.id.description)
        let recipient = MailRecipient(
            address: address, user: event.user.uuid, locale: nil, reason: "you have an account with this address")
        return [
            MailDraft(
                decision: "\(EmailVerified.topic)/\(event.user)", context: context,
                about: [AuditReference(event.user), AuditReference(org.id)], recipients: [recipient])
        ]
    }
}
