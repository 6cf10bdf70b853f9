internal import Audit
internal import Core
public import Identity
internal import Orgs

/// The end of an account was asked for: the mail with the link that takes it back (NOT-117, ID-145). The link is in no other place.
public struct AccountDeletionScheduledRule: MailRule {
    /// `notifications.account_deletion_scheduled`
    public static let name = "notifications.account_deletion_scheduled"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail to the person for each link, whatever the status of the account.
    public func drafts(for event: AccountDeletionScheduled, occurrence: String) async throws -> [MailDraft] {
        var orgs: [String] = []
        for id in event.endingOrgs {
            if let org = try await facts.org(id) { orgs.append(org.name.description) }
        }
        return MailDraft.toPerson(
            event.user, event.email, decision: "\(AccountDeletionScheduled.topic)/\(event.link)",
            AccountDeletionScheduledContext(
                name: event.name, purgeAt: event.purgeAt,
                link: MailSecretLink(kind: LinkToken.Kind.deletionCancel.rawValue, id: event.link.description), endingOrgs: orgs))
    }
}

/// The status of an account changed in another way (NOT-116, NOT-117).
public struct AccountStatusChangedRule: MailRule {
    /// `notifications.account_status_changed`
    public static let name = "notifications.account_status_changed"

    /// Makes the rule.
    public init() {}

    /// One mail to the person, each time; a person who cannot sign in hears it as well.
    public func drafts(for event: AccountStatusChanged, occurrence: String) async throws -> [MailDraft] {
        let decision = "\(AccountStatusChanged.topic)/\(event.user)/\(occurrence)"
        let context: any MailContext =
            switch event.change {
            case .deletionCanceled: AccountDeletionCanceledContext(name: event.name, canceledAt: event.at)
            case .deleted: AccountDeletedContext(name: event.name, deletedAt: event.at)
            case .deactivated:
                AccountDeactivatedContext(
                    name: event.name, deactivatedAt: event.at, cause: event.cause == .noOrg ? .noOrg : .decision)
            case .reactivated: AccountReactivatedContext(name: event.name, reactivatedAt: event.at)
            }
        return MailDraft.toPerson(
            event.user, event.email, decision: decision, context,
            because: event.change == .deleted ? "you had an account with this address" : nil)
    }
}

/// Somebody tries passwords for an account (NOT-108, SEC-022); the event comes at most once a day.
public struct SignInAttemptsRule: MailRule {
    /// `notifications.sign_in_attempts`
    public static let name = "notifications.sign_in_attempts"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: AccountUnderAttack, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(AccountUnderAttack.topic)/\(event.user)/\(occurrence)",
            SignInAttemptsContext(name: event.name, failures: Int64(event.failures), noticedAt: event.at))
    }
}
