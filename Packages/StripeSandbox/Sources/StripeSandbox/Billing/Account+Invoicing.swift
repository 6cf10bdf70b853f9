internal import Core

extension Account {
    /// The lines of a subscription's items for their present periods, and of what its changes have left to be settled.
    ///
    /// - Parameter start: bills only the items whose period begins then; `nil` bills all.
    func lines(
        of subscription: Subscription, prorationsOnly: Bool = false, beginning start: Int64? = nil, makeID: () -> String
    ) -> [InvoiceLine] {
        (prorationsOnly ? [] : subscription.items.filter { start == nil || $0.periodStart == start }).map { item in
            let price = prices[item.price]
            let unitAmount = price?.unitAmount ?? 0
            let name = price.flatMap { products[$0.product]?.name } ?? "Subscription"
            let isTrial = subscription.trialEnd.map { item.periodStart < $0 } ?? false
            let unit = price?.interval?.unit.rawValue ?? "period"
            return InvoiceLine(
                id: makeID(), item: item.id, price: item.price, product: price?.product ?? "", unitAmount: unitAmount,
                quantity: item.quantity, amount: isTrial ? 0 : unitAmount * item.quantity,
                description: isTrial
                    ? "Trial period for \(name)"
                    : "\(item.quantity) × \(name) (at \(Self.text(unitAmount, price?.currency ?? "usd")) / \(unit))",
                periodStart: item.periodStart, periodEnd: item.periodEnd, metadata: subscription.metadata, ownTaxRates: item.taxRates)
        }
            + subscription.prorations.map { part in
                InvoiceLine(
                    id: makeID(), item: part.item, price: part.price, product: part.product, unitAmount: part.unitAmount,
                    quantity: part.quantity, amount: part.amount, description: part.description, periodStart: part.from,
                    periodEnd: part.to, metadata: subscription.metadata, isProration: true)
            }
    }

    /// An amount for people: `$20.00`.
    static func text(_ amount: Int64, _ currency: String) -> String {
        let cents = String(amount % 100)
        let number = "\(amount / 100).\(cents.count < 2 ? "0" + cents : cents)"
        return currency == "usd" ? "$" + number : "\(number) \(currency.uppercased())"
    }

    /// Makes the draft of a subscription's invoice and tells of it.
    mutating func makeInvoice(
        for subscriptionID: String, reason: String, periodStart: Int64, periodEnd: Int64, prorationsOnly: Bool = false,
        beginning start: Int64? = nil
    ) -> String? {
        guard let subscription = subscriptions[subscriptionID] else { return nil }
        let id = ids.id("in")
        var generator = ids
        let lines = lines(of: subscription, prorationsOnly: prorationsOnly, beginning: start) { generator.id("il") }
        ids = generator
        var invoice = Invoice(
            id: id, created: now(subscription.testClock), customer: subscription.customer, subscription: subscriptionID,
            subscriptionMetadata: subscription.metadata, billingReason: reason, collectionMethod: subscription.collectionMethod,
            currency: subscription.currency, lines: lines, periodStart: periodStart, periodEnd: periodEnd, testClock: subscription.testClock
        )
        invoice.startingBalance = customers[subscription.customer]?.balance ?? 0
        if !prorationsOnly { take(pendingItems(of: subscription.customer, subscription: subscriptionID), onto: &invoice) }
        invoice.discounts = discounts(of: subscription, at: invoice.created)
        invoice.defaultTaxRates = subscription.defaultTaxRates
        price(&invoice)
        invoices.insert(invoice)
        endDiscounts(usedBy: invoice)
        invoicesOfSubscription[subscriptionID, default: []].append(id)
        subscriptions.modify(subscriptionID) { subscription in
            subscription.latestInvoice = id
            subscription.prorations = []
        }
        return id
    }

    /// Bills what a change has left to be settled at once, and collects it.
    mutating func invoiceProrations(of id: String, isOnSession: Bool) -> PaymentResult {
        guard let subscription = subscriptions[id],
            let invoice = makeInvoice(
                for: id, reason: "subscription_update", periodStart: subscription.currentPeriodStart,
                periodEnd: subscription.currentPeriodEnd, prorationsOnly: !subscription.billsPeriodNow)
        else { return .noMethod }
        subscriptions.modify(id) { ($0.billsProrationsNow, $0.billsPeriodNow) = (false, false) }
        announce("invoice.created", \.invoices, invoice)
        finalize(invoice)
        guard subscription.collectionMethod == "charge_automatically", let open = invoices[invoice] else { return .paid }
        let result = collect(invoice, PaymentAttempt(method: paymentMethod(for: open), isOnSession: isOnSession, isRetried: true))
        applyPayment(of: invoice, result)
        return result
    }

    /// Gives an invoice its number and applies the customer's balance (STR-159).
    mutating func finalize(_ id: String) {
        guard let draft = invoices[id], draft.status == .draft, let customer = customers[draft.customer] else { return }
        let now = now(draft.testClock)
        let sequence = String(customer.nextInvoiceSequence)
        let number = "\(customer.invoicePrefix)-\(String(repeating: "0", count: max(0, 4 - sequence.count)))\(sequence)"
        let daysUntilDue = draft.daysUntilDue ?? draft.subscription.flatMap { subscriptions[$0]?.daysUntilDue } ?? 30
        invoices.modify(id) { invoice in
            invoice.status = .open
            invoice.number = number
            invoice.startingBalance = customer.balance
            invoice.endingBalance = customer.balance + invoice.total - invoice.amountDue
            invoice.effectiveAt = now
            invoice.transitions.finalized = now
            invoice.automaticallyFinalizesAt = nil
            if invoice.collectionMethod == "send_invoice" { invoice.dueDate = invoice.dueDate ?? now + daysUntilDue * 86_400 }
        }
        customers.modify(customer.id) { $0.nextInvoiceSequence += 1 }
        announce("invoice.finalized", \.invoices, id)
        setDueTimers(id)
        guard let invoice = invoices[id], let ending = invoice.endingBalance, ending != customer.balance else { return }
        moveBalance(
            of: customer.id, by: ending - customer.balance,
            type: invoice.amountDue == 0 && invoice.total > 0 && customer.balance >= 0
                ? "invoice_too_small" : "applied_to_invoice", currency: invoice.currency, invoice: id)
    }

