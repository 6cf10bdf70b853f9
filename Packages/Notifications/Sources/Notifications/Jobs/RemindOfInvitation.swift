internal import Audit
public import Core
internal import Identity
public import Jobs
public import Orgs

/// Reminds whoever was invited that the invitation ends soon (NOT-120), unless it was answered meanwhile.
public struct RemindOfInvitation: Job {
    /// `notifications.remind_of_invitation`
    public static let kind = "notifications.remind_of_invitation"
    /// The lane of mails.
    public static let lane = Lane.mail
    /// How long before the end it comes.
    static let lead = Duration.days(2)

    /// Which invitation; what it says is looked up when the mail is due (OPS-054).
    public let invitation: Invitation.ID
    /// When it was to end.
    public let expiresAt: Instant

    /// Asks for a reminder.
    public init(invitation: Invitation.ID, expiresAt: Instant) {
        self.invitation = invitation
        self.expiresAt = expiresAt
    }
}

/// Sets the reminder when an invitation is sent, and again when it is sent again.
public struct InvitationReminderScheduler<Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = InvitationSent
    /// `notifications.schedule_invitation_reminder`
    public static var name: String { "notifications.schedule_invitation_reminder" }
    /// The lane of mails.
    public static var lane: Lane { .mail }
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Enqueues one job for each end; an invitation that ends sooner needs none.
    public func handle(_ event: InvitationSent, context: JobContext) async throws -> JobOutcome {
        let due = event.expiresAt - RemindOfInvitation.lead
        guard context.now < due else { return .completed }
        return try await store.withTransaction { transaction in
            let reminder = RemindOfInvitation(invitation: event.invitation, expiresAt: event.expiresAt)
            try await transaction.enqueue(
                reminder,
                JobOptions(runAt: due, priority: .bulk, uniqueKey: "\(event.invitation)/\(event.expiresAt)", org: event.org.uuid))
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}

/// Queues the reminder when the invitation is still open and still ends then.
public struct RemindOfInvitationHandler<Store: NotificationStore>: JobHandler {
    private let store: Store
    private let outbox: MailOutbox
    private let facts: any MailFacts

    /// Makes the handler.
    public init(store: Store, outbox: MailOutbox, facts: any MailFacts) {
        self.store = store
        self.outbox = outbox
        self.facts = facts
    }

    /// One mail to the address that is invited; one that was sent again has a later reminder of its own.
    public func run(_ job: RemindOfInvitation, context: JobContext) async throws -> JobOutcome {
        guard let invitation = try await facts.invitation(job.invitation), invitation.state == .pending,
            invitation.expiresAt == job.expiresAt, let org = try await facts.org(invitation.org),
            let address = MailAddress(invitation.email.description)
        else { return .cancelled(reason: "the invitation does not end then any more") }
        let words = InvitationReminderContext(
            inviter: invitation.inviterName ?? org.name.description, org: org.name.description, role: invitation.role.rawValue,
            link: MailSecretLink(kind: Invitation.linkKind, id: invitation.link), validUntil: invitation.expiresAt)
        let recipient = MailRecipient(
            address: address, user: nil, locale: nil, reason: "somebody in \(org.name) gave this address to invite you")
        let draft = MailDraft(
            decision: "\(RemindOfInvitation.kind)/\(invitation.id)/\(job.expiresAt)", context: words,
            about: [AuditReference(org.id), AuditReference(invitation.id)], recipients: [recipient])
        return try await store.withTransaction { transaction in
            try await outbox.queue(draft, at: context.now, in: transaction)
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
