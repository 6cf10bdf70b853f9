public import Core
public import FoundationEssentials

/// A kind of thing with ids of its own that the log can point to.
public protocol AuditReferable: IdentifiedEntity {
    /// What the log calls it.
    static var auditKind: AuditReferenceKind { get }
}

/// Something known by a text that the log can point to, such as a graph.
public protocol AuditReferableText: Sendable {
    /// What the log calls it.
    static var auditKind: AuditReferenceKind { get }
    /// The text by which it is known.
    var auditKey: String { get }
}

/// A pointer from an entry to a thing that exists. It is made from a typed id only, so it cannot point to the wrong kind (AUD-005).
public struct AuditReference: Sendable, Hashable {
    /// By what the thing is known.
    public enum Key: Sendable, Hashable {
        /// By a 128-bit id.
        case id(UUID)
        /// By a text.
        case text(String)
    }

    /// What it points to.
    public let kind: AuditReferenceKind
    /// By what the thing is known.
    public let key: Key

    /// Points to a thing by its id.
    public init<Entity: AuditReferable>(_ id: Identifier<Entity>) {
        kind = Entity.auditKind
        key = .id(id.uuid)
    }

    /// Points to a thing by its text.
    public init<Thing: AuditReferableText>(_ thing: Thing) {
        kind = Thing.auditKind
        key = .text(thing.auditKey)
    }
}

/// The references of an entry: one at least, by construction (AUD-002).
///
/// There is no initialiser without a first one and none that takes an array; where the rest comes from a list, it is appended.
public struct AuditReferences: Sendable, Hashable {
    /// The first; there always is one.
    public let first: AuditReference
    /// The others.
    public private(set) var rest: [AuditReference]

    /// Takes one reference, and more if there are.
    public init(_ first: AuditReference, _ rest: AuditReference...) {
        self.first = first
        self.rest = rest
    }

    /// The references with one more, when there is one.
    public func adding(_ reference: AuditReference?) -> AuditReferences {
        guard let reference, reference != first, !rest.contains(reference) else { return self }
        var copy = self
        copy.rest.append(reference)
        return copy
    }

    /// All of them, the first first.
    public var all: [AuditReference] { [first] + rest }
}

extension AuditReference: Codable {
    private struct Stored: Codable {
        let kind: String
        let id: UUID?
        let text: String?
        /// Whether the kind is a program's own: what is neither that nor one of the product's words is refused.
        let own: Bool?
    }

    /// Decodes a pointer.
    ///
    /// - Throws: `DecodingError` when it has neither id nor text, or both, or a kind that is neither the product's nor marked as a program's own.
    public init(from decoder: any Decoder) throws {
        let stored = try Stored(from: decoder)
        guard
            let kind = AuditReferenceKind(rawValue: stored.kind)
                ?? (stored.own == true ? AuditReferenceKind(stored: stored.kind, isText: stored.text != nil) : nil)
        else { throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "must be of a known kind")) }
        switch (stored.id, stored.text) {
        case (let id?, nil): self.init(kind: kind, key: .id(id))
        case (nil, let text?): self.init(kind: kind, key: .text(text))
        default:
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "must have an id or a text"))
        }
    }

    /// Encodes the pointer.
    public func encode(to encoder: any Encoder) throws {
        let (word, own) = (kind.rawValue, kind.isKnown ? nil : true)
        switch key {
        case .id(let id): try Stored(kind: word, id: id, text: nil, own: own).encode(to: encoder)
        case .text(let text): try Stored(kind: word, id: nil, text: text, own: own).encode(to: encoder)
        }
    }
}

extension AuditReferences: Codable {
    /// Decodes a list of references.
    ///
    /// - Throws: `DecodingError` when the list is empty, or when one has neither id nor text or both.
    public init(from decoder: any Decoder) throws {
        let references = try [AuditReference](from: decoder)
        guard let first = references.first else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "must name at least one thing"))
        }
        self.first = first
        rest = Array(references.dropFirst())
    }

    /// Encodes the list.
    public func encode(to encoder: any Encoder) throws {
        try all.encode(to: encoder)
    }
}

extension AuditReference {
    /// Reads a stored pointer back. Only a store does this: what is recorded is made from typed ids.
    @_spi(Stored) public init(stored kind: AuditReferenceKind, id: UUID) {
        self.init(kind: kind, key: .id(id))
    }

    /// Reads a stored pointer by text back.
    @_spi(Stored) public init(stored kind: AuditReferenceKind, text: String) {
        self.init(kind: kind, key: .text(text))
    }

    init(kind: AuditReferenceKind, key: Key) {
        self.kind = kind
        self.key = key
    }
}
