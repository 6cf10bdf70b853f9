public import Core
public import FoundationEssentials

/// Which entries of an org are asked for.
public struct AuditQuery: Sendable, Hashable {
    /// Only these types; empty for all.
    public var types: [String]
    /// Only types of these classes; empty for all.
    public var classes: [AuditClass] = []
    /// Only entries of this risk or a higher one.
    public var minimumRisk: AuditRisk?
    /// Only what this person, provider event or link did.
    public var actor: UUID?
    /// Only what this request did.
    public var requestID: String?
    /// Entries from this instant on.
    public var since: Instant?
    /// Entries before this instant.
    public var until: Instant?
    /// Where the page begins.
    public var cursor: Cursor?
    /// The most entries of a page, 1 to 200.
    public var limit: Int

    /// Asks for the newest entries.
    public init(types: [String] = [], since: Instant? = nil, until: Instant? = nil, cursor: Cursor? = nil, limit: Int = 50) {
        self.types = types
        self.since = since
        self.until = until
        self.cursor = cursor
        self.limit = min(max(limit, 1), 200)
    }
}

/// Reads the log.
public protocol AuditReader: Sendable {
    /// The entries that refer to an org, newest first.
    ///
    /// - Throws: ``AuditCursorInvalid`` when the cursor is not one of this list.
    func entries(ofOrg org: UUID, _ query: AuditQuery) async throws -> Page<AuditEntry>
}

/// A cursor that did not come from this list.
public struct AuditCursorInvalid: Error, Hashable, Sendable {
    /// Makes the error.
    public init() {}
}
