public import Core

/// Who did it: a closed list with the typed id inside; "unknown" does not exist (AUD-016).
public enum AuditActor: Sendable, Hashable {
    /// A person.
    case user(AuditReference)
    /// A person who runs the product.
    case `operator`(AuditReference)
    /// A part of the product by itself.
    case system(component: String)
    /// The payment provider, through a verified event.
    case provider(AuditReference)
    /// Whoever holds a signed link.
    case link(AuditReference)
    /// Somebody without credentials, known by network.
    case anonymous(AuditReference)

    /// The stored word.
    public var kind: String {
        switch self {
        case .user: "user"
        case .operator: "operator"
        case .system: "system"
        case .provider: "provider"
        case .link: "link"
        case .anonymous: "anonymous"
        }
    }

    /// The thing behind the actor, when it is one.
    public var reference: AuditReference? {
        switch self {
        case .user(let reference), .operator(let reference), .provider(let reference), .link(let reference), .anonymous(let reference):
            reference
        case .system: nil
        }
    }

    /// The part of the product, when it acted by itself.
    public var component: String? {
        if case .system(let component) = self { component } else { nil }
    }
}

/// Names the kind of entries in ids.
public enum AuditEntryEntity: IdentifiedEntity {
    /// `baud`
    public static let idPrefix = "baud"
}

/// The id of an entry.
public typealias AuditEntryID = Identifier<AuditEntryEntity>

/// What a transaction can do with the log.
public protocol AuditTransaction {
    /// Records a fact in the very transaction that makes it true; without the entry the change does not happen (AUD-021).
    ///
    /// - Returns: the id of the entry, or of the first one with the same deduplication key.
    /// - Throws: when the database refuses the entry: an unknown type, a required reference that is missing, a reference to nothing.
    @discardableResult
    func record(_ entry: some AuditEvent, by actor: AuditActor) async throws -> AuditEntryID
}
