internal import Core

/// A percentage that is added to what is charged, or contained in it.
struct TaxRate: Resource {
    static let object = "tax_rate"
    let id: String
    let created: Int64
    let percentage: Percentage
    let isInclusive: Bool
    var displayName: String
    var isActive = true
    var country: String?
    var state: String?
    var jurisdiction: String?
    var description: String?
    var taxType: String?
    var metadata: [String: String] = [:]

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "tax_rate", "active": .bool(isActive), "country": JSONValue(country), "created": .integer(created),
            "description": JSONValue(description), "display_name": .string(displayName), "effective_percentage": percentage.json,
            "flat_amount": nil, "inclusive": .bool(isInclusive), "jurisdiction": JSONValue(jurisdiction), "jurisdiction_level": nil,
            "livemode": false, "metadata": JSONValue(metadata), "percentage": percentage.json, "rate_type": "percentage",
            "state": JSONValue(state), "tax_type": JSONValue(taxType),
        ]
    }
}

/// A number under which a customer pays taxes.
struct TaxID: Resource {
    static let object = "tax_id"
    let id: String
    let created: Int64
    let customer: String
    let type: String
    let value: String

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "tax_id", "country": country, "created": .integer(created), "customer": .string(customer),
            "customer_account": nil, "livemode": false,
            "owner": ["account": nil, "application": nil, "customer": .string(customer), "customer_account": nil, "type": "customer"],
            "type": .string(type), "value": .string(value),
            // No register is asked; Stripe says so of the kinds that it cannot verify.
            "verification": ["status": "unavailable", "verified_address": nil, "verified_name": nil],
        ]
    }

    /// The two letters that a kind begins with; a number of the European Union begins with them itself.
    private var country: JSONValue {
        let letters = type == "eu_vat" ? value.prefix(2) : type.prefix(2)
        return ["eu_oss_vat", "unknown"].contains(type) ? .null : .string(letters.uppercased())
    }
}
