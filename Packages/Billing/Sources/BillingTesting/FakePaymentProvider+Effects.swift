internal import Billing
internal import Core

extension FakePaymentProvider.State {
    /// Makes an id that sorts by when it was made and is long enough to be shortened in print.
    mutating func makeID(_ prefix: String) -> ProviderID {
        number += 1
        let digits = String(number)
        return ProviderID(prefix + "_fake" + String(repeating: "0", count: 12 - digits.count) + digits)
    }

    /// Does what an intent asks and keeps the answer under its key.
    mutating func perform(_ intent: ProviderIntent, now: Instant) -> ProviderOutcome {
        let outcome = result(of: intent, now: now)
        if case .succeeded(let result) = outcome {
            replies[intent.key.description] = result
            effects[intent.command.kind, default: 0] += 1
        }
        return outcome
    }

    private mutating func result(of intent: ProviderIntent, now: Instant) -> ProviderOutcome {
        let tags = ProviderTags(
            intent: intent.id.description, org: intent.org?.description, subscription: intent.command.taggedSubscription?.description)
        switch intent.command {
        case .createCustomer:
            let id = makeID("cus")
            wallets[id] = ProviderWallet(methods: [], defaultMethod: nil)
            return .succeeded(.customer(id))
        case .updateCustomer(let spec): return .succeeded(.customer(spec.customer))
        case .createProduct(let spec):
            let id = makeID("prod")
            productNames[id] = spec.name
            return .succeeded(.product(id))
        case .renameProduct(let id, let name):
            productNames[id] = name
            return .succeeded(.product(id))
        case .createPrice(let spec):
            let price = ProviderPrice(
                id: makeID("price"), product: spec.product, amount: spec.amount.minorUnits, currency: spec.amount.currency.code,
                interval: spec.interval == .annual ? "year" : "month", intervalCount: 1, active: true, lookupKey: spec.lookupKey)
            prices[price.id] = price
            return .succeeded(.price(price))
        case .openCheckout(let spec):
            let id = makeID("cs_test")
            let checkout = ProviderCheckout(
                id: id, url: "https://pay.example/" + id.rawValue, status: .open, paymentStatus: .unpaid, customer: spec.customer,
                subscription: nil, tags: tags, expiresAt: spec.expiresAt)
            checkouts[id] = checkout
            pricesOfCheckouts[id] = spec.price
            return .succeeded(.checkout(checkout))
        case .expireCheckout(let id): return close(id)
        case .createSubscription(let spec):
            let subscription = start(spec.customer, spec.price, tags: tags, now: spec.period?.start ?? now)
            return .succeeded(.subscription(subscription))
        case .cancelAtPeriodEnd(let id):
            return change(id) { current in
                var next = current.changing(endsAt: current.period?.end)
                if current.endsAt == nil { next.terms?.canceledAt = now }
                next.terms?.isFlagged = true
                return next
            }
        case .cancelNow(let id):
            guard subscriptions[id]?.status != .canceled else { return .succeeded(.subscriptionGone) }
            return change(id) { $0.changing(status: .canceled, endedAt: now) }
        case .takeBackEnd(let id):
            return change(id) { current in
                var next = current.changing(endsAt: nil)
                next.terms?.canceledAt = nil
                next.terms?.isFlagged = false
                return next
            }
        case .setIdleEnd(let end):
            return change(end.subscription) { current in
                var next = current.changing(endsAt: current.period?.end)
                if current.endsAt == nil { next.terms?.canceledAt = now }
                next.terms?.isFlagged = true
                next.terms?.idleMark = end.mark
                return next
            }
        case .clearIdleEnd(let end):
            return change(end.subscription) { current in
                var next = current.changing(endsAt: nil)
                next.terms?.canceledAt = nil
                next.terms?.isFlagged = false
                next.terms?.idleMark = nil
                return next
            }
        case .clearIdleMark(let end):
            return change(end.subscription) { current in
                var next = current
                next.terms?.idleMark = nil
                return next
            }
        case .refund(let spec):
            refunds[spec.payment, default: 0] += spec.amount.minorUnits
            let refund = ProviderRefund(
                id: makeID("re"), payment: spec.payment, amount: spec.amount, status: refundStatus, tags: tags)
            refundList.append(refund)
            return .succeeded(.refund(refund.id, status: refundStatus.rawValue))
        case .moveBalance(let move):
            let id = changeBalance(
                of: move.customer, by: move.providerAmount, type: "adjustment", currency: move.amount.currency, invoice: nil, tags: tags)
            return .succeeded(.balanceTransaction(id))
        case .issueCreditNote(let move, let invoice): return issueCreditNote(move, on: invoice)
        case .openPortal: return .succeeded(.portal(url: "https://portal.example/"))
        case .openSetup(let spec):
            let id = makeID("cs_test")
            setupPages[id] = (spec.customer, spec.makesDefault)
            let page = ProviderCheckout(
                id: id, url: "https://pay.example/" + id.rawValue, status: .open, paymentStatus: .noPaymentRequired,
                customer: spec.customer, subscription: nil, tags: tags, expiresAt: nil)
            return .succeeded(.checkout(page))
        case .setDefaultMethod(let customer, let method):
            wallets[customer] = ProviderWallet(methods: wallets[customer]?.methods ?? [], defaultMethod: method)
            return .succeeded(.customer(customer))
        case .setSubscriptionMethod(let id, let method): return change(id) { $0.changing(defaultMethod: method) }
        case .detachMethod(let method):
            wallets = wallets.mapValues { wallet in
                ProviderWallet(
                    methods: wallet.methods.filter { $0.id != method },
                    defaultMethod: wallet.defaultMethod == method ? nil : wallet.defaultMethod)
            }
            return .succeeded(.method(method))
        case .changePrice(let spec): return change(spec.subscription) { $0.changing(price: spec.price) }
        case .payInvoice(let id): return collect(id, now: now)
        }
    }

