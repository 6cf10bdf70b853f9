internal import Audit
internal import Core
internal import Identity
public import Orgs

/// Somebody is asked to join an org: the mail with the link (NOT-119). A newer link is another decision, so resending sends.
public struct OrgInvitationRule: MailRule {
    /// `notifications.org_invitation`
    public static let name = "notifications.org_invitation"

    /// Makes the rule.
    public init() {}

    /// One mail to the address that is invited.
    public func drafts(for event: InvitationSent, occurrence: String) async throws -> [MailDraft] {
        guard let address = MailAddress(event.email) else { return [] }
        let context = OrgInvitationContext(
            inviter: event.inviterName.isEmpty ? event.orgName : event.inviterName, org: event.orgName, role: event.role.rawValue,
            link: MailSecretLink(kind: Invitation.linkKind, id: event.link), validUntil: event.expiresAt)
        let recipient = MailRecipient(
            address: address, user: nil, locale: nil, reason: "somebody in \(event.orgName) gave this address to invite you")
        return [
            MailDraft(
                decision: "\(InvitationSent.topic)/\(event.link)", context: context,
                about: [AuditReference(event.org), AuditReference(event.invitation)], recipients: [recipient])
        ]
    }
}

/// An invitation was accepted (NOT-121).
public struct MemberJoinedRule: MailRule {
    /// `notifications.member_joined`
    public static let name = "notifications.member_joined"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To whoever invited and to the admins; one mail to an inviter who is one.
    public func drafts(for event: InvitationAccepted, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org), let person = try await facts.person(event.user) else { return [] }
        let audience = Audience(facts: facts, org: org)
        let recipients = try await audience.person(event.invitedBy, reason: "you sent the invitation") + audience.admins()
        return [
            MailDraft(
                decision: "\(InvitationAccepted.topic)/\(event.invitation)",
                context: MemberJoinedContext(
                    person: person.name.description, org: org.name.description, role: event.role.rawValue, orgID: org.id.description),
                about: [AuditReference(event.org), AuditReference(event.user)],
                recipients: recipients.filter { $0.user != event.user.uuid })
        ]
    }
}
