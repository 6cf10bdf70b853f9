public import Audit
public import Core

/// A mail was put into the outbox (AUD-129).
public struct EmailQueued: AuditEvent {
    /// `email_queued`
    public static let type = AuditEventType(
        "email_queued", risk: .low, class: .notification, component: "notifications", requires: [.mail])
    /// Which mail of the catalogue.
    public let template: MailTemplate
    /// The mail and what it is about.
    public let about: AuditReferences

    /// The mail and what it is about.
    public var references: AuditReferences { about }
    /// One line.
    public var summary: String { "Mail \(template.rawValue) queued" }
    /// The template.
    public var data: [String: JSONValue] { ["template": .string(template.rawValue)] }
}

/// A relay took a mail (AUD-129).
public struct EmailSent: AuditEvent {
    /// `email_sent`
    public static let type = AuditEventType(
        "email_sent", risk: .low, class: .notification, component: "notifications", requires: [.mail])
    /// Which mail of the catalogue.
    public let template: MailTemplate
    /// How often it was handed over.
    public let attempts: Int
    /// The mail and what it is about.
    public let about: AuditReferences

    /// The mail and what it is about.
    public var references: AuditReferences { about }
    /// One line.
    public var summary: String { "Mail \(template.rawValue) sent" }
    /// The template and the number of attempts.
    public var data: [String: JSONValue] { ["template": .string(template.rawValue), "attempts": .integer(Int64(attempts))] }
}

/// A mail could not be sent, or it is not known whether it was (AUD-129).
public struct EmailFailed: AuditEvent {
    /// `email_failed`
    public static let type = AuditEventType(
        "email_failed", risk: .medium, class: .notification, component: "notifications", requires: [.mail])
    /// Which mail of the catalogue.
    public let template: MailTemplate
    /// How often it was handed over.
    public let attempts: Int
    /// Where it stands now: failed or unknown.
    public let status: MailStatus
    /// Why, without an address.
    public let reason: String
    /// The mail and what it is about.
    public let about: AuditReferences

    /// The mail and what it is about.
    public var references: AuditReferences { about }
    /// One line.
    public var summary: String { "Mail \(template.rawValue) \(status == .unknown ? "may not have been sent" : "failed")" }
    /// Template, attempts, status and reason.
    public var data: [String: JSONValue] {
        [
            "template": .string(template.rawValue), "attempts": .integer(Int64(attempts)), "status": .string(status.rawValue),
            "reason": .string(reason),
        ]
    }
}

/// The types of entries that this package writes; its first migration registers them.
public enum NotificationAuditTypes {
    /// All of them.
    public static let all = [EmailQueued.type, EmailSent.type, EmailFailed.type]
}

extension AuditActor {
    /// This package.
    static let notifications = AuditActor.system(component: "notifications")
}