    /// Books a movement of a customer's balance and tells of it.
    @discardableResult
    mutating func moveBalance(
        of customer: String, by amount: Int64, type: String, currency: String, invoice: String? = nil, creditNote: String? = nil,
        description: String? = nil, metadata: [String: String] = [:]
    ) -> String? {
        guard let owner = customers[customer] else { return nil }
        let transaction = BalanceTransaction(
            id: ids.id("cbtxn"), created: now(owner.testClock), customer: customer, amount: amount, currency: currency,
            endingBalance: owner.balance + amount, type: type, invoice: invoice, creditNote: creditNote, description: description,
            metadata: metadata)
        balanceTransactions.insert(transaction)
        change(\.customers, customer, "customer.updated") { customer in
            customer.balance = transaction.endingBalance
            customer.currency = customer.currency ?? currency
        }
        return transaction.id
    }

    /// Voids an invoice: what it took from the balance goes back, its intent is cancelled.
    mutating func void(_ id: String) {
        guard let invoice = invoices[id] else { return }
        let now = now(invoice.testClock)
        invoices.modify(id) { invoice in
            invoice.status = .void
            invoice.transitions.voided = now
            invoice.nextPaymentAttempt = nil
            invoice.isAutoAdvanced = false
        }
        announce("invoice.voided", \.invoices, id)
        if let ending = invoice.endingBalance, ending != invoice.startingBalance {
            moveBalance(
                of: invoice.customer, by: invoice.startingBalance - ending, type: "unapplied_from_invoice", currency: invoice.currency,
                invoice: id)
        }
        cancelIntent(of: invoice, reason: "void_invoice")
        releaseDebt(of: invoice)
    }

    /// A subscription whose newest invoice is owed no more goes on.
    mutating func releaseDebt(of invoice: Invoice) {
        guard let id = invoice.subscription, let subscription = subscriptions[id], subscription.latestInvoice == invoice.id,
            subscription.status == .pastDue || subscription.status == .unpaid
        else { return }
        customers.modify(invoice.customer) { $0.isDelinquent = false }
        change(\.subscriptions, id, "customer.subscription.updated") { $0.status = .active }
    }

    mutating func cancelIntent(of invoice: Invoice, reason: String) {
        guard let intent = invoice.paymentIntent, let status = paymentIntents[intent]?.status, status != "succeeded", status != "canceled"
        else { return }
        let now = now(invoice.testClock)
        paymentIntents.modify(intent) { intent in
            intent.status = "canceled"
            intent.canceledAt = now
            intent.cancellationReason = reason
        }
        for payment in paymentsOfInvoice[invoice.id] ?? [] {
            invoicePayments.modify(payment) { payment in
                payment.status = "canceled"
                payment.canceledAt = now
            }
        }
        announce("payment_intent.canceled", \.paymentIntents, intent)
    }

    /// The invoice that the next renewal of a subscription would make (STR-150).
    func preview(of subscription: Subscription) -> Invoice {
        var next = subscription
        let now = now(subscription.testClock)
        for index in next.items.indices where next.items[index].periodEnd == subscription.currentPeriodEnd {
            let item = next.items[index]
            next.items[index].periodStart = item.periodEnd
            next.items[index].periodEnd = periodEnd(ofPrice: item.price, from: item.periodEnd, anchor: subscription.billingCycleAnchor)
        }
        var generator = IDGenerator(seed: UInt64(bitPattern: subscription.currentPeriodEnd))
        let start = subscription.currentPeriodEnd
        let lines = lines(of: next, beginning: start) { generator.id("il_tmp") }
        var invoice = Invoice(
            id: "upcoming_in_\(generator.text(24))", created: subscription.currentPeriodEnd, customer: subscription.customer,
            subscription: subscription.id, subscriptionMetadata: subscription.metadata, billingReason: "upcoming",
            collectionMethod: subscription.collectionMethod, currency: subscription.currency, lines: lines,
            periodStart: subscription.currentPeriodStart, periodEnd: subscription.currentPeriodEnd, testClock: subscription.testClock)
        invoice.startingBalance = customers[subscription.customer]?.balance ?? 0
        invoice.lines += pendingItems(of: subscription.customer, subscription: subscription.id).map {
            $0.line(generator.id("il_tmp"), in: self)
        }
        invoice.discounts = discounts(of: subscription, at: subscription.currentPeriodEnd)
        invoice.defaultTaxRates = subscription.defaultTaxRates
        price(&invoice)
        invoice.nextPaymentAttempt = max(now, subscription.currentPeriodEnd + settings.draftDelay)
        return invoice
    }

    func periodEnd(ofPrice price: String, from start: Int64, anchor: Int64) -> Int64 {
        prices[price]?.interval?.end(ofPeriodFrom: start, anchor: anchor) ?? start
    }
}
