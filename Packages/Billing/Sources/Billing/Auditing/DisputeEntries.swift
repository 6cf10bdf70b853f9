internal import Audit
internal import Core
internal import Orgs

/// A payment is contested, or its bank asks about it (AUD-107).
struct DisputeOpenedEntry: AuditEvent {
    static let type = AuditEventType.billing("dispute_opened", .high, .org, .dispute)
    let dispute: Dispute
    let cause: InboundEvent.ID?

    var references: AuditReferences { dispute.references(cause) }
    var summary: String {
        "\(dispute.amount.minorUnits) \(dispute.amount.currency) are \(dispute.status == .inquiry ? "asked about" : "contested"): \(dispute.reason)"
    }
    var data: [String: JSONValue] { dispute.auditData }
}

/// It was decided; what was lost is booked by it.
struct DisputeClosedEntry: AuditEvent {
    static let type = AuditEventType.billing("dispute_closed", .medium, .org, .dispute)
    let dispute: Dispute
    let cause: InboundEvent.ID?

    var references: AuditReferences { dispute.references(cause) }
    var summary: String { "the dispute about \(dispute.amount.minorUnits) \(dispute.amount.currency) is \(dispute.status.rawValue)" }
    var data: [String: JSONValue] {
        dispute.auditData.merging(["lost": .integer(dispute.status == .lost ? dispute.amount.minorUnits : 0)]) { _, new in new }
    }
}

extension Dispute {
    fileprivate func references(_ cause: InboundEvent.ID?) -> AuditReferences {
        AuditReferences(AuditReference(org), AuditReference(id), AuditReference(invoice)).adding(cause.map { AuditReference($0) })
    }

    fileprivate var auditData: [String: JSONValue] {
        [
            "amount": .integer(amount.minorUnits), "currency": .string(amount.currency.code), "reason": .string(reason),
            "status": .string(status.rawValue),
        ]
    }
}
