internal import Core

struct Price: Resource {
    static let object = "price"
    let id: String
    let created: Int64
    let product: String
    let currency: String
    let unitAmount: Int64
    let interval: BillingInterval?
    var isActive = true
    var lookupKey: String?
    var nickname: String?
    var taxBehavior = "unspecified"
    var metadata: [String: String] = [:]

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "price", "active": .bool(isActive), "billing_scheme": "per_unit", "created": .integer(created),
            "currency": .string(currency), "custom_unit_amount": nil, "livemode": false, "lookup_key": JSONValue(lookupKey),
            "metadata": JSONValue(metadata), "nickname": JSONValue(nickname), "product": .string(product), "recurring": recurring,
            "tax_behavior": .string(taxBehavior), "tiers_mode": nil, "transform_quantity": nil,
            "type": interval == nil ? "one_time" : "recurring", "unit_amount": .integer(unitAmount),
            "unit_amount_decimal": .string(String(unitAmount)),
        ]
    }

    private var recurring: JSONValue {
        guard let interval else { return .null }
        return [
            "interval": .string(interval.unit.rawValue), "interval_count": .integer(interval.count), "meter": nil,
            "trial_period_days": nil, "usage_type": "licensed",
        ]
    }

    /// The older form of a recurring price that subscription items still show.
    var plan: JSONValue {
        guard let interval else { return .null }
        return [
            "id": .string(id), "object": "plan", "active": .bool(isActive), "amount": .integer(unitAmount),
            "amount_decimal": .string(String(unitAmount)), "billing_scheme": "per_unit", "created": .integer(created),
            "currency": .string(currency), "interval": .string(interval.unit.rawValue), "interval_count": .integer(interval.count),
            "livemode": false, "metadata": JSONValue(metadata), "meter": nil, "nickname": JSONValue(nickname),
            "product": .string(product), "tiers_mode": nil, "transform_usage": nil, "trial_period_days": nil, "usage_type": "licensed",
        ]
    }
}
