public import Core

/// A key that signs what the log vouches for is used for the first time, and its public part is there for everybody (AUD-128).
public struct SigningKeyPublished: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "signing_key_published", risk: .medium, class: .platform, component: "audit", requires: [.node])
    private let node: Node.ID
    private let keyID: String
    private let endorsedBy: String?

    /// Tells of it.
    ///
    /// - Parameter endorsedBy: the key before, when it vouches for this one.
    package init(node: Node.ID, keyID: String, endorsedBy: String?) {
        self.node = node
        self.keyID = keyID
        self.endorsedBy = endorsedBy
    }

    /// The process that signs.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "signing key \(keyID) published" }
    /// Which key, and who vouches for it.
    public var data: [String: JSONValue] {
        ["key_id": .string(keyID), "use": "checkpoint", "endorsed_by": endorsedBy.map { .string($0) } ?? .null]
    }
}

/// A key signs nothing any more; what it signed is checked by it as before (AUD-128).
public struct SigningKeyRetired: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "signing_key_retired", risk: .medium, class: .platform, component: "audit", requires: [.node])
    private let node: Node.ID
    private let keyID: String
    private let successor: String

    /// Tells of it.
    package init(node: Node.ID, keyID: String, successor: String) {
        self.node = node
        self.keyID = keyID
        self.successor = successor
    }

    /// The process that signs with the next one.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "signing key \(keyID) retired for \(successor)" }
    /// Which key, and which came after it.
    public var data: [String: JSONValue] { ["key_id": .string(keyID), "use": "checkpoint", "successor": .string(successor)] }
}
