internal import Audit
public import Core
public import Orgs

/// How much one org's actions may fill somebody's mailbox: what tells people of their access, by the address (NOT-039). Invitations have budgets of
/// their own (ORG-050), links to an account as well (ID-086), and what is billed is told once for each decision anyway.
public struct AccessNoticeBudget: Sendable, Hashable {
    /// How many in what time.
    public static let limits: [(count: Int, within: Duration)] = [(10, .hours(1)), (30, .hours(24))]
    /// The mails that count, which an org's admins cause at will.
    public static let templates: [MailTemplate] = [
        .memberAdded, .memberRemoved, .roleChanged, .graphAccessChanged, .repositoryAccessChanged, .ownershipTransferRequested,
        .ownershipTransferEnded,
    ]

    /// Whose actions.
    public let org: Org.ID
    /// Whose mailbox.
    public let recipient: MailAddress

    /// The budget that a mail comes from; `nil` for one that needs none.
    init?(of entry: OutboxEntry) {
        guard Self.templates.contains(entry.mail.template), let org = entry.about.uuid(of: .org) else { return nil }
        self.org = Org.ID(uuid: org)
        recipient = entry.mail.recipient
    }
}

/// A mail was not sent because one org had sent too many of its kind to the address.
struct AccessNoticesExceeded: AuditEvent {
    /// `send_budget_exceeded`, which invitations have as well.
    static let type = OrgsAudit.SendBudgetExceeded.type
    let about: AuditReferences

    /// What the mail was about.
    var references: AuditReferences { about }
    /// One line.
    var summary: String { "no mail: the budget of the org's notices to the address is used up" }
    /// Whose budget it was.
    var data: [String: JSONValue] { ["budget": "notices"] }
}
