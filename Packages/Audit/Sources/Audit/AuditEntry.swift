public import Core

/// An entry of the log, as it is read.
public struct AuditEntry: Sendable, Hashable {
    /// The id.
    public let id: AuditEntryID
    /// The name of the type.
    public let type: String
    /// How much it matters.
    public let risk: AuditRisk
    /// When it happened, by the business clock.
    public let at: Instant
    /// Who did it: the stored word, and the thing or part of the product behind it.
    public let actor: (kind: String, reference: AuditReference?, component: String?)
    /// What it is about.
    public let references: AuditReferences
    /// One line.
    public let summary: String
    /// Facts beyond the references.
    public let data: [String: JSONValue]
    /// The fields that changed.
    public let changes: [AuditChange]

    /// Makes an entry.
    public init(
        id: AuditEntryID, type: String, risk: AuditRisk, at: Instant, actor: (kind: String, reference: AuditReference?, component: String?),
        references: AuditReferences, summary: String, data: [String: JSONValue], changes: [AuditChange]
    ) {
        self.id = id
        self.type = type
        self.risk = risk
        self.at = at
        self.actor = actor
        self.references = references
        self.summary = summary
        self.data = data
        self.changes = changes
    }

    /// Whether two entries are the same one.
    public static func == (left: AuditEntry, right: AuditEntry) -> Bool { left.id == right.id }

    /// Mixes the id.
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
