internal import Core

struct Invoice: Resource {
    enum Status: String, Codable, Sendable, CaseIterable {
        case draft, open, paid, uncollectible, void
    }

    struct Transitions: Codable, Hashable, Sendable {
        var finalized: Int64?
        var markedUncollectible: Int64?
        var paid: Int64?
        var voided: Int64?
    }

    static let object = "invoice"
    let id: String
    let created: Int64
    let customer: String
    var subscription: String?
    var subscriptionMetadata: [String: String] = [:]
    var status = Status.draft
    var billingReason: String
    var collectionMethod: String
    var currency: String
    var lines: [InvoiceLine]
    var periodStart: Int64
    var periodEnd: Int64
    var isAutoAdvanced = true
    var automaticallyFinalizesAt: Int64?
    var number: String?
    var attemptCount: Int64 = 0
    var isAttempted = false
    var nextPaymentAttempt: Int64?
    var amountPaid: Int64 = 0
    var startingBalance: Int64 = 0
    var endingBalance: Int64?
    var prePaymentCredit: Int64 = 0
    var postPaymentCredit: Int64 = 0
    /// What came in beyond what was to be paid; it went to the customer's balance.
    var amountOverpaid: Int64 = 0
    var dueDate: Int64?
    var effectiveAt: Int64?
    var description: String?
    var footer: String?
    var metadata: [String: String] = [:]
    var transitions = Transitions()
    var paymentIntent: String?
    var testClock: String?
    var defaultPaymentMethod: String?
    var daysUntilDue: Int64?
    /// The discounts of the whole invoice, and the tax rates of lines that have none of their own.
    var discounts: [String] = []
    var defaultTaxRates: [String] = []
    /// The event that announced the draft; its acknowledgement starts the hour before the invoice is finalised.
    var creationEvent: String?
    var webhooksDeliveredAt: Int64?

    /// What the lines come to before discounts and taxes.
    var subtotal: Int64 { lines.reduce(0) { $0 + $1.amount } }

    var total: Int64 { lines.reduce(0) { $0 + $1.total } }

    /// What each discount takes off in all.
    var discountAmounts: [DiscountAmount] {
        lines.flatMap(\.discountAmounts).reduce(into: []) { sums, amount in
            if let index = sums.firstIndex(where: { $0.discount == amount.discount }) {
                sums[index].amount += amount.amount
            } else {
                sums.append(amount)
            }
        }
    }

    /// What each tax rate comes to in all.
    var taxes: [TaxAmount] {
        lines.flatMap(\.taxes).reduce(into: []) { sums, tax in
            if let index = sums.firstIndex(where: { $0.rate == tax.rate }) {
                sums[index].amount += tax.amount
                sums[index].taxable += tax.taxable
            } else {
                sums.append(tax)
            }
        }
    }

    /// What is to be paid once the customer's balance is taken into account; less than the smallest charge is carried over.
    var amountDue: Int64 {
        let due = max(0, total + startingBalance)
        return due < Self.smallestCharge ? 0 : due
    }

    var amountRemaining: Int64 {
        status == .void ? 0 : max(0, amountDue - amountPaid - prePaymentCredit)
    }

    /// The smallest amount that is charged, in minor units.
    static let smallestCharge: Int64 = 50

    func json(in account: Account) -> JSONValue {
        let owner = account.customers[customer]
        var members: [String: JSONValue] = [
            "id": .string(id), "object": "invoice", "account_country": "US", "account_name": "Trellis Sandbox", "account_tax_ids": nil,
            "amount_due": .integer(amountDue), "amount_overpaid": .integer(amountOverpaid), "amount_paid": .integer(amountPaid),
            "amount_paid_off_stripe": 0, "amount_remaining": .integer(amountRemaining), "amount_shipping": 0, "application": nil,
            "attempt_count": .integer(attemptCount), "attempted": .bool(isAttempted), "auto_advance": .bool(isAutoAdvanced),
            "automatic_tax": ["disabled_reason": nil, "enabled": false, "liability": nil, "provider": nil, "status": nil],
            "automatically_finalizes_at": JSONValue(automaticallyFinalizesAt), "billing_reason": .string(billingReason),
            "collection_method": .string(collectionMethod), "created": .integer(created), "currency": .string(currency),
            "custom_fields": nil, "customer": .string(customer), "customer_account": nil, "customer_address": owner?.address ?? .null,
            "customer_email": JSONValue(owner?.email), "customer_name": JSONValue(owner?.name), "customer_phone": JSONValue(owner?.phone),
            "customer_shipping": nil, "customer_tax_exempt": .string(owner?.taxExempt ?? "none"),
            "customer_tax_ids": .array(
                account.taxIDs.newestFirst.filter { $0.customer == customer }.map {
                    ["type": .string($0.type), "value": .string($0.value)]
                }),
            "default_payment_method": JSONValue(defaultPaymentMethod), "default_source": nil,
            "default_tax_rates": .array(defaultTaxRates.compactMap { account.taxRates[$0]?.json(in: account) }),
            "description": JSONValue(description), "discounts": .array(discounts.map { .string($0) }),
            "due_date": JSONValue(dueDate), "effective_at": JSONValue(effectiveAt), "ending_balance": JSONValue(endingBalance),
            "footer": JSONValue(footer), "from_invoice": nil, "issuer": ["type": "self"], "last_finalization_error": nil,
            "latest_revision": nil, "livemode": false, "metadata": JSONValue(metadata),
            "next_payment_attempt": JSONValue(nextPaymentAttempt), "number": JSONValue(number), "on_behalf_of": nil,
            "parent": parent, "payment_settings": ["default_mandate": nil, "payment_method_options": nil, "payment_method_types": nil],
        ]
        members.merge(rest(in: account)) { _, new in new }
        return .object(members)
    }

