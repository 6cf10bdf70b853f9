internal import Core

struct Charge: Resource {
    static let object = "charge"
    let id: String
    let created: Int64
    let customer: String?
    let paymentIntent: String
    let paymentMethod: PaymentMethod
    let amount: Int64
    let currency: String
    var balanceTransaction: String?
    var decline: CardDecline?
    var amountRefunded: Int64 = 0
    /// What was captured of it; `nil` while it is only authorised.
    var amountCaptured: Int64?
    var isDisputed = false
    var description: String?
    var metadata: [String: String] = [:]

    var isPaid: Bool { decline == nil }

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "charge", "amount": .integer(amount), "amount_captured": .integer(amountCaptured ?? 0),
            "amount_refunded": .integer(amountRefunded), "application": nil, "application_fee": nil, "application_fee_amount": nil,
            "balance_transaction": JSONValue(balanceTransaction), "billing_details": paymentMethod.billing,
            "calculated_statement_descriptor": "TRELLIS SANDBOX", "captured": .bool(amountCaptured != nil), "created": .integer(created),
            "currency": .string(currency), "customer": JSONValue(customer), "description": JSONValue(description),
            "disputed": .bool(isDisputed), "failure_balance_transaction": nil, "failure_code": JSONValue(decline?.code),
            "failure_message": JSONValue(decline?.message), "fraud_details": [:], "livemode": false, "metadata": JSONValue(metadata),
            "on_behalf_of": nil, "outcome": outcome, "paid": .bool(isPaid), "payment_intent": .string(paymentIntent),
            "payment_method": .string(paymentMethod.id), "payment_method_details": ["card": card, "type": "card"],
            "radar_options": [:], "receipt_email": nil, "receipt_number": nil,
            "receipt_url": isPaid ? .string(account.receiptAddress(id)) : .null,
            "refunded": .bool(isPaid && amountRefunded == amount), "review": nil, "shipping": nil, "source": nil,
            "source_transfer": nil, "statement_descriptor": nil, "statement_descriptor_suffix": nil,
            "status": isPaid ? "succeeded" : "failed", "transfer_data": nil, "transfer_group": nil,
        ]
    }

    private var outcome: JSONValue {
        [
            "advice_code": JSONValue(decline?.error.adviceCode), "network_advice_code": nil,
            "network_decline_code": JSONValue(decline?.networkCode),
            "network_status": isPaid ? "approved_by_network" : "declined_by_network", "reason": JSONValue(decline?.declineCode),
            "risk_level": "normal", "risk_score": 20, "seller_message": isPaid ? "Payment complete." : "The bank declined the payment.",
            "type": isPaid ? "authorized" : "issuer_declined",
        ]
    }

    private var card: JSONValue {
        [
            "amount_authorized": isPaid ? .integer(amount) : .null, "brand": .string(paymentMethod.card.brand),
            "checks": ["address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"], "country": "US",
            "exp_month": .integer(paymentMethod.expiryMonth), "exp_year": .integer(paymentMethod.expiryYear),
            "fingerprint": .string(paymentMethod.fingerprint), "funding": "credit", "installments": nil,
            "last4": .string(paymentMethod.card.last4), "mandate": nil, "network": .string(paymentMethod.card.brand),
            "network_token": nil, "regulated_status": "unregulated", "three_d_secure": nil, "wallet": nil,
        ]
    }
}
