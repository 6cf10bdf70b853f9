internal import Core

struct PaymentMethod: Resource {
    static let object = "payment_method"
    let id: String
    let created: Int64
    var card: TestCard
    var fingerprint: String
    var expiryMonth: Int64
    var expiryYear: Int64
    var customer: String?
    var billingDetails: [String: JSONValue] = [:]
    var metadata: [String: String] = [:]
    /// Whether it was authenticated for later use.
    var isSetUp = false
    /// Outcomes that were programmed; the next charge takes the first: `nil` succeeds.
    var script: [CardDecline?] = []

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "payment_method", "allow_redisplay": "unspecified", "billing_details": billing,
            "card": cardJSON, "created": .integer(created), "customer": JSONValue(customer), "customer_account": nil,
            "livemode": false, "metadata": JSONValue(metadata), "type": "card",
        ]
    }

    var billing: JSONValue {
        .object(["address": nil, "email": nil, "name": nil, "phone": nil, "tax_id": nil].merging(billingDetails) { _, new in new })
    }

    private var cardJSON: JSONValue {
        [
            "brand": .string(card.brand),
            "checks": ["address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"],
            "country": "US", "display_brand": .string(card.brand), "exp_month": .integer(expiryMonth), "exp_year": .integer(expiryYear),
            "fingerprint": .string(fingerprint), "funding": "credit", "generated_from": nil, "last4": .string(card.last4),
            "networks": ["available": [.string(card.brand)], "preferred": nil], "regulated_status": "unregulated",
            "three_d_secure_usage": ["supported": true], "wallet": nil,
        ]
    }
}
