internal import Billing
internal import Core

extension ProviderTags {
    /// Reads our ids from an object's metadata.
    init(metadataOf object: StripeObject) {
        let metadata = object.optionalObject("metadata")
        self.init(
            intent: metadata?.optionalString("trellis_intent"), org: metadata?.optionalString("trellis_org"),
            subscription: metadata?.optionalString("trellis_subscription"))
    }
}

extension ProviderSubscription {
    /// Reads a subscription; the period comes from its items where the object itself has none (STR-120).
    init(_ object: StripeObject) throws(StripeShapeError) {
        let items = object.list("items")
        let period = Self.period(object, items: items)
        let isFlagged = object.bool("cancel_at_period_end")
        let latest = object.optionalObject("latest_invoice")
        self.init(
            id: try object.id("id"), customer: try object.id("customer"), status: Status(rawValue: try object.string("status")),
            tags: ProviderTags(metadataOf: object), item: items.first?.optionalID("id"), price: items.first?.optionalID("price"),
            period: period, trialEnd: object.optionalInstant("trial_end"),
            // What renews first ends the period; what lasts longest bounds the access (STR-120).
            endsAt: object.optionalInstant("cancel_at") ?? (isFlagged ? Self.latestEnd(object, items: items) : nil),
            endedAt: object.optionalInstant("ended_at"),
            cancellationReason: object.optionalObject("cancellation_details")?.optionalString("reason"),
            latestInvoice: try latest.map { (invoice) throws(StripeShapeError) in try ProviderInvoice(invoice) },
            defaultMethod: object.optionalID("default_payment_method"))
        terms = ProviderTerms(object, items: items, isFlagged: isFlagged)
    }

    private static func latestEnd(_ object: StripeObject, items: [StripeObject]) -> Instant? {
        ([object] + items).compactMap { $0.optionalInstant("current_period_end") }.max()
    }

    private static func period(_ object: StripeObject, items: [StripeObject]) -> Period? {
        let sources = [object].filter { $0.value("current_period_end") != nil } + items
        let starts = sources.compactMap { $0.optionalInstant("current_period_start") }
        let ends = sources.compactMap { $0.optionalInstant("current_period_end") }
        guard let start = starts.min(), let end = ends.min() else { return nil }
        return Period(start: start, end: end)
    }
}

extension ProviderCheckout {
    /// Reads a hosted page.
    init(_ object: StripeObject) throws(StripeShapeError) {
        self.init(
            id: try object.id("id"), url: object.optionalString("url"),
            status: object.optionalString("status").flatMap(Status.init(rawValue:)),
            paymentStatus: object.optionalString("payment_status").flatMap(PaymentStatus.init(rawValue:)),
            customer: object.optionalID("customer"), subscription: object.optionalID("subscription"),
            tags: ProviderTags(metadataOf: object), expiresAt: object.optionalInstant("expires_at"))
    }
}

extension ProviderInvoice {
    /// Reads an invoice in its present and its older shapes (STR-121).
    init(_ object: StripeObject) throws(StripeShapeError) {
        let start = object.optionalInstant("period_start")
        let end = object.optionalInstant("period_end")
        let lines = object.list("lines").map(InvoiceLine.init)
        let linePeriod = lines.compactMap(\.period).max { $0.end < $1.end }
        let due = object.optionalInteger("amount_due") ?? 0
        let paid = object.optionalInteger("amount_paid") ?? 0
        let payments = Self.payments(object)
        self.init(
            id: object.optionalID("id") ?? ProviderID(""), customer: object.optionalID("customer"),
            subscription: Self.subscription(object), number: object.optionalString("number"),
            status: object.optionalString("status").flatMap(Invoice.Status.init(rawValue:)), currency: try object.currency("currency"),
            subtotal: object.optionalInteger("subtotal") ?? 0, total: object.optionalInteger("total") ?? due, amountDue: due,
            amountPaid: paid, amountRemaining: object.optionalInteger("amount_remaining") ?? max(0, due - paid),
            period: linePeriod ?? start.flatMap { start in end.flatMap { Period(start: start, end: $0) } },
            created: object.optionalInstant("created") ?? start ?? Instant(secondsSinceEpoch: 0),
            dueDate: object.optionalInstant("due_date"), paidAt: object.optionalObject("status_transitions")?.optionalInstant("paid_at"),
            hostedURL: object.optionalString("hosted_invoice_url"), pdfURL: object.optionalString("invoice_pdf"),
            nextAttempt: object.optionalInstant("next_payment_attempt"), lines: lines, payments: payments)
        attemptCount = object.optionalInteger("attempt_count")
        let credits = ["pre", "post"].compactMap { object.optionalInteger("\($0)_payment_credit_notes_amount") }
        amountCredited = credits.isEmpty ? nil : credits.reduce(0, +)
        let discounts = object.list("total_discount_amounts").compactMap { $0.optionalInteger("amount") }
        discount = discounts.isEmpty ? nil : discounts.reduce(0, +)
        amountOverpaid = object.optionalInteger("amount_overpaid")
        isSent = object.optionalString("collection_method").map { $0 == "send_invoice" }
    }

