public import Core

/// Writes mails from their templates.
public protocol MailRendering: Sendable {
    /// Writes a mail in the recipient's language or, where that is missing, in a fallback of it.
    ///
    /// - Throws: ``MailRenderingError`` when a value is missing or has no place in the template.
    func render(_ mail: Mail) async throws -> RenderedMail

    /// Puts the secrets into a stored rendering: the bytes that leave, the same in every attempt.
    func finish(_ rendered: RenderedMail, of mail: Mail) throws -> RenderedMail
}

/// Where the secrets of mailed links come from: they are derived from the link's id, not stored.
public protocol MailLinkSecrets: Sendable {
    /// The secret of a link.
    func secret(of link: MailSecretLink) -> SecretString
}

/// A mail as it is stored before the first attempt and sent in every one (NOT-029).
public struct RenderedMail: Sendable, Hashable {
    /// The subject: one line.
    public let subject: String
    /// The HTML part, with placeholders for secrets.
    public let html: String
    /// The text part, with placeholders for secrets.
    public let text: String
    /// The SHA-256 of subject, HTML and text as they leave.
    public let contentHash: [UInt8]
    /// The SHA-256 of the template, the fragments, the brand and the language it was made of (NOT-009).
    public let templateHash: [UInt8]

    /// Makes a rendering.
    public init(subject: String, html: String, text: String, contentHash: [UInt8], templateHash: [UInt8]) {
        self.subject = subject
        self.html = html
        self.text = text
        self.contentHash = contentHash
        self.templateHash = templateHash
    }
}

/// Why a mail could not be written; the business change stands all the same (NOT-030).
public struct MailRenderingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which mail of the catalogue.
    public let template: MailTemplate
    /// What is wrong, without values.
    public let reason: String

    /// Makes an error.
    public init(template: MailTemplate, reason: String) {
        self.template = template
        self.reason = reason
    }

    /// The template and the reason.
    public var description: String { "\(template.rawValue): \(reason)" }
}

/// The values and fields of a stored context, found by the mail's template.
public struct StoredMailContext: Sendable {
    /// The values of the fields, those of every mail included.
    public let values: [String: MailValue]

    /// The links among the values that end in a secret.
    public var secretLinks: [MailSecretLink] {
        values.values.compactMap { if case .link(let link) = $0 { link.secret } else { nil } }
    }

    /// Reads the context that a mail was queued with.
    ///
    /// - Throws: ``MailRenderingError`` when the stored JSON does not have the shape of the template's context.
    public init(_ mail: Mail) throws(MailRenderingError) {
        do {
            let context = try MailCatalogue.context(of: mail.template).decode(mail.context)
            values = context.values.merging([MailField.reason.name: .text(mail.reason)]) { own, _ in own }
        } catch {
            throw MailRenderingError(template: mail.template, reason: "the stored context \(errorChain(error))")
        }
    }
}
