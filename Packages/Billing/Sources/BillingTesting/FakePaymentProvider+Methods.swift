public import Billing
public import Core
internal import Synchronization

/// What customers do about their methods, and what prices are changed to, without us.
extension FakePaymentProvider {
    /// A customer adds a card on a page that was opened for it, or fails to.
    ///
    /// - Returns: the attempt; `nil` when there is no such page.
    @discardableResult
    public func addMethod(on page: ProviderID, succeeding: Bool = true) -> (setup: ProviderID, method: ProviderID)? {
        state.withLock { state in
            guard let (customer, makesDefault) = state.setupPages[page] else { return nil }
            let method = ProviderMethod(
                id: state.makeID("pm"), type: "card", brand: "mastercard", last4: "4444", expiryMonth: 12, expiryYear: 2031)
            let setup = ProviderSetup(
                id: state.makeID("seti"), customer: customer, method: succeeding ? method.id : nil, isSucceeded: succeeding,
                makesDefault: makesDefault)
            state.setups[setup.id] = setup
            if succeeding {
                let wallet = state.wallets[customer]
                state.wallets[customer] = ProviderWallet(
                    methods: (wallet?.methods ?? []) + [method], defaultMethod: wallet?.defaultMethod ?? method.id)
            }
            return (setup.id, method.id)
        }
    }

    /// Somebody with access to the account gives a subscription another price.
    public func changePrice(ofSubscription id: ProviderID, to price: ProviderID) {
        state.withLock { state in
            guard let current = state.subscriptions[id] else { return }
            state.subscriptions[id] = current.changing(price: price)
        }
    }

    /// Nothing that was to be changed waits for its payment any more.
    public func endPendingUpdate(of id: ProviderID) {
        state.withLock { state in
            guard var next = state.subscriptions[id] else { return }
            next.terms = next.terms ?? ProviderTerms()
            next.terms?.hasPendingUpdate = false
            state.subscriptions[id] = next
        }
    }

    /// Somebody pauses a subscription, or lets it go on.
    public func pause(_ id: ProviderID, isPaused: Bool) {
        state.withLock { state in
            guard let current = state.subscriptions[id] else { return }
            state.subscriptions[id] = current.changing(status: isPaused ? .paused : .active)
        }
    }

    /// Shows a subscription in another status, as after a retry or a setting of the account.
    public func show(_ id: ProviderID, as status: ProviderSubscription.Status) {
        state.withLock { state in
            guard let current = state.subscriptions[id] else { return }
            state.subscriptions[id] = current.changing(status: status)
        }
    }

    /// A customer completes a page with a method whose money comes later.
    ///
    /// - Returns: the subscription that came of it.
    @discardableResult
    public func payLater(_ checkout: ProviderID) -> ProviderID? {
        guard let id = pay(checkout) else { return nil }
        state.withLock { state in
            guard let page = state.checkouts[checkout], let current = state.subscriptions[id], let invoice = state.invoices[id]?.last
            else { return }
            let open = invoice.unpaid()
            state.invoices[id] = [open]
            state.checkouts[checkout] = page.changing(status: .complete, paymentStatus: .unpaid)
            state.subscriptions[id] = current.changing(period: current.period, latestInvoice: open, status: .active)
        }
        return id
    }

    /// The money of such a method came, or will never come.
    public func settleLater(_ checkout: ProviderID, paid: Bool) {
        state.withLock { state in
            guard let page = state.checkouts[checkout], let id = page.subscription, let current = state.subscriptions[id],
                let invoice = state.invoices[id]?.last
            else { return }
            let settled = paid ? invoice.paid(by: state.makeID("pi"), at: now) : invoice
            state.invoices[id] = [settled]
            state.checkouts[checkout] = page.changing(status: .complete, paymentStatus: paid ? .paid : .unpaid)
            state.subscriptions[id] = current.changing(
                period: current.period, latestInvoice: settled, status: paid ? .active : .pastDue)
        }
    }

    /// The method that a subscription is charged with.
    public func chargedMethod(of id: ProviderID) -> ProviderID? {
        state.withLock { $0.subscriptions[id]?.defaultMethod }
    }

    /// The page for a method that was opened last.
    public var lastSetupPage: ProviderID? {
        state.withLock { state in state.setupPages.keys.max { $0.rawValue < $1.rawValue } }
    }

    /// The newest invoice of a subscription.
    public func lastInvoice(of id: ProviderID) -> ProviderID? {
        state.withLock { $0.invoices[id]?.last?.id }
    }

    /// The provider tries to collect the newest invoice once more and fails again.
    public func failAgain(_ id: ProviderID) {
        state.withLock { state in
            guard var invoice = state.invoices[id]?.popLast(), let current = state.subscriptions[id] else { return }
            invoice.attemptCount = (invoice.attemptCount ?? 1) + 1
            state.invoices[id]?.append(invoice)
            state.subscriptions[id] = current.changing(period: current.period, latestInvoice: invoice, status: .pastDue)
        }
    }

    /// A paid invoice of the same customer, for a subscription that we did not make.
    public func strayInvoice(ofCustomerOf id: ProviderID) -> ProviderID? {
        state.withLock { state in
            guard let customer = state.subscriptions[id]?.customer else { return nil }
            let foreign = state.makeID("sub")
            return state.makeInvoice(customer, foreign, amount: 100, period: nil, status: .paid, now: now).id
        }
    }

