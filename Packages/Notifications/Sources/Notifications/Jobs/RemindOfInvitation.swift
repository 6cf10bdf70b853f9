internal import Audit
public import Core
internal import Identity
public import Jobs
public import Orgs

/// Reminds whoever was invited that the invitation ends soon (NOT-120), unless it was answered meanwhile.
public struct RemindOfInvitation: Job, DatedMail {
    /// `notifications.remind_of_invitation`
    public static let kind = "notifications.remind_of_invitation"
    /// It was answered or taken back, or was sent again with a later end, which has a reminder of its own.
    public static let reasonGone = "the invitation does not end then any more"
    /// How long before the end it comes.
    static let lead = Duration.days(2)

    /// Which invitation; what it says is looked up when the mail is due (OPS-054).
    public let invitation: Invitation.ID
    /// When it was to end.
    public let expiresAt: Instant
    /// Whose; `nil` in a job of an earlier version.
    public let org: Org.ID?

    /// Asks for a reminder.
    public init(invitation: Invitation.ID, of org: Org.ID, expiresAt: Instant) {
        self.invitation = invitation
        self.expiresAt = expiresAt
        self.org = org
    }

    /// So long before the end; one job for each end.
    public var options: JobOptions {
        JobOptions(runAt: expiresAt - Self.lead, priority: .bulk, uniqueKey: "\(invitation)/\(expiresAt)", org: org?.uuid)
    }

    /// One mail to the address that is invited.
    public func draft(facts: any MailFacts) async throws -> MailDraft? {
        guard let found = try await facts.invitation(invitation), found.state == .pending, found.expiresAt == expiresAt,
            let org = try await facts.org(found.org), let address = MailAddress(found.email.description)
        else { return nil }
        let context = InvitationReminderContext(
            inviter: found.inviterName ?? org.name.description, org: org.name.description, role: found.role.rawValue,
            link: MailSecretLink(kind: Invitation.linkKind, id: found.link), validUntil: found.expiresAt)
        let recipient = MailRecipient(
            address: address, user: nil, locale: nil, reason: "somebody in \(org.name) gave this address to invite you")
        return MailDraft(
            decision: "\(Self.kind)/\(found.id)/\(expiresAt)", context: context,
            about: [AuditReference(org.id), AuditReference(found.id)], recipients: [recipient])
    }
}

/// Sets the reminder when an invitation is sent, and again when it is sent again; one that ends sooner needs none.
public enum InvitationReminders: DatedMailSchedule {
    /// `notifications.schedule_invitation_reminder`
    public static let name = "notifications.schedule_invitation_reminder"

    /// One for each end.
    public static func mails(for event: InvitationSent, at now: Instant) -> [RemindOfInvitation] {
        let reminder = RemindOfInvitation(invitation: event.invitation, of: event.org, expiresAt: event.expiresAt)
        return now < event.expiresAt - RemindOfInvitation.lead ? [reminder] : []
    }
}
