public import Audit
public import Core
public import Notifications

/// A link by which somebody who was admitted enrols a passkey, sent by mail: it is named by its id, and its secret is derived from that where the mail is
/// written (NOT-035).
public enum MailedEnrolment: IdentifiedEntity {
    /// The id of a link.
    public typealias ID = Identifier<MailedEnrolment>
    /// `opl`
    public static let idPrefix = "opl"
}

/// Admits people by mail (ADM-002, NOT-169).
public protocol OperatorInvitations: Sendable {
    /// Admits a person, who gets a link by mail; nobody else sees it.
    ///
    /// - Returns: the operator, and until when the link works.
    /// - Throws: ``OperatorRefusal``.
    func invite(
        _ name: String, at email: MailAddress, as role: OperatorRole, by inviter: Operator.ID
    ) async throws -> (operator: Operator, until: Instant)
    /// Sends another link to somebody who has enrolled no passkey yet. Links that were sent before work no more.
    ///
    /// - Returns: until when it works.
    /// - Throws: ``OperatorRefusal``.
    func inviteAgain(_ id: Operator.ID, because reason: String, by inviter: Operator.ID) async throws -> Instant
}

/// Somebody who was admitted was sent another link.
public struct OperatorInvitedAgain: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("operator_invited_again", .high)
    private let id: Operator.ID
    private let reason: String

    /// Tells of it.
    package init(id: Operator.ID, reason: String) {
        self.id = id
        self.reason = reason
    }

    /// The operator.
    public var references: AuditReferences { AuditReferences(AuditReference(id)) }
    /// One line.
    public var summary: String { "\(id) was sent another link for a passkey" }
    /// Why, in somebody's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}
