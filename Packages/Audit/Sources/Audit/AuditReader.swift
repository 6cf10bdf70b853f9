public import Core
public import FoundationEssentials

/// Which entries of an org are asked for.
public struct AuditQuery: Sendable, Hashable, Codable {
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
    /// Only what a part of the product did by itself.
    public var component: String?
    /// Only what refers to all of these things.
    public var references: [AuditReference] = []
    /// Only what refers to one of these things, which are of one kind.
    public var anyOf: [AuditReference] = []
    /// Only what says this among its facts.
    public var facts: [String: String] = [:]
    /// Only what belongs to the trace of this entry: what led to it and what it led to (AUD-078).
    public var follow: AuditEntryID?
    /// Only what refers to this org; a list of one org's entries sets it itself.
    public var org: UUID?
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

    /// Where a page begins is no part of what is kept.
    private enum CodingKeys: String, CodingKey {
        case types, classes, actor, component, references, facts, follow, org, since, until, limit
        case minimumRisk = "minimum_risk"
        case requestID = "request_id"
        case anyOf = "any_of"
    }
}

/// Reads the log.
public protocol AuditReader: Sendable {
    /// The entries that refer to an org, newest first.
    ///
    /// - Throws: ``AuditCursorInvalid`` when the cursor is not one of this list.
    func entries(ofOrg org: UUID, _ query: AuditQuery) async throws -> Page<AuditEntry>
}

/// Reads all chains, for those who run the product (AUD-078).
public protocol AuditOverview: Sendable {
    /// Entries of all chains, newest first.
    ///
    /// - Throws: ``AuditCursorInvalid`` when the cursor is not one of this list.
    func entries(_ query: AuditQuery) async throws -> Page<AuditEntry>
}

/// Proves that an entry stands in the log (AUD-047).
public protocol AuditProver: Sendable {
    /// What proves an entry of an org's chain, as JSON that the offline tool takes; `nil` when there is no such entry.
    ///
    /// - Throws: ``AuditProofPending`` as long as no checkpoint covers it.
    func proof(of entry: AuditEntryID, ofOrg org: UUID) async throws -> JSONValue?
}

/// An entry that no checkpoint covers yet; within a few minutes one will.
public struct AuditProofPending: Error, Hashable, Sendable {
    /// Makes the error.
    public init() {}
}

/// A cursor that did not come from this list.
public struct AuditCursorInvalid: Error, Hashable, Sendable {
    /// Makes the error.
    public init() {}
}
