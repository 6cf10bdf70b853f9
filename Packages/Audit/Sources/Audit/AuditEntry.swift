public import Core

/// Where an entry stands in its chain.
public struct AuditSeal: Sendable, Hashable {
    /// The place, from 1.
    public let position: Int64
    /// The hash of the link.
    public let linkHash: [UInt8]

    /// Tells of a place.
    public init(position: Int64, linkHash: [UInt8]) {
        self.position = position
        self.linkHash = linkHash
    }
}

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
    /// What is personal in it; `nil` when there is nothing, or nothing any more (AUD-059).
    public let personal: [String: JSONValue]?
    /// Where it stands in its chain; `nil` until it is sealed, about a second after it was written (AUD-073).
    public let seal: AuditSeal?
    /// The request or job in which it was written.
    public let requestID: String?
    /// What goes on behind the actor; `nil` for what was written before this was kept, and where nothing is known.
    public let origin: AuditOrigin?

    /// Makes an entry.
    public init(
        id: AuditEntryID, type: String, risk: AuditRisk, at: Instant, actor: (kind: String, reference: AuditReference?, component: String?),
        references: AuditReferences, summary: String, data: [String: JSONValue], changes: [AuditChange],
        personal: [String: JSONValue]? = nil, seal: AuditSeal? = nil, requestID: String? = nil, origin: AuditOrigin? = nil
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
        self.personal = personal
        self.seal = seal
        self.requestID = requestID
        self.origin = origin
    }

    /// Whether two entries are the same one.
    public static func == (left: AuditEntry, right: AuditEntry) -> Bool { left.id == right.id }

    /// Mixes the id.
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