    private func rest(in account: Account) -> [String: JSONValue] {
        let hosted: JSONValue = number == nil ? .null : .string(account.invoiceAddress(id))
        let taxes = taxes
        let (inclusive, all) = (taxes.filter(\.isInclusive).reduce(0) { $0 + $1.amount }, taxes.reduce(0) { $0 + $1.amount })
        var lines: [JSONValue] = []
        for line in self.lines { lines.append(line.json(in: self)) }
        return [
            "hosted_invoice_url": hosted, "invoice_pdf": hosted,
            "lines": .list(lines, url: "/v1/invoices/\(id)/lines"), "period_end": .integer(periodEnd),
            "period_start": .integer(periodStart), "post_payment_credit_notes_amount": .integer(postPaymentCredit),
            "pre_payment_credit_notes_amount": .integer(prePaymentCredit), "receipt_number": nil, "rendering": nil, "shipping_cost": nil,
            "shipping_details": nil, "starting_balance": .integer(startingBalance), "statement_descriptor": nil,
            "status": .string(status.rawValue),
            "status_transitions": [
                "finalized_at": JSONValue(transitions.finalized), "marked_uncollectible_at": JSONValue(transitions.markedUncollectible),
                "paid_at": JSONValue(transitions.paid), "voided_at": JSONValue(transitions.voided),
            ],
            "subtotal": .integer(subtotal), "subtotal_excluding_tax": .integer(subtotal - inclusive), "test_clock": JSONValue(testClock),
            "threshold_reason": nil, "total": .integer(total),
            "total_discount_amounts": .array(discountAmounts.map(\.json)), "total_excluding_tax": .integer(total - all),
            "total_pretax_credit_amounts": [], "total_taxes": .array(taxes.map(\.json)),
            "webhooks_delivered_at": JSONValue(webhooksDeliveredAt),
        ]
    }

    private var parent: JSONValue {
        guard let subscription else { return .null }
        return [
            "quote_details": nil,
            "subscription_details": ["metadata": JSONValue(subscriptionMetadata), "subscription": .string(subscription)],
            "type": "subscription_details",
        ]
    }
}

/// What an invoice charges for one price and period.
struct InvoiceLine: Codable, Hashable, Sendable {
    let id: String
    var item: String
    var price: String
    var product: String
    var unitAmount: Int64
    var quantity: Int64
    var amount: Int64
    var description: String
    var periodStart: Int64
    var periodEnd: Int64
    var metadata: [String: String] = [:]
    /// Whether it is a part of a period whose price was changed in it.
    var isProration = false
    /// The waiting amount that it came from.
    var invoiceItem: String?
    var isDiscountable = true
    /// Discounts and tax rates that count for this line instead of the invoice's.
    var ownDiscounts: [String] = []
    var ownTaxRates: [String] = []
    var discountAmounts: [DiscountAmount] = []
    var taxes: [TaxAmount] = []

    var discountedAmount: Int64 { discountAmounts.reduce(amount) { $0 - $1.amount } }

    /// What is to be paid for it: less discounts, and with the taxes that are not contained in it.
    var total: Int64 { taxes.reduce(discountedAmount) { $1.isInclusive ? $0 : $0 + $1.amount } }

    func json(in invoice: Invoice) -> JSONValue {
        [
            "id": .string(id), "object": "line_item", "amount": .integer(amount), "currency": .string(invoice.currency),
            "description": .string(description), "discount_amounts": .array(discountAmounts.map(\.json)),
            "discountable": .bool(isDiscountable), "discounts": .array(ownDiscounts.map { .string($0) }),
            "invoice": .string(invoice.id), "livemode": false, "metadata": JSONValue(metadata),
            "parent": parent(in: invoice),
            "period": ["end": .integer(periodEnd), "start": .integer(periodStart)], "pretax_credit_amounts": [],
            "pricing": price.isEmpty
                ? .null
                : [
                    "price_details": ["price": .string(price), "product": .string(product)], "type": "price_details",
                    "unit_amount_decimal": .string(String(unitAmount)),
                ],
            "quantity": .integer(quantity), "quantity_decimal": .string(String(quantity)), "subscription": JSONValue(invoice.subscription),
            "subtotal": .integer(amount), "taxes": .array(taxes.map(\.json)),
        ]
    }

    private func parent(in invoice: Invoice) -> JSONValue {
        if let invoiceItem {
            return [
                "invoice_item_details": [
                    "invoice_item": .string(invoiceItem), "proration": false, "proration_details": ["credited_items": nil],
                    "subscription": JSONValue(invoice.subscription),
                ],
                "subscription_item_details": nil, "type": "invoice_item_details",
            ]
        }
        return [
            "invoice_item_details": nil,
            "subscription_item_details": [
                "invoice_item": nil, "proration": .bool(isProration), "proration_details": ["credited_items": nil],
                "subscription": JSONValue(invoice.subscription), "subscription_item": .string(item),
            ],
            "type": "subscription_item_details",
        ]
    }
}