    /// Pays an open invoice, and with it what was owed for its subscription.
    mutating func collect(_ id: ProviderID, now: Instant) -> ProviderOutcome {
        for (subscription, list) in invoices {
            guard let index = list.firstIndex(where: { $0.id == id }) else { continue }
            let paid = list[index].paid(by: makeID("pi"), at: now)
            invoices[subscription]?[index] = paid
            if let current = subscriptions[subscription] {
                subscriptions[subscription] = current.changing(period: current.period, latestInvoice: paid, status: .active)
            }
            return .succeeded(.invoice(paid))
        }
        return .refused(ProviderRefusal(kind: .missing, code: "resource_missing"))
    }

    private mutating func close(_ id: ProviderID) -> ProviderOutcome {
        guard let checkout = checkouts[id] else { return .refused(ProviderRefusal(kind: .missing, code: "resource_missing")) }
        if checkout.status == .complete { return .succeeded(.closure(.complete)) }
        checkouts[id] = checkout.changing(status: .expired)
        return .succeeded(.closure(.expired))
    }

    private mutating func change(_ id: ProviderID, _ change: (ProviderSubscription) -> ProviderSubscription) -> ProviderOutcome {
        guard let subscription = subscriptions[id] else { return .succeeded(.subscriptionGone) }
        let changed = change(subscription)
        subscriptions[id] = changed
        return .succeeded(.subscription(changed))
    }

    /// Starts a subscription whose first month is paid.
    mutating func start(_ customer: ProviderID, _ price: ProviderID, tags: ProviderTags, now: Instant) -> ProviderSubscription {
        let id = makeID("sub")
        let period = Period(start: now, end: now.addingMonths(1, anchoredOnDay: now.calendarDate.day))
        let invoice = makeInvoice(customer, id, amount: prices[price]?.amount ?? 0, period: period, status: .paid, now: now)
        var subscription = ProviderSubscription(
            id: id, customer: customer, status: .active, tags: tags, item: makeID("si"), price: price, period: period, trialEnd: nil,
            endsAt: nil, endedAt: nil, cancellationReason: nil, latestInvoice: invoice, defaultMethod: nil)
        subscription.terms = ProviderTerms(startedAt: now, intervalUnit: "month", intervalCount: 1)
        subscriptions[id] = subscription
        return subscription
    }

