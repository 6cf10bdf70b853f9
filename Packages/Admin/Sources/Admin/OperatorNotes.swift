public import Audit
public import Core

/// What operators write down about an org, a person, a graph or a subscription (ADM-050). A note is an entry of the log: it is added, and never changed.
public protocol OperatorNotes: Sendable {
    /// Adds a note.
    ///
    /// - Returns: whether the thing is there.
    func add(_ text: String, about subject: AuditReference, by person: Operator.ID) async throws -> Bool
}

/// An operator wrote something down. The text is kept beside the entry, where neither the org nor the person reads it.
public struct OperatorNoteAdded: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("operator_note_added", .low)
    /// Who.
    public let id: Operator.ID
    /// About what.
    public let subject: AuditReference
    private let text: String

    /// Tells of a note.
    package init(id: Operator.ID, subject: AuditReference, text: String) {
        self.id = id
        self.subject = subject
        self.text = text
    }

    /// The operator and the thing.
    public var references: AuditReferences { AuditReferences(AuditReference(id), subject) }
    /// One line.
    public var summary: String { "\(id) added a note" }
    /// The text.
    public var personal: [String: JSONValue] { ["note": .string(text)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}