    private static func subscription(_ object: StripeObject) -> ProviderID? {
        if let id = object.optionalObject("parent")?.optionalObject("subscription_details")?.optionalID("subscription") { return id }
        if let id = object.optionalID("subscription") { return id }
        return object.list("lines").lazy.compactMap { line in
            line.optionalObject("parent")?.optionalObject("subscription_item_details")?.optionalID("subscription")
        }.first
    }

    private static func payments(_ object: StripeObject) -> [Payment] {
        let listed = object.list("payments").compactMap { payment -> Payment? in
            guard payment.optionalString("status") ?? "paid" == "paid",
                let intent = payment.optionalObject("payment")?.optionalID("payment_intent")
            else { return nil }
            return Payment(intent: intent, amount: payment.optionalInteger("amount_paid") ?? 0)
        }
        if listed.isEmpty, let intent = object.optionalID("payment_intent"), let paid = object.optionalInteger("amount_paid"), paid > 0 {
            return [Payment(intent: intent, amount: paid)]
        }
        return listed
    }
}

extension InvoiceLine {
    init(_ object: StripeObject) {
        let period = object.optionalObject("period")
        let start = period?.optionalInstant("start")
        let end = period?.optionalInstant("end")
        self.init(
            description: object.optionalString("description") ?? "", quantity: object.optionalInteger("quantity") ?? 1,
            amount: object.optionalInteger("amount") ?? 0, period: start.flatMap { start in end.flatMap { Period(start: start, end: $0) } })
    }
}

extension ProviderPrice {
    /// Reads a price; an amount that is only given as a decimal is taken when it is a whole minor unit (STR-022).
    init(_ object: StripeObject) throws(StripeShapeError) {
        let recurring = object.optionalObject("recurring")
        let amount = object.optionalInteger("unit_amount") ?? object.optionalString("unit_amount_decimal").flatMap(Self.wholeUnits)
        self.init(
            id: try object.id("id"), product: object.optionalID("product"), amount: amount, currency: try object.string("currency"),
            interval: recurring?.optionalString("interval"), intervalCount: recurring?.optionalInteger("interval_count"),
            active: object.value("active")?.boolValue ?? true, lookupKey: object.optionalString("lookup_key"))
    }

    static func wholeUnits(_ decimal: String) -> Int64? {
        let parts = decimal.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 1 || parts[1].allSatisfy({ $0 == "0" }) else { return nil }
        return Int64(parts[0])
    }
}

extension ProviderMethod {
    init(_ object: StripeObject) throws(StripeShapeError) {
        let card = object.optionalObject("card")
        self.init(
            id: try object.id("id"), type: object.optionalString("type") ?? "card", brand: card?.optionalString("brand"),
            last4: card?.optionalString("last4"), expiryMonth: card?.optionalInteger("exp_month").map { Int($0) },
            expiryYear: card?.optionalInteger("exp_year").map { Int($0) })
    }
}
