internal import Core

struct CreditNote: Resource {
    static let object = "credit_note"
    let id: String
    let created: Int64
    let customer: String
    let invoice: String
    let number: String
    let amount: Int64
    let currency: String
    let isPrePayment: Bool
    var outOfBandAmount: Int64 = 0
    var balanceTransaction: String?
    var refund: String?
    var refundAmount: Int64 = 0
    var reason: String?
    var memo: String?
    var status = "issued"
    var voidedAt: Int64?
    var metadata: [String: String] = [:]

    func json(in account: Account) -> JSONValue {
        let refunds: [JSONValue] =
            refund.map {
                [["amount_refunded": .integer(refundAmount), "payment_record_refund": nil, "refund": .string($0), "type": "refund"]]
            } ?? []
        return [
            "id": .string(id), "object": "credit_note", "amount": .integer(amount), "amount_shipping": 0, "created": .integer(created),
            "currency": .string(currency), "customer": .string(customer), "customer_account": nil,
            "customer_balance_transaction": JSONValue(balanceTransaction), "discount_amount": 0, "discount_amounts": [],
            "effective_at": .integer(created), "invoice": .string(invoice),
            "lines": .list(
                [
                    [
                        "id": .string("cnli_" + id.dropFirst(3)), "object": "credit_note_line_item", "amount": .integer(amount),
                        "description": "Credit", "discount_amount": 0, "discount_amounts": [], "livemode": false,
                        "pretax_credit_amounts": [],
                        "quantity": 1, "tax_rates": [], "taxes": [], "type": "custom_line_item", "unit_amount": .integer(amount),
                        "unit_amount_decimal": .string(String(amount)),
                    ]
                ], url: "/v1/credit_notes/\(id)/lines"),
            "livemode": false, "memo": JSONValue(memo), "metadata": JSONValue(metadata), "number": .string(number),
            "out_of_band_amount": .integer(outOfBandAmount), "pdf": .string(account.invoiceAddress(invoice)),
            "post_payment_amount": .integer(isPrePayment ? 0 : amount), "pre_payment_amount": .integer(isPrePayment ? amount : 0),
            "pretax_credit_amounts": [], "reason": JSONValue(reason), "refunds": .array(refunds), "shipping_cost": nil,
            "status": .string(status), "subtotal": .integer(amount), "subtotal_excluding_tax": .integer(amount),
            "total": .integer(amount), "total_excluding_tax": .integer(amount), "total_taxes": [],
            "type": isPrePayment ? "pre_payment" : "post_payment", "voided_at": JSONValue(voidedAt),
        ]
    }
}
