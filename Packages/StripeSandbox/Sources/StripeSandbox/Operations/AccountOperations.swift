internal import Core

extension Account {
    static let accountOperations: [Operation] = [
        Operation("GET", "/v1/account") { account, call in
            try call.parameters.finish()
            return account.json
        },
        Operation("GET", "/v1/balance") { account, call in
            try call.parameters.finish()
            let funds: [JSONValue] = account.funds.map { fund in
                ["amount": .integer(fund.value), "currency": .string(fund.key), "source_types": ["card": .integer(fund.value)]]
            }
            return [
                "object": "balance", "available": .array(funds), "livemode": false, "pending": [],
                "refund_and_dispute_prefunding": ["available": [], "pending": []],
            ]
        },
    ]

    private var json: JSONValue {
        [
            "id": .string(id), "object": "account", "business_profile": ["name": "Trellis Sandbox", "support_email": nil, "url": nil],
            "business_type": "company", "capabilities": ["card_payments": "active", "transfers": "active"], "charges_enabled": true,
            "country": "US", "created": .integer(created), "default_currency": "usd", "details_submitted": true, "email": nil,
            "metadata": [:], "payouts_enabled": true,
            "settings": [
                "branding": ["icon": nil, "logo": nil, "primary_color": nil, "secondary_color": nil],
                "card_payments": ["statement_descriptor_prefix": nil],
                "dashboard": ["display_name": "Trellis Sandbox", "timezone": "Etc/UTC"],
                "payments": ["statement_descriptor": "TRELLIS SANDBOX"],
            ],
            "type": "standard",
        ]
    }

    /// What was charged less what was refunded, by currency, in the currencies' order.
    private var funds: [(key: String, value: Int64)] {
        var sums: [String: Int64] = ["usd": 0]
        for charge in charges.newestFirst where charge.amountCaptured != nil {
            sums[charge.currency, default: 0] += charge.amount - charge.amountRefunded
        }
        return sums.sorted { $0.key < $1.key }
    }
}
