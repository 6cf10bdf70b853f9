public import Audit
public import Core
public import Notifications

/// The mails of the catalogue, as operators look at them (NOT-052).
public protocol OperatorMails: Sendable {
    /// The templates.
    var shelf: any MailTemplateShelf { get }
    /// Writes a sample; nothing is sent and nothing stored.
    ///
    /// - Throws: `MailSampleRefusal`
    func preview(_ sample: MailSample) async throws -> MailPreview
    /// Has a sample sent to whoever asks, at the own address and no other.
    ///
    /// - Returns: the address.
    /// - Throws: `MailSampleRefusal`; ``OperatorRefusal/noAddress``
    func send(_ sample: MailSample, to person: Operator.ID, because reason: String) async throws -> MailAddress
}

/// An operator had a sample of a mail sent.
public struct MailSampleRequested: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("mail_sample_requested", .low)
    private let id: Operator.ID
    private let template: MailTemplate
    private let reason: String

    /// Tells of it.
    package init(id: Operator.ID, template: MailTemplate, reason: String) {
        self.id = id
        self.template = template
        self.reason = reason
    }

    /// The operator.
    public var references: AuditReferences { AuditReferences(AuditReference(id)) }
    /// One line.
    public var summary: String { "\(id) asked for a sample of the mail \(template.rawValue)" }
    /// The mail.
    public var data: [String: JSONValue] { ["template": .string(template.rawValue)] }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}
