internal import Core

/// What a discount takes off, and for how long.
struct Coupon: Resource {
    enum Duration: String, Codable, CaseIterable, Sendable {
        case forever, once, repeating
    }

    static let object = "coupon"
    let id: String
    let created: Int64
    let duration: Duration
    var durationInMonths: Int64?
    var amountOff: Int64?
    var currency: String?
    var percentOff: Percentage?
    var maxRedemptions: Int64?
    var redeemBy: Int64?
    var timesRedeemed: Int64 = 0
    /// The products that it is for; `nil` means all.
    var products: [String]?
    var name: String?
    var metadata: [String: String] = [:]
    /// What was given before goes on after the coupon is gone.
    var isDeleted = false

    func isValid(at time: Int64) -> Bool {
        !isDeleted && redeemBy.map { time < $0 } != false && maxRedemptions.map { timesRedeemed < $0 } != false
    }

    func json(in account: Account) -> JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(id), "object": "coupon", "amount_off": JSONValue(amountOff), "created": .integer(created),
            "currency": JSONValue(currency), "duration": .string(duration.rawValue), "duration_in_months": JSONValue(durationInMonths),
            "livemode": false, "max_redemptions": JSONValue(maxRedemptions), "metadata": JSONValue(metadata), "name": JSONValue(name),
            "percent_off": percentOff?.json ?? .null, "redeem_by": JSONValue(redeemBy), "times_redeemed": .integer(timesRedeemed),
            "valid": .bool(isValid(at: account.occasion.now)),
        ]
        if let products { members["applies_to"] = ["products": .array(products.map { .string($0) })] }
        return .object(members)
    }
}

/// A word by which customers get a coupon.
struct PromotionCode: Resource {
    static let object = "promotion_code"
    let id: String
    let created: Int64
    let code: String
    let coupon: String
    var customer: String?
    var isActive = true
    var expiresAt: Int64?
    var maxRedemptions: Int64?
    var timesRedeemed: Int64 = 0
    var minimumAmount: Int64?
    var minimumAmountCurrency: String?
    var isForFirstTransaction = false
    var metadata: [String: String] = [:]

    /// Whether it can be used now: it is switched on, not over, not used up, and its coupon holds.
    func isUsable(in account: Account) -> Bool {
        let now = account.occasion.now
        return isActive && expiresAt.map { now < $0 } != false && maxRedemptions.map { timesRedeemed < $0 } != false
            && account.coupons[coupon]?.isValid(at: now) == true
    }

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "promotion_code", "active": .bool(isUsable(in: account)), "code": .string(code),
            "created": .integer(created), "customer": JSONValue(customer), "customer_account": nil, "expires_at": JSONValue(expiresAt),
            "livemode": false, "max_redemptions": JSONValue(maxRedemptions), "metadata": JSONValue(metadata),
            "promotion": ["coupon": .string(coupon), "type": "coupon"],
            "restrictions": [
                "first_time_transaction": .bool(isForFirstTransaction), "minimum_amount": JSONValue(minimumAmount),
                "minimum_amount_currency": JSONValue(minimumAmountCurrency),
            ],
            "times_redeemed": .integer(timesRedeemed),
        ]
    }
}

/// A coupon in force for a customer, a subscription, an invoice or one item of an invoice.
struct Discount: Resource {
    static let object = "discount"
    let id: String
    /// When it began.
    let created: Int64
    let coupon: String
    var promotionCode: String?
    var customer: String?
    var subscription: String?
    var invoice: String?
    var invoiceItem: String?
    /// When it ends, of a coupon that repeats.
    var end: Int64?

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "discount", "checkout_session": nil, "customer": JSONValue(customer), "customer_account": nil,
            "end": JSONValue(end), "invoice": JSONValue(invoice), "invoice_item": JSONValue(invoiceItem),
            "promotion_code": JSONValue(promotionCode), "source": ["coupon": .string(coupon), "type": "coupon"],
            "start": .integer(created), "subscription": JSONValue(subscription), "subscription_item": nil,
        ]
    }
}
