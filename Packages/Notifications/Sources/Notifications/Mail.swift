public import Core

/// One mail to one address, from the decision that caused it to the relay's answer: a row of the outbox.
public struct Mail: IdentifiedEntity, Sendable, Hashable, Identifiable {
    /// The id of a mail.
    public typealias ID = Identifier<Mail>
    /// `mail_…`
    public static let idPrefix = "mail"

    /// The id.
    public let id: ID
    /// What caused it: with template and recipient it is unique, so one decision is told once (NOT-027).
    public let decision: String
    /// Which mail of the catalogue it is.
    public let template: MailTemplate
    /// The address it goes to.
    public let recipient: MailAddress
    /// Why this recipient gets it, as the end of a sentence: `you own Example Ltd`.
    public let reason: String
    /// The language, such as `en`.
    public let locale: String
    /// The values for the template, as JSON of its context.
    public let context: JSONValue
    /// Where it stands.
    public var status: MailStatus
    /// How often it was handed to a relay.
    public var attempts: Int
    /// When it was queued.
    public let queuedAt: Instant
    /// How often it came back.
    public var bounces: Int
    /// The brand that its org had selected when it was queued; `nil` for the deployment's own (NOT-024).
    public var brand: String?

    /// Makes a mail.
    public init(
        id: ID, decision: String, template: MailTemplate, recipient: MailAddress, reason: String, locale: String, context: JSONValue,
        status: MailStatus, attempts: Int, queuedAt: Instant, bounces: Int = 0, brand: String? = nil
    ) {
        self.id = id
        self.decision = decision
        self.template = template
        self.recipient = recipient
        self.reason = reason
        self.locale = locale
        self.context = context
        self.status = status
        self.attempts = attempts
        self.queuedAt = queuedAt
        self.bounces = bounces
        self.brand = brand
    }
}

extension Mail {
    /// The same mail elsewhere on its way.
    func moved(to status: MailStatus, attempts: Int? = nil) -> Mail {
        var mail = self
        mail.status = status
        mail.attempts = attempts ?? self.attempts
        return mail
    }
}
