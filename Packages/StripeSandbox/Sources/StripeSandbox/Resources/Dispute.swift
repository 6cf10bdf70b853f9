internal import Core

/// A payment that its card holder contests.
struct Dispute: Resource {
    static let object = "dispute"
    let id: String
    let created: Int64
    let charge: String
    let paymentIntent: String
    let amount: Int64
    let currency: String
    let reason: String
    /// `warning_needs_response` and `warning_closed` for an inquiry; `needs_response`, `won` or `lost` otherwise.
    var status: String
    var evidence: [String: String] = [:]
    var submissions: Int64 = 0
    var withdrawal: String?
    var reinstatement: String?
    var metadata: [String: String] = [:]

    /// Whether the bank only asks.
    var isInquiry: Bool { status.hasPrefix("warning_") }
    /// Whether nothing more can be said.
    var isOver: Bool { ["won", "lost", "warning_closed"].contains(status) }

    /// The texts that may be given as evidence.
    static let evidenceNames = [
        "access_activity_log", "billing_address", "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_email_address",
        "customer_name", "customer_purchase_ip", "duplicate_charge_explanation", "duplicate_charge_id", "product_description",
        "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "shipping_address", "shipping_carrier", "shipping_date",
        "shipping_tracking_number", "uncategorized_text",
    ]
    /// The files that might be; none can be uploaded here.
    private static let fileNames = [
        "cancellation_policy", "customer_communication", "customer_signature", "duplicate_charge_documentation", "receipt",
        "refund_policy", "service_documentation", "shipping_documentation", "uncategorized_file",
    ]

    func json(in account: Account) -> JSONValue {
        var texts: [String: JSONValue] = ["enhanced_evidence": [:]]
        for name in Self.evidenceNames { texts[name] = JSONValue(evidence[name]) }
        for name in Self.fileNames { texts[name] = .null }
        let card = account.charges[charge]?.paymentMethod.card
        return [
            "id": .string(id), "object": "dispute", "amount": .integer(amount), "balance_transactions": .array(transactions),
            "charge": .string(charge), "created": .integer(created), "currency": .string(currency), "enhanced_eligibility_types": [],
            "evidence": .object(texts),
            "evidence_details": [
                "due_by": isOver ? .null : .integer(created + 7 * 86_400), "enhanced_eligibility": [:],
                "has_evidence": .bool(!evidence.isEmpty), "past_due": .bool(!isOver && account.occasion.now > created + 7 * 86_400),
                "submission_count": .integer(submissions),
            ],
            "is_charge_refundable": .bool(isInquiry), "livemode": false, "metadata": JSONValue(metadata),
            "payment_intent": .string(paymentIntent),
            "payment_method_details": [
                "card": [
                    "brand": .string(card?.brand ?? "visa"), "case_type": isInquiry ? "inquiry" : "chargeback", "network_reason_code": "10",
                ],
                "type": "card",
            ],
            "reason": .string(reason), "status": .string(status),
        ]
    }

    /// The money that was withdrawn, and what of it came back.
    private var transactions: [JSONValue] {
        func transaction(_ id: String, _ amount: Int64, _ category: String) -> JSONValue {
            [
                "id": .string(id), "object": "balance_transaction", "amount": .integer(amount), "available_on": .integer(created),
                "balance_type": "payments", "created": .integer(created), "currency": .string(currency), "description": nil,
                "exchange_rate": nil, "fee": 0, "fee_details": [], "net": .integer(amount), "reporting_category": .string(category),
                "source": .string(self.id), "status": "available", "type": "adjustment",
            ]
        }
        return [
            withdrawal.map { transaction($0, -amount, "dispute") }, reinstatement.map { transaction($0, amount, "dispute_reversal") },
        ].compactMap(\.self)
    }
}
