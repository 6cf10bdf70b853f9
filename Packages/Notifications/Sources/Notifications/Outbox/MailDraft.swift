public import Audit
public import FoundationEssentials

/// A mail that a decision calls for, before it is known who gets it.
public struct MailDraft: Sendable {
    /// What caused it, such as `billing.subscription_activated/sub_01J…`: told once to each recipient however often the cause is heard
    /// (NOT-027).
    public let decision: String
    /// The values for the template, which they name.
    public let context: any MailContext
    /// What it is about, for the log: its org, user, subscription or graph.
    public let about: [AuditReference]
    /// Who gets it. An address that is there twice gets one mail, for the first reason (NOT-064).
    public let recipients: [MailRecipient]
    /// A brand that was chosen for this mail; `nil` for that of the org it is about.
    public var brand: String?

    /// Makes a draft.
    public init(decision: String, context: any MailContext, about: [AuditReference], recipients: [MailRecipient]) {
        self.decision = decision
        self.context = context
        self.about = about
        self.recipients = recipients
    }

    /// Those who get it, an address that is there twice once.
    var addressees: [MailRecipient] {
        let mailClass = type(of: context).template.mailClass
        var seen: Set<MailAddress> = []
        return recipients.filter { $0.gets(mailClass) && seen.insert($0.address).inserted }
    }
}

/// Somebody who gets a mail.
public struct MailRecipient: Sendable, Hashable {
    /// The address.
    public let address: MailAddress
    /// Whose address it is, when it is a user's.
    public let user: UUID?
    /// The language, when one is set.
    public let locale: String?
    /// Why, as the end of a sentence: `you own Example Ltd`.
    public let reason: String
    /// Whether nobody has shown yet that the address is the person's: then it gets what must be told, and nothing else (NOT-065).
    public var isUnconfirmed = false

    /// Whether a mail of a class goes to it.
    func gets(_ mailClass: MailClass) -> Bool {
        !isUnconfirmed || !mailClass.isSuppressible
    }

    /// Makes a recipient.
    public init(address: MailAddress, user: UUID?, locale: String?, reason: String) {
        self.address = address
        self.user = user
        self.locale = locale
        self.reason = reason
    }
}

/// A row of the outbox: the mail, what it is about, and what was written.
public struct OutboxEntry: Sendable, Hashable {
    /// The mail.
    public let mail: Mail
    /// The mail itself and what it is about.
    public let about: AuditReferences
    /// What was written, once it was.
    public let rendered: RenderedMail?

    /// Makes an entry.
    public init(mail: Mail, about: AuditReferences, rendered: RenderedMail?) {
        self.mail = mail
        self.about = about
        self.rendered = rendered
    }
}

extension OutboxEntry {
    /// Whether it shows a mail to whoever asked to see it, and tells nothing.
    var isSample: Bool { mail.decision.hasPrefix(MailSampleOrdered.topic + "/") }
}

extension Mail: AuditReferable {
    /// Mails are referred to as what they are.
    public static var auditKind: AuditReferenceKind { .mail }
}

extension AuditReferences {
    /// The id of the first reference of a kind, when its key is one.
    func uuid(of kind: AuditReferenceKind) -> UUID? {
        for reference in all where reference.kind == kind {
            if case .id(let uuid) = reference.key { return uuid }
        }
        return nil
    }
}
