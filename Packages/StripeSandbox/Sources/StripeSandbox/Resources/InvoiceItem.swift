internal import Core

/// An amount that waits for a customer's next invoice, or stands on one.
struct InvoiceItem: Resource {
    static let object = "invoiceitem"
    let id: String
    let created: Int64
    let customer: String
    let currency: String
    var subscription: String?
    var invoice: String?
    /// The one-time price that it charges; `nil` of a bare amount.
    var price: String?
    var unitAmount: Int64
    var quantity: Int64 = 1
    var description: String?
    var periodStart: Int64
    var periodEnd: Int64
    var isDiscountable = true
    var discounts: [String] = []
    var taxRates: [String] = []
    var metadata: [String: String] = [:]
    var testClock: String?

    var amount: Int64 { unitAmount * quantity }

    func json(in account: Account) -> JSONValue {
        let price = price.flatMap { account.prices[$0] }
        return [
            "id": .string(id), "object": "invoiceitem", "amount": .integer(amount), "currency": .string(currency),
            "customer": .string(customer), "customer_account": nil, "date": .integer(created), "description": JSONValue(description),
            "discountable": .bool(isDiscountable), "discounts": .array(discounts.map { .string($0) }), "frozen_fields": [],
            "invoice": JSONValue(invoice), "invoicing_rules": nil, "livemode": false, "metadata": JSONValue(metadata),
            "net_amount": .integer(amount),
            "parent": subscription.map {
                ["subscription_details": ["subscription": .string($0), "subscription_item": nil], "type": "subscription_details"]
            } ?? .null,
            "period": ["end": .integer(periodEnd), "start": .integer(periodStart)],
            "pricing": price.map { price in
                [
                    "price_details": ["price": .string(price.id), "product": .string(price.product)], "type": "price_details",
                    "unit_amount_decimal": .string(String(unitAmount)),
                ]
            } ?? .null,
            "proration": false, "proration_details": nil, "quantity": .integer(quantity), "quantity_decimal": .string(String(quantity)),
            "tax_rates": .array(taxRates.compactMap { account.taxRates[$0]?.json(in: account) }), "test_clock": JSONValue(testClock),
        ]
    }

    /// The line that it makes on an invoice.
    func line(_ id: String, in account: Account) -> InvoiceLine {
        let product = price.flatMap { account.prices[$0]?.product }
        let name = product.flatMap { account.products[$0]?.name }
        return InvoiceLine(
            id: id, item: "", price: price ?? "", product: product ?? "", unitAmount: unitAmount, quantity: quantity, amount: amount,
            description: description ?? name ?? "", periodStart: periodStart, periodEnd: periodEnd, metadata: metadata,
            invoiceItem: self.id,
            isDiscountable: isDiscountable, ownDiscounts: discounts, ownTaxRates: taxRates)
    }
}
