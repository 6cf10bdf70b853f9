internal import Core

/// What a discount takes off a line or an invoice.
struct DiscountAmount: Codable, Hashable, Sendable {
    let discount: String
    var amount: Int64

    var json: JSONValue { ["amount": .integer(amount), "discount": .string(discount)] }
}

/// What a tax rate makes of a line or an invoice.
struct TaxAmount: Codable, Hashable, Sendable {
    let rate: String
    let isInclusive: Bool
    var amount: Int64
    var taxable: Int64

    var json: JSONValue {
        [
            "amount": .integer(amount), "tax_behavior": isInclusive ? "inclusive" : "exclusive",
            "tax_rate_details": ["tax_rate": .string(rate)], "taxability_reason": "not_available", "taxable_amount": .integer(taxable),
            "type": "tax_rate_details",
        ]
    }
}

extension Account {
    /// Works out what discounts and taxes make of an invoice's lines; to be done again whenever its lines change.
    func price(_ invoice: inout Invoice) {
        for index in invoice.lines.indices {
            invoice.lines[index].discountAmounts = []
            invoice.lines[index].taxes = []
        }
        for discount in invoice.discounts { take(discount, off: &invoice) { $0.ownDiscounts.isEmpty } }
        for discount in Set(invoice.lines.flatMap(\.ownDiscounts)).sorted() {
            take(discount, off: &invoice) { $0.ownDiscounts.contains(discount) }
        }
        guard customers[invoice.customer]?.taxExempt == "none" else { return }
        for index in invoice.lines.indices { tax(&invoice.lines[index], defaults: invoice.defaultTaxRates) }
    }

    /// Takes a discount off the lines that it is for; what it comes to in all is what is rounded, not each line.
    private func take(_ id: String, off invoice: inout Invoice, where isMeant: (InvoiceLine) -> Bool) {
        guard let discount = discounts[id], let coupon = coupons[discount.coupon] else { return }
        let chosen = invoice.lines.indices.filter { index in
            let line = invoice.lines[index]
            return line.isDiscountable && line.discountedAmount != 0 && isMeant(line) && coupon.products?.contains(line.product) != false
                && (coupon.amountOff == nil || line.discountedAmount > 0)
        }
        let all = chosen.reduce(0) { $0 + invoice.lines[$1].discountedAmount }
        guard coupon.amountOff == nil || coupon.currency == invoice.currency, all != 0 else { return }
        let off = coupon.amountOff.map { min($0, all) }
        var (sum, taken): (Int64, Int64) = (0, 0)
        for index in chosen {
            sum += invoice.lines[index].discountedAmount
            let upToHere = off.map { $0 * sum / all } ?? coupon.percentOff?.part(of: sum) ?? 0
            invoice.lines[index].discountAmounts.append(DiscountAmount(discount: id, amount: upToHere - taken))
            taken = upToHere
        }
    }

    private func tax(_ line: inout InvoiceLine, defaults: [String]) {
        let rates = (line.ownTaxRates.isEmpty ? defaults : line.ownTaxRates).compactMap { taxRates[$0] }
        let taxable = line.discountedAmount
        let contained = rates.filter(\.isInclusive)
        let net = taxable - Percentage.sum(contained.map(\.percentage)).contained(in: taxable)
        line.taxes = rates.map { rate in
            let amount =
                switch (rate.isInclusive, contained.count) {
                case (false, _): rate.percentage.part(of: net)
                case (true, 1): taxable - net
                case (true, _): rate.percentage.part(of: net)
                }
            return TaxAmount(rate: rate.id, isInclusive: rate.isInclusive, amount: amount, taxable: net)
        }
    }

    /// The discounts that a subscription's next invoice has: its own, else its customer's.
    func discounts(of subscription: Subscription, at time: Int64) -> [String] {
        let own = subscription.discounts.isEmpty ? [customers[subscription.customer]?.discount].compactMap(\.self) : subscription.discounts
        return own.filter { id in discounts[id].map { $0.end.map { time < $0 } ?? true } ?? false }
    }

    /// The amounts that wait for a customer's next invoice, or for one of a subscription.
    func pendingItems(of customer: String, subscription: String?) -> [InvoiceItem] {
        guard invoiceItems.count > 0 else { return [] }
        return invoiceItems.newestFirst.reversed().filter {
            $0.customer == customer && $0.invoice == nil && ($0.subscription == nil || $0.subscription == subscription)
        }
    }

    /// Puts waiting amounts on an invoice.
    mutating func take(_ items: [InvoiceItem], onto invoice: inout Invoice) {
        for item in items where item.currency == invoice.currency {
            invoice.lines.append(item.line(ids.id("il"), in: self))
            let id = invoice.id
            invoiceItems.modify(item.id) { $0.invoice = id }
        }
    }

    /// A discount for one invoice ends once an invoice has it; one for some months when they are over.
    mutating func endDiscounts(usedBy invoice: Invoice) {
        for amount in invoice.discountAmounts where amount.amount > 0 {
            guard let discount = discounts[amount.discount], coupons[discount.coupon]?.duration == .once else { continue }
            remove(discount)
        }
        guard let subscription = invoice.subscription.flatMap({ subscriptions[$0] }) else { return }
        let given = subscription.discounts + [customers[subscription.customer]?.discount].compactMap(\.self)
        for discount in given.compactMap({ discounts[$0] }) where discount.end.map({ $0 <= invoice.created }) == true { remove(discount) }
    }

    /// Takes a discount from whoever has it.
    mutating func remove(_ discount: Discount) {
        if let subscription = discount.subscription {
            subscriptions.modify(subscription) { $0.discounts.removeAll { $0 == discount.id } }
        } else if let customer = discount.customer, customers[customer]?.discount == discount.id {
            customers.modify(customer) { $0.discount = nil }
        } else {
            return
        }
        announce("customer.discount.deleted", \.discounts, discount.id)
    }
}

extension Percentage {
    private init(tenThousandths: Int64) {
        self.tenThousandths = tenThousandths
    }

    static func sum(_ parts: [Percentage]) -> Percentage {
        Percentage(tenThousandths: parts.reduce(0) { $0 + $1.tenThousandths })
    }
}
