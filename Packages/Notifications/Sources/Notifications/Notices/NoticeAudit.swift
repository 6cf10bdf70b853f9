public import Audit
internal import Core

/// A fact about a notice (AUD-129).
protocol NoticeEntry: AuditEvent {
    var notice: Notice { get }
}

extension NoticeEntry {
    /// Whom and what it is about.
    public var references: AuditReferences {
        AuditReferences(AuditReference(notice.id), AuditReference(notice.user)).adding(notice.org.map { AuditReference($0) })
            .adding(notice.subscription.map { AuditReference($0) })
    }

    /// What is recorded beside that.
    public var data: [String: JSONValue] {
        ["kind": .string(notice.kind.rawValue), "via": .string(notice.via), "decision": .string(notice.decision)]
    }
}

/// Somebody is told something in the product.
public struct NoticeCreated: NoticeEntry {
    /// `notice_created`
    public static let type = AuditEventType.notice("notice_created")
    let notice: Notice
    /// One line.
    public var summary: String { "Notice \(notice.kind.rawValue) posted" }
}

/// Somebody has seen what they were told.
public struct NoticeAcknowledged: NoticeEntry {
    /// `notice_acknowledged`
    public static let type = AuditEventType.notice("notice_acknowledged")
    let notice: Notice
    /// One line.
    public var summary: String { "Notice \(notice.kind.rawValue) dismissed" }
}

/// A notice was too old to be shown.
public struct NoticeExpired: NoticeEntry {
    /// `notice_expired`
    public static let type = AuditEventType.notice("notice_expired")
    let notice: Notice
    /// One line.
    public var summary: String { "Notice \(notice.kind.rawValue) ended" }
}

/// The types of entries about notices; the migration that makes their table registers them.
public enum NoticeAuditTypes {
    /// All of them.
    public static let all = [NoticeCreated.type, NoticeAcknowledged.type, NoticeExpired.type]
}

extension AuditEventType {
    fileprivate static func notice(_ name: String) -> AuditEventType {
        AuditEventType(name, risk: .low, class: .notification, component: "notifications", requires: [.notice, .user])
    }
}
