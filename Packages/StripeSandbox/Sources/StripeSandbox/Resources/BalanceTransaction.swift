internal import Core

/// A movement of a customer's balance.
struct BalanceTransaction: Resource {
    static let object = "customer_balance_transaction"
    let id: String
    let created: Int64
    let customer: String
    /// In minor units; negative is credit.
    let amount: Int64
    let currency: String
    let endingBalance: Int64
    let type: String
    var invoice: String?
    var creditNote: String?
    var description: String?
    var metadata: [String: String] = [:]

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "customer_balance_transaction", "amount": .integer(amount), "checkout_session": nil,
            "created": .integer(created), "credit_note": JSONValue(creditNote), "currency": .string(currency),
            "customer": .string(customer), "customer_account": nil, "description": JSONValue(description),
            "ending_balance": .integer(endingBalance), "invoice": JSONValue(invoice), "livemode": false,
            "metadata": JSONValue(metadata), "type": .string(type),
        ]
    }
}
