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
        // An account that was proven once has another address now (NOT-105): nothing is to be disowned there.
        let context: any MailContext =
            if let disown = event.disownLink {
                EmailVerificationContext(name: event.name, link: link, disownLink: .disown(disown), validUntil: event.expiresAt)
            } else {
                EmailChangeConfirmContext(name: event.name, link: link, validUntil: event.expiresAt)
            }
        let recipient = MailRecipient(
            address: address, user: event.user.uuid, locale: nil, reason: "an account was made or changed with this address")
        return [
            MailDraft(
                decision: "\(EmailVerificationRequested.topic)/\(event.link)", context: context, about: [AuditReference(event.user)],
                recipients: [recipient])
        ]
    }
}

/// An account whose address was never proven will be removed (NOT-101, ID-020).
public struct UnverifiedRemovalWarningRule: MailRule {
    /// `notifications.unverified_removal_warning`
    public static let name = "notifications.unverified_removal_warning"

    /// Makes the rule.
    public init() {}

    /// One mail to the person; an account is told of once.
    public func drafts(for event: UnverifiedAccountEnding, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(UnverifiedAccountEnding.topic)/\(event.user)",
            UnverifiedRemovalWarningContext(
                name: event.name, removedAt: event.at, disownLink: event.disownLink.map(MailSecretLink.disown)),
            because: "an account was made with this address")
    }
}

extension MailSecretLink {
    /// The link that says somebody else made the account.
    fileprivate static func disown(_ link: LinkToken.ID) -> MailSecretLink {
        MailSecretLink(kind: LinkToken.Kind.disown.rawValue, id: link.description)
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

/// A password is to be reset: the mail with the link (NOT-103).
public struct PasswordResetRule: MailRule {
    /// `notifications.password_reset`
    public static let name = "notifications.password_reset"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: PasswordResetRequested, occurrence: String) async throws -> [MailDraft] {
        guard let address = MailAddress(event.email) else { return [] }
        let context = PasswordResetContext(
            name: event.name, link: MailSecretLink(kind: LinkToken.Kind.passwordReset.rawValue, id: event.link.description),
            validUntil: event.expiresAt)
        return [
            MailDraft(
                decision: "\(PasswordResetRequested.topic)/\(event.link)", context: context, about: [AuditReference(event.user)],
                recipients: [
                    MailRecipient(
                        address: address, user: event.user.uuid, locale: nil, reason: "a new password was asked for with this address")
                ])
        ]
    }
}

/// A password was changed (NOT-104).
public struct PasswordChangedRule: MailRule {
    /// `notifications.password_changed`
    public static let name = "notifications.password_changed"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: PasswordChanged, occurrence: String) async throws -> [MailDraft] {
        guard let address = MailAddress(event.email) else { return [] }
        let context = PasswordChangedContext(
            name: event.name, changedAt: event.at, client: event.clientFamily, endedSessions: event.endedSessions.map(Int64.init),
            liveKeys: event.liveKeys?.map { PasswordChangedContext.Key(name: $0.name, prefix: $0.prefix) })
        return [
            MailDraft(
                decision: "\(PasswordChanged.topic)/\(event.user)/\(occurrence)", context: context, about: [AuditReference(event.user)],
                recipients: [
                    MailRecipient(address: address, user: event.user.uuid, locale: nil, reason: "you have an account with this address")
                ])
        ]
    }
}

/// The address of an account was changed: the old one is told (NOT-106).
public struct EmailChangedRule: MailRule {
    /// `notifications.email_changed`
    public static let name = "notifications.email_changed"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: EmailChanged, occurrence: String) async throws -> [MailDraft] {
        guard let address = MailAddress(event.oldEmail) else { return [] }
        let context = EmailChangedContext(
            name: event.name, newAddress: MailAddress.masked(event.newEmail), changedAt: event.at,
            revertLink: event.revertLink.map { MailSecretLink(kind: LinkToken.Kind.emailRevert.rawValue, id: $0.description) },
            revertUntil: event.revertUntil)
        return [
            MailDraft(
                decision: "\(EmailChanged.topic)/\(event.user)/\(occurrence)", context: context, about: [AuditReference(event.user)],
                recipients: [
                    MailRecipient(
                        address: address, user: event.user.uuid, locale: nil, reason: "it was the address of your account until now")
                ])
        ]
    }
}

/// An API key was made (NOT-113).
public struct APIKeyCreatedRule: MailRule {
    /// `notifications.api_key_created`
    public static let name = "notifications.api_key_created"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: APIKeyCreated, occurrence: String) async throws -> [MailDraft] {
        guard let address = MailAddress(event.email) else { return [] }
        let context = APIKeyCreatedContext(name: event.name, key: event.keyName, prefix: event.prefix)
        return [
            MailDraft(
                decision: "\(APIKeyCreated.topic)/\(event.key)", context: context,
                about: [AuditReference(event.user), AuditReference(event.key)],
                recipients: [
                    MailRecipient(address: address, user: event.user.uuid, locale: nil, reason: "you have an account with this address")
                ])
        ]
    }
}
