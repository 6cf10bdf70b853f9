public import Billing
internal import Core
internal import Synchronization

/// What happens at the provider without us: customers pay, months pass, cards fail.
extension FakePaymentProvider {
    /// A customer pays a page with a good card.
    ///
    /// - Returns: the subscription that came of it; `nil` when the page cannot be paid.
    @discardableResult
    public func pay(_ checkout: ProviderID) -> ProviderID? {
        state.withLock { state in
            guard let open = state.checkouts[checkout], open.status == .open, let customer = open.customer,
                let price = state.pricesOfCheckouts[checkout]
            else { return nil }
            let method = ProviderMethod(
                id: state.makeID("pm"), type: "card", brand: "visa", last4: "4242", expiryMonth: 12, expiryYear: 2030)
            state.wallets[customer] = ProviderWallet(methods: [method], defaultMethod: method.id)
            let subscription = state.start(customer, price, tags: open.tags, now: now)
            state.checkouts[checkout] = open.changing(status: .complete, paymentStatus: .paid, subscription: subscription.id)
            return subscription.id
        }
    }

    /// A page that had expired turns out to have been paid all the same.
    public func payLate(_ checkout: ProviderID) -> ProviderID? {
        state.withLock { state in
            guard let page = state.checkouts[checkout] else { return }
            state.checkouts[checkout] = page.changing(status: .open)
        }
        return pay(checkout)
    }

    /// The time of a page runs out.
    public func expire(_ checkout: ProviderID) {
        state.withLock { state in
            guard let open = state.checkouts[checkout], open.status == .open else { return }
            state.checkouts[checkout] = open.changing(status: .expired)
        }
    }

    /// A month passes: the next period is billed, and paid or not.
    ///
    /// - Returns: the invoice of it.
    @discardableResult
    public func renew(_ subscription: ProviderID, paid: Bool) -> ProviderID? {
        state.withLock { state in
            guard let current = state.subscriptions[subscription], let period = current.period else { return nil }
            let day = period.start.calendarDate.day
            let next = Period(start: period.end, end: period.end.addingMonths(1, anchoredOnDay: day))
            let amount = current.price.flatMap { state.prices[$0]?.amount } ?? 0
            let invoice = state.makeInvoice(
                current.customer, subscription, amount: amount, period: next, status: paid ? .paid : .open, now: now)
            state.subscriptions[subscription] = current.changing(
                period: next, latestInvoice: invoice, status: paid ? .active : .pastDue)
            return invoice.id
        }
    }

    /// What was owed is paid.
    public func settleDebt(of subscription: ProviderID) {
        state.withLock { state in
            guard let current = state.subscriptions[subscription] else { return }
            state.subscriptions[subscription] = current.changing(status: .active)
        }
    }

    /// The provider ends a subscription by itself.
    public func end(_ subscription: ProviderID, reason: String?) {
        state.withLock { state in
            guard let current = state.subscriptions[subscription] else { return }
            state.subscriptions[subscription] = current.changing(status: .canceled, endedAt: now, reason: reason)
        }
    }

    /// The customer plans the end in the hosted pages, or takes it back.
    public func planEnd(_ subscription: ProviderID, isPlanned: Bool) {
        state.withLock { state in
            guard let current = state.subscriptions[subscription] else { return }
            var next = current.changing(endsAt: isPlanned ? current.period?.end : nil)
            next.terms?.isFlagged = isPlanned
            next.terms?.canceledAt = isPlanned ? now : nil
            state.subscriptions[subscription] = next
        }
    }

    /// Every subscription that is not over.
    public var runningSubscriptions: [ProviderID] {
        state.withLock { state in
            state.subscriptions.values.filter { $0.status != .canceled }.map(\.id).sorted { $0.rawValue < $1.rawValue }
        }
    }
}
