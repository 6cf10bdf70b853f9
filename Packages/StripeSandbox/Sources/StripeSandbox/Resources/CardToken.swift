internal import Core

/// A card number that was handed over apart from the product, to be used once.
struct CardToken: Resource {
    static let object = "token"
    let id: String
    let created: Int64
    let card: PaymentMethod
    var isUsed = false

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "token",
            "card": [
                "id": .string("card_" + id.dropFirst(4)), "object": "card", "address_city": nil, "address_country": nil,
                "address_line1": nil, "address_line1_check": nil, "address_line2": nil, "address_state": nil, "address_zip": nil,
                "address_zip_check": nil, "allow_redisplay": "unspecified", "brand": .string(card.card.brand.capitalized), "country": "US",
                "cvc_check": "unchecked", "dynamic_last4": nil, "exp_month": .integer(card.expiryMonth),
                "exp_year": .integer(card.expiryYear), "fingerprint": .string(card.fingerprint), "funding": "credit",
                "last4": .string(card.card.last4), "metadata": [:], "name": card.billingDetails["name"] ?? .null,
                "networks": ["preferred": nil], "regulated_status": "unregulated", "tokenization_method": nil, "wallet": nil,
            ],
            "client_ip": nil, "created": .integer(created), "livemode": false, "type": "card", "used": .bool(isUsed),
        ]
    }
}

extension String {
    /// The word with a large first letter, as the older form of a card writes its brand.
    fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
