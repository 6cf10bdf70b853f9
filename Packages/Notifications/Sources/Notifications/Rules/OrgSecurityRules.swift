internal import Audit
internal import Core
internal import Identity
public import Orgs

/// Support may make changes in an org, or no more (NOT-203).
public struct SupportAccessRule: MailRule {
    /// `notifications.support_access`
    public static let name = "notifications.support_access"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the owners, each time it begins, gets another end, or ends.
    public func drafts(for event: OrgSupportAccessChanged, occurrence: String) async throws -> [MailDraft] {
        let actor = try await facts.actorName(event.changedBy)
        let context: any MailContext =
            if let until = event.until {
                SupportAccessGrantedContext(org: event.name, until: until, actor: actor, orgID: event.org.description)
            } else {
                SupportAccessEndedContext(org: event.name, actor: actor, orgID: event.org.description)
            }
        return [
            MailDraft(
                decision: "\(OrgSupportAccessChanged.topic)/\(event.org)/\(occurrence)", context: context,
                about: [AuditReference(event.org)],
                recipients: try await facts.recipients(event.recipients, reason: "you own \(event.name)"))
        ]
    }
}

/// The bills of an org go to another address (NOT-200, ORG-085).
public struct BillingContactChangedRule: MailRule {
    /// `notifications.billing_contact_changed`
    public static let name = "notifications.billing_contact_changed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the old and the new address and to the owners, so that nobody can turn the bills away unseen.
    public func drafts(for event: OrgBillingContactChanged, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org) else { return [] }
        func contact(_ email: String?, _ reason: String) -> [MailRecipient] {
            guard let email, let address = MailAddress(email) else { return [] }
            return [MailRecipient(address: address, user: nil, locale: nil, reason: reason)]
        }
        let recipients =
            contact(event.oldEmail, "the bills of \(org.name) went to this address until now")
            + contact(event.newEmail, "the bills of \(org.name) go to this address from now on")
        return [
            MailDraft(
                decision: "\(OrgBillingContactChanged.topic)/\(event.org)/\(occurrence)",
                context: BillingContactChangedContext(
                    org: org.name.description, oldAddress: event.oldEmail.map(MailAddress.masked),
                    newAddress: event.newEmail.map(MailAddress.masked), actor: try await facts.actorName(event.changedBy),
                    orgID: event.org.description),
                about: [AuditReference(event.org)],
                recipients: try await recipients + Audience(facts: facts, org: org).owners())
        ]
    }
}

extension MailFacts {
    /// The name of who did something; `nil` when nobody did, or the person is gone.
    fileprivate func actorName(_ user: User.ID?) async throws -> String? {
        guard let user else { return nil }
        return try await person(user)?.name.description
    }
}
