internal import Core

struct Refund: Resource {
    static let object = "refund"
    let id: String
    let created: Int64
    let charge: String
    let paymentIntent: String
    let customer: String?
    let amount: Int64
    let currency: String
    var status: String
    var reason: String?
    var failureReason: String?
    var balanceTransaction: String?
    var metadata: [String: String] = [:]

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "refund", "amount": .integer(amount), "balance_transaction": JSONValue(balanceTransaction),
            "charge": .string(charge), "created": .integer(created), "currency": .string(currency), "customer": JSONValue(customer),
            "destination_details": [
                "card": ["reference": nil, "reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"],
                "type": "card",
            ],
            "failure_balance_transaction": nil, "failure_reason": JSONValue(failureReason), "metadata": JSONValue(metadata),
            "payment_intent": .string(paymentIntent), "pending_reason": status == "pending" ? "processing" : .null,
            "reason": JSONValue(reason), "receipt_number": nil, "source_transfer_reversal": nil, "status": .string(status),
            "transfer_reversal": nil,
        ]
    }
}
