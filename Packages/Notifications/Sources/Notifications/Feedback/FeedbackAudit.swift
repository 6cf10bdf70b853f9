public import Audit
public import Core

/// What became of a mail after a relay had taken it, or why it was not handed over (AUD-129).
public struct MailOutcome: Sendable, Hashable {
    let template: MailTemplate
    let code: String?
    let about: AuditReferences
}

/// An entry about the outcome of a mail.
protocol MailOutcomeEntry: AuditEvent {
    var outcome: MailOutcome { get }
    static var words: String { get }
}

extension MailOutcomeEntry {
    /// The mail and what it is about.
    public var references: AuditReferences { outcome.about }
    /// One line.
    public var summary: String { "Mail \(outcome.template.rawValue) \(Self.words)" }
    /// The template and the code.
    public var data: [String: JSONValue] {
        ["template": .string(outcome.template.rawValue), "code": outcome.code.map { .string($0) } ?? .null]
    }
}

/// A mail came back.
public struct EmailBounced: MailOutcomeEntry {
    /// `email_bounced`
    public static let type = AuditEventType(
        "email_bounced", risk: .medium, class: .notification, component: "notifications", requires: [.mail])
    static let words = "came back"
    let outcome: MailOutcome
}

/// A mail was reported as unwanted.
public struct EmailComplained: MailOutcomeEntry {
    /// `email_complained`
    public static let type = AuditEventType(
        "email_complained", risk: .medium, class: .notification, component: "notifications", requires: [.mail])
    static let words = "was reported as unwanted"
    let outcome: MailOutcome
}

/// A mail was not handed over because its address takes none.
public struct EmailSuppressed: MailOutcomeEntry {
    /// `email_suppressed`
    public static let type = AuditEventType(
        "email_suppressed", risk: .low, class: .notification, component: "notifications", requires: [.mail])
    static let words = "not sent: the address takes no mail"
    let outcome: MailOutcome
}

/// A mail was not handed over because its recipient does not want it, or had too many.
public struct EmailSkipped: MailOutcomeEntry {
    /// `email_skipped`
    public static let type = AuditEventType(
        "email_skipped", risk: .low, class: .notification, component: "notifications", requires: [.mail])
    static let words = "skipped"
    let outcome: MailOutcome
}

/// An address gets mail again.
public struct SuppressionRemoved: AuditEvent {
    /// `suppression_removed`
    public static let type = AuditEventType(
        "suppression_removed", risk: .medium, class: .notification, component: "notifications", requires: [.mail])
    let kind: Suppression.Kind
    let reason: String
    let source: Mail.ID

    /// The mail that had put it there.
    public var references: AuditReferences { AuditReferences(AuditReference(source)) }
    /// One line.
    public var summary: String { "An address gets mail again" }
    /// Why it did not, and why it does.
    public var data: [String: JSONValue] { ["kind": .string(kind.rawValue), "reason": .string(reason)] }
}

/// The types of entries about the outcome of mails.
public enum FeedbackAuditTypes {
    /// All of them.
    public static let all = [EmailBounced.type, EmailComplained.type, EmailSuppressed.type, EmailSkipped.type, SuppressionRemoved.type]
}
