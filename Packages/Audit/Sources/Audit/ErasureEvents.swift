public import Core

/// Private parts of entries were erased: because their time was over, or because a person's account is gone (AUD-060, AUD-063).
public struct AuditPrivateErased: AuditEvent {
    /// Why.
    public enum Cause: String, Sendable, Hashable {
        /// Those of security events are kept for a time only.
        case expired
        /// The person is gone.
        case account
    }

    /// The row of the catalogue.
    public static let type = AuditEventType(
        "audit_private_erased", risk: .medium, class: .platform, component: "platform", requires: [.node])
    private let node: Node.ID
    private let cause: Cause
    private let count: Int64

    /// Tells of it.
    package init(node: Node.ID, cause: Cause, count: Int64) {
        self.node = node
        self.cause = cause
        self.count = count
    }

    /// The process that did it; of the person nothing is told once more.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "\(count) private parts erased: \(cause.rawValue)" }
    /// How many, and why.
    public var data: [String: JSONValue] { ["count": .integer(count), "cause": .string(cause.rawValue)] }
}

/// Names that are kept free for parts which this product does not have (AUD-134).
public enum ReservedAuditEvents {
    /// Their rows of the catalogue, marked as never written.
    public static let types: [AuditEventType] = [
        "model_client_connected", "model_client_refused", "model_tool_called", "bank_feed_linked", "bank_feed_synced", "bank_feed_failed",
        "document_provisioned", "document_provision_failed", "query_slow", "query_killed", "query_engine_restarted",
    ].map { AuditEventType($0, risk: .low, class: .operation, component: "reserved", requires: [], isEmitted: false) }
}
