public import Core

/// Hands mails over to whoever delivers them (NOT-046). A program may bring its own.
public protocol EmailSender: Sendable {
    /// Hands one mail over.
    ///
    /// - Throws: ``EmailRefusal``, which says whether the mail may have been taken; `CancellationError` when the task was cancelled, after
    ///   which that is not known.
    func send(_ email: Email) async throws -> EmailReceipt
}

/// A written mail with its envelope.
public struct Email: Sendable, Hashable {
    /// The mail's id, from which its Message-ID comes: the same in every attempt (NOT-016).
    public let id: Mail.ID
    /// Which mail of the catalogue it is.
    public let template: MailTemplate
    /// The address it goes to.
    public let recipient: MailAddress
    /// When it was queued: its `Date`, so that every attempt has the same bytes.
    public let date: Instant
    /// The subject: one line.
    public let subject: String
    /// The HTML part.
    public let html: String
    /// The text part.
    public let text: String
    /// Where it is turned off with one click; `nil` for one that must be got (NOT-059).
    public let unsubscribeURL: String?
    /// The brand whose sender it has; `nil` for the deployment's own.
    public let brand: String?

    /// Makes an email.
    public init(
        id: Mail.ID, template: MailTemplate, recipient: MailAddress, date: Instant, subject: String, html: String, text: String,
        unsubscribeURL: String? = nil, brand: String? = nil
    ) {
        self.id = id
        self.template = template
        self.recipient = recipient
        self.date = date
        self.subject = subject
        self.html = html
        self.text = text
        self.unsubscribeURL = unsubscribeURL
        self.brand = brand
    }
}

/// What the relay said when it took a mail.
public struct EmailReceipt: Sendable, Hashable {
    /// Its answer, which usually names its queue id.
    public let reply: String
    /// Which of several relays it was (NOT-044).
    public let relay: String?
    /// What the relay calls the mail.
    public let queueID: String?

    /// Makes a receipt.
    public init(reply: String, relay: String? = nil, queueID: String? = nil) {
        self.reply = reply
        self.relay = relay
        self.queueID = queueID
    }
}

/// Why a mail was not handed over, or may not have been.
public enum EmailRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not now: the relay put it off. The mail was not taken.
    case temporary(reason: String)
    /// Not now: the relay is not there, or not safe to talk to. The mail was not taken; another relay may take it.
    case unreachable(reason: String)
    /// Not ever: the relay refused it. The mail was not taken.
    case permanent(reason: String, concernsAddress: Bool)
    /// It is not known whether the mail was taken (NOT-033).
    case unknown(reason: String)

    /// The reason, which holds codes and no address.
    public var description: String {
        switch self {
        case .temporary(let reason), .unreachable(let reason), .permanent(let reason, _), .unknown(let reason): reason
        }
    }
}
