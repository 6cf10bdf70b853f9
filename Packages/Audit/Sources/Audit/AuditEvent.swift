public import Core

/// How much an entry matters to whoever watches over the product.
public enum AuditRisk: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// The normal course of events.
    case low
    /// Worth seeing.
    case medium
    /// Worth looking at.
    case high
    /// Worth waking somebody.
    case critical

    /// Whether one matters less than another.
    public static func < (left: AuditRisk, right: AuditRisk) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .low: 0
        case .medium: 1
        case .high: 2
        case .critical: 3
        }
    }
}

/// What a type of entry is about.
public enum AuditClass: String, Sendable, Hashable, Codable, CaseIterable {
    /// Accounts, sign-in, credentials.
    case identity
    /// Orgs and their people.
    case org
    /// Money.
    case billing
    /// Graphs and what is done with them.
    case graph
    /// Failed or refused work that is no one's fault.
    case operation
    /// Refusals and attacks.
    case security
    /// What people are told.
    case notification
    /// The product itself.
    case platform
}

/// A type of entry: a row of the catalogue (audit.md, section 12), written to the database by a migration of the package whose fact it is.
public struct AuditEventType: Sendable, Hashable {
    /// The stored name, such as `graph_provisioned`.
    public let name: String
    /// How much it matters unless the entry says more.
    public let risk: AuditRisk
    /// What it is about.
    public let eventClass: AuditClass
    /// The part of the product that may write it.
    public let component: String
    /// The kinds of references that an entry of this type must have.
    public let requires: [AuditReferenceKind]
    /// Whether any part of the product writes it; a reserved name is refused by the database (AUD-134).
    public let isEmitted: Bool

    /// Declares a type.
    public init(
        _ name: String, risk: AuditRisk, class eventClass: AuditClass, component: String, requires: [AuditReferenceKind],
        isEmitted: Bool = true
    ) {
        self.name = name
        self.risk = risk
        self.eventClass = eventClass
        self.component = component
        self.requires = requires
        self.isEmitted = isEmitted
    }
}

/// A fact to be recorded. A struct of the package whose fact it is, with what is required as non-optional properties (AUD-007, AUD-091).
public protocol AuditEvent: Sendable {
    /// The row of the catalogue.
    static var type: AuditEventType { get }
    /// What it is about.
    var references: AuditReferences { get }
    /// One line of at most 200 characters, of ids and numbers only (AUD-012).
    var summary: String { get }
    /// Facts beyond the references.
    var data: [String: JSONValue] { get }
    /// The fields that changed.
    var changes: [AuditChange] { get }
    /// What is personal: addresses, user agents, names, reasons in somebody's own words. It is kept beside the entry, which holds only its digest,
    /// so that it can be erased without breaking the proof (AUD-059).
    var personal: [String: JSONValue] { get }
    /// Whether the org and the person that it is about may read what is personal in it; operators' own words are not for them.
    var isPersonalShared: Bool { get }
    /// How much this entry matters; usually the type's.
    var risk: AuditRisk { get }
    /// Makes the fact be recorded once: a second entry with the same key is not written (AUD-015).
    var deduplicationKey: String? { get }
}

extension AuditEvent {
    /// Nothing.
    public var data: [String: JSONValue] { [:] }
    /// None.
    public var changes: [AuditChange] { [] }
    /// Nothing.
    public var personal: [String: JSONValue] { [:] }
    /// They may.
    public var isPersonalShared: Bool { true }
    /// The type's.
    public var risk: AuditRisk { Self.type.risk }
    /// None: each entry is written.
    public var deduplicationKey: String? { nil }
}

/// One field that changed (AUD-013).
public struct AuditChange: Sendable, Hashable, Codable {
    /// The name of the field.
    public let field: String
    /// What it was; `nil` where values are not shown.
    public let old: JSONValue?
    /// What it is now.
    public let new: JSONValue?

    /// Tells of a change.
    public init(_ field: String, from old: JSONValue?, to new: JSONValue?) {
        self.field = field
        self.old = old
        self.new = new
    }

    /// The change as it is stored: an object with the field and the values that are shown.
    public var value: JSONValue {
        var members: [String: JSONValue] = ["field": .string(field)]
        if let old { members["old"] = old }
        if let new { members["new"] = new }
        return .object(members)
    }
}