    /// Lets every read wait until the gate is opened.
    public func holdReads() -> ReadGate {
        let gate = ReadGate()
        state.withLock { $0.gate = gate }
        return gate
    }

    /// Makes an event that is in the provider's list, whether it is delivered or not.
    @discardableResult
    public func makeEvent(_ type: String, _ object: ProviderID) -> ProviderID {
        state.withLock { state in
            let id = state.makeID("evt")
            let event = VerifiedEvent(
                provider: "stripe", id: id, type: type, apiVersion: nil, livemode: false, created: now, objectID: object, objectType: nil,
                references: .init())
            state.events.append(PulledEvent(event: event, body: Array("{}".utf8)))
            return id
        }
    }

    /// Forgets a subscription, as an account that was restored from an older day would.
    public func lose(_ id: ProviderID) {
        state.withLock { $0.subscriptions[id] = nil }
    }

    /// Starts a subscription by hand for the customer of another one.
    public func startByHand(likeThatOf id: ProviderID) -> ProviderID? {
        state.withLock { state in
            guard let like = state.subscriptions[id], let price = like.price else { return nil }
            return state.start(like.customer, price, tags: ProviderTags(), now: now).id
        }
    }

    /// The payment of the newest invoice of a subscription.
    public func payment(of id: ProviderID) -> ProviderID? {
        state.withLock { $0.invoices[id]?.last?.payments.first?.intent }
    }

    /// Somebody with access to the account gives money back.
    @discardableResult
    public func refundByHand(_ payment: ProviderID, amount: Int64) -> ProviderID {
        state.withLock { state in
            let refund = ProviderRefund(
                id: state.makeID("re"), payment: payment, amount: Money(minorUnits: amount, currency: .usd), status: .succeeded,
                tags: ProviderTags())
            state.refundList.append(refund)
            return refund.id
        }
    }

    /// Refunds that are asked for from now on begin with this status.
    public func startRefunds(as status: Refund.Status) {
        state.withLock { $0.refundStatus = status }
    }

    /// Every refund of a payment comes to another status.
    public func moveRefunds(of payment: ProviderID, to status: Refund.Status) {
        state.withLock { state in
            state.refundList = state.refundList.map { refund in
                guard refund.payment == payment else { return refund }
                return ProviderRefund(id: refund.id, payment: payment, amount: refund.amount, status: status, tags: refund.tags)
            }
        }
    }

    /// Forgets a customer and ends what it paid for, as its deletion does.
    public func deleteCustomer(of id: ProviderID) -> ProviderID? {
        state.withLock { state in
            guard let customer = state.subscriptions[id]?.customer else { return nil }
            state.wallets[customer] = nil
            for subscription in state.subscriptions.values where subscription.customer == customer {
                state.subscriptions[subscription.id] = subscription.changing(status: .canceled, endedAt: now, reason: nil)
            }
            return customer
        }
    }

    /// The cards of a customer change: a new expiry, or none are left.
    public func changeCards(ofCustomerOf id: ProviderID, _ change: (ProviderMethod) -> ProviderMethod?) -> ProviderID? {
        state.withLock { state in
            guard let customer = state.subscriptions[id]?.customer, let wallet = state.wallets[customer] else { return nil }
            let methods = wallet.methods.compactMap(change)
            state.wallets[customer] = ProviderWallet(methods: methods, defaultMethod: methods.first?.id)
            return customer
        }
    }

    /// The next renewal is prepared: a draft without a number.
    public func draftRenewal(_ id: ProviderID) -> ProviderID? {
        state.withLock { state in
            guard let current = state.subscriptions[id], let period = current.period else { return nil }
            let draft = state.makeInvoice(current.customer, id, amount: 9_900, period: period, status: .draft, now: now)
            let unnumbered = draft.finalised(as: nil, .draft, dueDate: nil)
            state.invoices[id]?.removeLast()
            state.invoices[id]?.append(unnumbered)
            return unnumbered.id
        }
    }

    /// The draft becomes an invoice with a number and a date to pay it by.
    public func finaliseRenewal(_ id: ProviderID, as number: String, dueDate: Instant) {
        state.withLock { state in
            guard let draft = state.invoices[id]?.popLast() else { return }
            state.invoices[id]?.append(draft.finalised(as: number, .open, dueDate: dueDate))
        }
    }

    /// The names of all products.
    public var productNames: [String] { state.withLock { $0.productNames.values.sorted() } }
}

extension ProviderInvoice {
    func finalised(as number: String?, _ status: Invoice.Status, dueDate: Instant?) -> ProviderInvoice {
        ProviderInvoice(
            id: id, customer: customer, subscription: subscription, number: number, status: status, currency: currency, subtotal: subtotal,
            total: total, amountDue: amountDue, amountPaid: 0, amountRemaining: amountDue, period: period, created: created,
            dueDate: dueDate, paidAt: nil, hostedURL: status == .draft ? nil : "https://pay.example/invoice", pdfURL: pdfURL,
            nextAttempt: nil, lines: lines,
            payments: [])
    }

    func unpaid() -> ProviderInvoice {
        ProviderInvoice(
            id: id, customer: customer, subscription: subscription, number: number, status: .open, currency: currency, subtotal: subtotal,
            total: total, amountDue: amountDue, amountPaid: 0, amountRemaining: amountDue, period: period, created: created,
            dueDate: dueDate, paidAt: nil, hostedURL: hostedURL, pdfURL: pdfURL, nextAttempt: nil, lines: lines, payments: [])
    }
}
