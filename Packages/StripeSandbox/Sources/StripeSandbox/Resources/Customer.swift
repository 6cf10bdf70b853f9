internal import Core

struct Customer: Resource {
    static let object = "customer"
    var id: String
    let created: Int64
    var email: String?
    var name: String?
    var phone: String?
    var description: String?
    var address: JSONValue?
    var metadata: [String: String] = [:]
    /// In minor units; negative is credit.
    var balance: Int64 = 0
    var currency: String?
    var isDelinquent = false
    var invoicePrefix: String
    var nextInvoiceSequence: Int64 = 1
    var defaultPaymentMethod: String?
    var taxExempt = "none"
    var testClock: String?
    var discount: String?
    var isDeleted = false

    func json(in account: Account) -> JSONValue {
        guard !isDeleted else { return ["id": .string(id), "object": "customer", "deleted": true] }
        return [
            "id": .string(id), "object": "customer", "address": address ?? .null, "balance": .integer(balance),
            "created": .integer(created), "currency": JSONValue(currency), "customer_account": nil, "default_source": nil,
            "delinquent": .bool(isDelinquent), "description": JSONValue(description),
            "discount": discount.flatMap { account.discounts[$0]?.json(in: account) } ?? .null, "email": JSONValue(email),
            "invoice_prefix": .string(invoicePrefix),
            "invoice_settings": [
                "custom_fields": nil, "default_payment_method": JSONValue(defaultPaymentMethod), "footer": nil, "rendering_options": nil,
            ],
            "livemode": false, "metadata": JSONValue(metadata), "name": JSONValue(name),
            "next_invoice_sequence": .integer(nextInvoiceSequence), "phone": JSONValue(phone), "preferred_locales": [],
            "shipping": nil, "tax_exempt": .string(taxExempt), "test_clock": JSONValue(testClock),
        ]
    }
}
