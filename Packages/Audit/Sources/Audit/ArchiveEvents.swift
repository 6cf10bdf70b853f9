public import Core

/// A month of entries is in its archive, and no longer in the table (AUD-067).
public struct AuditMonthArchived: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "audit_month_archived", risk: .medium, class: .platform, component: "platform", requires: [.node])
    private let node: Node.ID
    private let month: String
    private let group: String
    private let entries: Int64
    private let fileHash: String

    /// Tells of it.
    package init(node: Node.ID, month: String, group: String, entries: Int64, fileHash: String) {
        self.node = node
        self.month = month
        self.group = group
        self.entries = entries
        self.fileHash = fileHash
    }

    /// The process that did it.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "\(month), \(group), archived: \(entries) entries" }
    /// Which month of which group, how much, and the file's hash.
    public var data: [String: JSONValue] {
        ["month": .string(month), "group": .string(group), "entries": .integer(entries), "sha256": .string(fileHash)]
    }
}

/// The rows of an archived month are gone for good (AUD-070).
public struct AuditMonthDropped: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType("audit_month_dropped", risk: .high, class: .platform, component: "platform", requires: [.node])
    private let node: Node.ID
    private let month: String
    private let group: String

    /// Tells of it.
    package init(node: Node.ID, month: String, group: String) {
        self.node = node
        self.month = month
        self.group = group
    }

    /// The process that did it.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "\(month), \(group), dropped" }
    /// Which month of which group.
    public var data: [String: JSONValue] { ["month": .string(month), "group": .string(group)] }
}

/// What concerns something is kept until somebody says otherwise (AUD-069).
public struct AuditLegalHoldSet: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "audit_legal_hold_set", risk: .high, class: .platform, component: "platform", requires: [.operator])
    private let by: AuditReference
    private let subject: AuditReference
    private let reason: String

    /// Tells of it.
    package init(by: AuditReference, subject: AuditReference, reason: String) {
        self.by = by
        self.subject = subject
        self.reason = reason
    }

    /// The operator and what it is about.
    public var references: AuditReferences { AuditReferences(by, subject) }
    /// One line.
    public var summary: String { "what concerns one \(subject.kind.rawValue) is kept" }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// It goes the way of all entries again.
public struct AuditLegalHoldLifted: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "audit_legal_hold_lifted", risk: .high, class: .platform, component: "platform", requires: [.operator])
    private let by: AuditReference
    private let subject: AuditReference
    private let reason: String

    /// Tells of it.
    package init(by: AuditReference, subject: AuditReference, reason: String) {
        self.by = by
        self.subject = subject
        self.reason = reason
    }

    /// The operator and what it is about.
    public var references: AuditReferences { AuditReferences(by, subject) }
    /// One line.
    public var summary: String { "what concerns one \(subject.kind.rawValue) is kept no longer than the rest" }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// The types about archives and holds.
public enum ArchiveAuditEvents {
    /// Their rows of the catalogue.
    public static let types = [AuditMonthArchived.type, AuditMonthDropped.type, AuditLegalHoldSet.type, AuditLegalHoldLifted.type]
}

/// Something whose entries are kept.
public struct AuditLegalHold: IdentifiedEntity, Sendable, Hashable {
    /// The id of a hold.
    public typealias ID = Identifier<AuditLegalHold>
    /// `ahold`
    public static let idPrefix = "ahold"

    /// The id.
    public let id: ID
    /// The org, person or graph.
    public let subject: AuditReference
    /// Since when.
    public let setAt: Instant

    /// Describes a hold.
    public init(id: ID, subject: AuditReference, setAt: Instant) {
        self.id = id
        self.subject = subject
        self.setAt = setAt
    }
}

/// There is nothing of that id to hold.
public struct AuditSubjectUnknown: Error, Hashable, Sendable {
    /// What is wrong, for people.
    public let words = "must be the id of something that is there"

    /// Makes the error.
    public init() {}
}

/// Sets and lifts holds, each with its entry. Archiving and erasing pass by what a hold concerns (AUD-069).
public protocol AuditLegalHolds: Sendable {
    /// Those that are set.
    func holds() async throws -> [AuditLegalHold]
    /// Sets one on an org, a person or a graph; one that is set already stays.
    ///
    /// - Throws: ``AuditSubjectUnknown``.
    func set(on subject: AuditReference, because reason: String, by operator: AuditReference) async throws -> AuditLegalHold
    /// Lifts one; `false` when there is none.
    func lift(_ id: AuditLegalHold.ID, because reason: String, by operator: AuditReference) async throws -> Bool
}
