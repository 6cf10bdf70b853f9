internal import Audit
internal import Core
internal import Orgs

/// A refund has come to another status (BIL-097); one that failed after it had succeeded is an alarm.
struct RefundStatusEntry: AuditEvent {
    static let type = AuditEventType.billing("refund_status_changed", .medium, .org, .refund)
    let refund: Refund
    let before: Refund.Status?
    let cause: InboundEvent.ID?

    var risk: AuditRisk { before?.counts == true && !refund.status.counts ? .high : .medium }
    var references: AuditReferences {
        AuditReferences(AuditReference(refund.org), AuditReference(refund.id), AuditReference(refund.invoice))
            .adding(refund.subscription.map { AuditReference($0) }).adding(cause.map { AuditReference($0) })
    }
    var summary: String { "\(refund.id) \(before.map { $0.rawValue + " to " } ?? "")\(refund.status.rawValue)" }
    var data: [String: JSONValue] {
        [
            "amount": .integer(refund.amount.minorUnits), "currency": .string(refund.amount.currency.code),
            "status": .string(refund.status.rawValue), "made_here": .bool(refund.intent != nil),
        ]
    }
}