    mutating func makeInvoice(
        _ customer: ProviderID, _ subscription: ProviderID, amount: Int64, period: Period?, status: Invoice.Status, now: Instant
    ) -> ProviderInvoice {
        let isPaid = status == .paid
        let invoice = ProviderInvoice(
            id: makeID("in"), customer: customer, subscription: subscription, number: "FAKE-\(number)", status: status, currency: .usd,
            subtotal: amount, total: amount, amountDue: amount, amountPaid: isPaid ? amount : 0, amountRemaining: isPaid ? 0 : amount,
            period: period, created: now, dueDate: nil, paidAt: isPaid ? now : nil, hostedURL: "https://pay.example/invoice",
            pdfURL: nil, nextAttempt: isPaid ? nil : now + .days(3),
            lines: [InvoiceLine(description: "1 × a plan", quantity: 1, amount: amount, period: period)],
            payments: isPaid && amount > 0 ? [.init(intent: makeID("pi"), amount: amount)] : [])
        invoices[subscription, default: []].append(invoice)
        return invoice
    }
}

extension ProviderCommand {
    var taggedSubscription: Subscription.ID? {
        switch self {
        case .openCheckout(let spec): spec.subscription
        case .createSubscription(let spec): spec.subscription
        case .refund(let spec): spec.subscription
        default: nil
        }
    }
}

extension ProviderCheckout {
    func changing(status: Status, paymentStatus: PaymentStatus? = nil, subscription: ProviderID? = nil) -> ProviderCheckout {
        ProviderCheckout(
            id: id, url: url, status: status, paymentStatus: paymentStatus ?? self.paymentStatus, customer: customer,
            subscription: subscription ?? self.subscription, tags: tags, expiresAt: expiresAt)
    }
}

extension ProviderInvoice {
    func paid(by payment: ProviderID, at now: Instant) -> ProviderInvoice {
        ProviderInvoice(
            id: id, customer: customer, subscription: subscription, number: number, status: .paid, currency: currency, subtotal: subtotal,
            total: total, amountDue: amountDue, amountPaid: amountDue, amountRemaining: 0, period: period, created: created,
            dueDate: dueDate, paidAt: now, hostedURL: hostedURL, pdfURL: pdfURL, nextAttempt: nil, lines: lines,
            payments: [.init(intent: payment, amount: amountDue)])
    }
}

extension ProviderSubscription {
    func changing(defaultMethod: ProviderID) -> ProviderSubscription {
        var next = ProviderSubscription(
            id: id, customer: customer, status: status, tags: tags, item: item, price: price, period: period, trialEnd: trialEnd,
            endsAt: endsAt, endedAt: endedAt, cancellationReason: cancellationReason, latestInvoice: latestInvoice,
            defaultMethod: defaultMethod)
        next.terms = terms
        return next
    }

    func changing(price: ProviderID) -> ProviderSubscription {
        var next = ProviderSubscription(
            id: id, customer: customer, status: status, tags: tags, item: item, price: price, period: period, trialEnd: trialEnd,
            endsAt: endsAt, endedAt: endedAt, cancellationReason: cancellationReason, latestInvoice: latestInvoice,
            defaultMethod: defaultMethod)
        next.terms = terms
        return next
    }
    func changing(status: Status? = nil, endsAt: Instant?, endedAt: Instant? = nil) -> ProviderSubscription {
        var next = ProviderSubscription(
            id: id, customer: customer, status: status ?? self.status, tags: tags, item: item, price: price, period: period,
            trialEnd: trialEnd, endsAt: endsAt, endedAt: endedAt ?? self.endedAt, cancellationReason: cancellationReason,
            latestInvoice: latestInvoice, defaultMethod: defaultMethod)
        next.terms = terms
        return next
    }

    func changing(status: Status, endedAt: Instant? = nil, reason: String? = nil) -> ProviderSubscription {
        var next = ProviderSubscription(
            id: id, customer: customer, status: status, tags: tags, item: item, price: price, period: period, trialEnd: trialEnd,
            endsAt: endsAt, endedAt: endedAt ?? self.endedAt, cancellationReason: reason ?? cancellationReason,
            latestInvoice: latestInvoice, defaultMethod: defaultMethod)
        next.terms = terms
        return next
    }

    func changing(period: Period?, latestInvoice: ProviderInvoice, status: Status) -> ProviderSubscription {
        var next = ProviderSubscription(
            id: id, customer: customer, status: status, tags: tags, item: item, price: price, period: period, trialEnd: trialEnd,
            endsAt: endsAt, endedAt: endedAt, cancellationReason: cancellationReason, latestInvoice: latestInvoice,
            defaultMethod: defaultMethod)
        next.terms = terms
        return next
    }
}
