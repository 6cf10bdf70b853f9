public import Audit
internal import Core

/// What ``AuditStoreConformance`` records and refers to: the store under test knows its types and kinds.
public enum AuditConformance {
    /// The types that the catalogue of the store has.
    public static let types = [DoorOpened.type, DoorForced.type]
    /// The kinds that the store knows, beside the product's ``Audit/AuditReferenceKind/org``: one by id, one by text.
    public static let kinds = [door, badge]
    /// A kind of things with ids.
    public static let door = AuditReferenceKind(own: "suite_door", isText: false)
    /// A kind of things that are known by a text.
    public static let badge = AuditReferenceKind(own: "suite_badge", isText: true)

    /// An org, whose entries have a chain of their own.
    enum House: AuditReferable {
        static let idPrefix = "house"
        static let auditKind = AuditReferenceKind.org
        typealias ID = Identifier<House>
    }

    enum Door: AuditReferable {
        static let idPrefix = "door"
        static let auditKind = AuditConformance.door
        typealias ID = Identifier<Door>
    }

    struct Badge: AuditReferableText {
        static let auditKind = AuditConformance.badge
        let auditKey: String
    }

    /// Nothing that the store knows.
    struct Ghost: AuditReferableText {
        static let auditKind = AuditReferenceKind(own: "suite_ghost", isText: true)
        let auditKey = "g"
    }

    struct DoorOpened: AuditEvent {
        static let type = AuditEventType("suite_door_opened", risk: .low, class: .platform, component: "suite", requires: [door])
        let references: AuditReferences
        var summary = "opened"
        var data: [String: JSONValue] = [:]
        var personal: [String: JSONValue] = [:]
        var deduplicationKey: String?
    }

    struct DoorForced: AuditEvent {
        static let type = AuditEventType("suite_door_forced", risk: .high, class: .security, component: "suite", requires: [door, badge])
        let references: AuditReferences
        var summary: String { "forced" }
        var changes: [AuditChange] { [AuditChange("locked", from: true, to: false)] }
    }

    /// What no catalogue has.
    struct DoorDreamt: AuditEvent {
        static let type = AuditEventType("suite_door_dreamt", risk: .low, class: .platform, component: "suite", requires: [])
        let references: AuditReferences
        var summary: String { "dreamt" }
    }
}

/// Brings things into being of which the store under test then knows that they are there.
public protocol AuditConformanceThings: Sendable {
    /// Makes a thing: an org, or one of ``AuditConformance/kinds``.
    func make(_ thing: AuditReference) async throws
}
