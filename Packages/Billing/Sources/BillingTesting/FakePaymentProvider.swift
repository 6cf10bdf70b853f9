public import Billing
public import Core
internal import Synchronization

/// A payment provider in memory, for tests that need its faults more than its protocol; the sandbox speaks the protocol.
///
/// It keeps what it was asked to make, replays repeated keys, and counts what took effect.
public final class FakePaymentProvider: PaymentProvider, Sendable {
    struct State {
        var number = 0
        var replies: [String: ProviderResult] = [:]
        var faults: [String: [ProviderOutcome]] = [:]
        var readFailures: [ProviderFailure] = []
        var effects: [String: Int] = [:]
        var sent: [(key: String, request: ProviderRequest)] = []
        var intents: [String: ProviderIntent] = [:]
        var prices: [ProviderID: ProviderPrice] = [:]
        var checkouts: [ProviderID: ProviderCheckout] = [:]
        var pricesOfCheckouts: [ProviderID: ProviderID] = [:]
        var subscriptions: [ProviderID: ProviderSubscription] = [:]
        var invoices: [ProviderID: [ProviderInvoice]] = [:]
        var wallets: [ProviderID: ProviderWallet] = [:]
        var refunds: [ProviderID: Int64] = [:]
        var setups: [ProviderID: ProviderSetup] = [:]
        /// The pages on which methods are added, with the customer and whether the method becomes the default.
        var setupPages: [ProviderID: (customer: ProviderID, makesDefault: Bool)] = [:]
        var productNames: [ProviderID: String] = [:]
        var gate: ReadGate?
        var events: [PulledEvent] = []
        var pageSize = 2
        var readsBeforeFailure = 0
        /// Where the next command of a kind waits.
        var commandGates: [String: (gate: ReadGate, isAfterEffect: Bool)] = [:]
        var refundList: [ProviderRefund] = []
        var disputes: [ProviderID: [ProviderDispute]] = [:]
        var refundStatus = Refund.Status.succeeded
        var balances: [ProviderID: [ProviderBalanceTransaction]] = [:]
    }

    let state = Mutex(State())
    private let dateSource: any DateSource

    /// Makes an empty provider.
    public init(dateSource: any DateSource) {
        self.dateSource = dateSource
    }

    var now: Instant { dateSource.now }

    // MARK: What a test arranges and asks

    /// The next commands of a kind end like this, in order, before anything takes effect; `.unknown` ones take effect all the same.
    public func fail(_ kind: String, with outcomes: ProviderOutcome...) {
        state.withLock { $0.faults[kind, default: []] += outcomes }
    }

    /// The next reads fail like this, in order.
    public func failReads(with failures: ProviderFailure...) {
        state.withLock { $0.readFailures += failures }
    }

    /// A later read fails, after some that do not.
    public func failReads(afterReads count: Int, with failure: ProviderFailure) {
        state.withLock { state in
            state.readsBeforeFailure = count
            state.readFailures.append(failure)
        }
    }

    /// Nothing goes wrong any more.
    public func recover() {
        state.withLock { state in
            state.faults = [:]
            state.readFailures = []
            state.readsBeforeFailure = 0
        }
    }

    /// The next command of a kind waits at a gate until a test lets it go: before anything takes effect, or before the answer is given.
    public func holdCommand(_ kind: String, afterEffect: Bool) -> ReadGate {
        let gate = ReadGate()
        state.withLock { $0.commandGates[kind] = (gate, afterEffect) }
        return gate
    }

    /// How often commands of a kind took effect.
    public func effects(of kind: String) -> Int {
        state.withLock { $0.effects[kind] ?? 0 }
    }

    /// All keys that were sent, in order, repeated ones too.
    public var sentKeys: [String] { state.withLock { $0.sent.map(\.key) } }

    /// What was given back in all.
    public var refunded: Int64 { state.withLock { $0.refunds.values.reduce(0, +) } }

    /// The page that was opened last.
    public var lastCheckout: ProviderCheckout? {
        state.withLock { state in state.checkouts.values.max { $0.id.rawValue < $1.id.rawValue } }
    }

    /// Lets a page ask for the price of another page, or for one that is nobody's: what is bought is not what the page was opened for.
    public func changePrice(of checkout: ProviderID, to other: ProviderID?) {
        state.withLock { state in
            state.pricesOfCheckouts[checkout] = other.flatMap { state.pricesOfCheckouts[$0] } ?? state.makeID("price")
        }
    }

    /// Charges another amount for every price, as somebody with access to the account could.
    public func changePrices(to amount: Int64) {
        state.withLock { state in
            state.prices = state.prices.mapValues { price in
                ProviderPrice(
                    id: price.id, product: price.product, amount: amount, currency: price.currency, interval: price.interval,
                    intervalCount: price.intervalCount, active: price.active, lookupKey: price.lookupKey)
            }
        }
    }

    // MARK: PaymentProvider

    /// A request that names the intent's command.
    public func request(for intent: ProviderIntent) -> ProviderRequest {
        ProviderRequest(method: "POST", path: "/fake/" + intent.command.kind, body: intent.object)
    }

    /// Does what is asked, once for each key.
    public func exchange(_ request: ProviderRequest, for intent: ProviderIntent, budget: CallBudget) async -> ProviderReply {
        let held = state.withLock { $0.commandGates.removeValue(forKey: intent.command.kind) }
        if let held, !held.isAfterEffect { await held.gate.pass() }
        let outcome = outcome(of: request, for: intent)
        if let held, held.isAfterEffect { await held.gate.pass() }
        let number = state.withLock { $0.sent.count }
        let exchange = ProviderExchange(
            attempt: 1, status: 200, requestID: "req_fake\(number)", originalRequest: nil, isReplay: false, milliseconds: 1)
        return ProviderReply(outcome, exchanges: [exchange])
    }

    private func outcome(of request: ProviderRequest, for intent: ProviderIntent) -> ProviderOutcome {
        state.withLock { state in
            state.sent.append((intent.key.description, request))
            if let known = state.replies[intent.key.description] { return .succeeded(known) }
            var fault: ProviderOutcome?
            if var faults = state.faults[intent.command.kind], !faults.isEmpty {
                fault = faults.removeFirst()
                state.faults[intent.command.kind] = faults
            }
            switch fault {
            case .succeeded, .none: break
            case .unknown: _ = state.perform(intent, now: now)
            case .refused, .retryLater: break
            }
            return fault ?? state.perform(intent, now: now)
        }
    }

    /// Finds what an intent made.
    public func readBack(_ intent: ProviderIntent, budget: CallBudget) async throws(ProviderFailure) -> ProviderReadBack {
        try await failRead()
        return state.withLock { state in state.replies[intent.key.description].map { .done($0) } ?? .notDone }
    }

    /// Reads a subscription.
    public func subscription(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderSubscription> {
        try await failRead()
        return state.withLock { $0.subscriptions[id].map { .found($0) } ?? .absent }
    }

    /// Reads a page.
    public func checkout(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderCheckout> {
        try await failRead()
        return state.withLock { $0.checkouts[id].map { .found($0) } ?? .absent }
    }

    /// Reads an invoice.
    public func invoice(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderInvoice> {
        try await failRead()
        return state.withLock { state in
            state.invoices.values.joined().first { $0.id == id }.map { .found($0) } ?? .absent
        }
    }

    /// Reads the invoice that a payment is for.
    public func invoice(
        paidBy payment: ProviderID, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderRead<ProviderInvoice> {
        try await failRead()
        return state.withLock { state in
            state.invoices.values.joined().first { $0.payments.contains { $0.intent == payment } }.map { .found($0) } ?? .absent
        }
    }

    /// Reads a product; it has the name that it was made with.
    public func product(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderProduct> {
        try await failRead()
        return state.withLock { $0.productNames[id].map { .found(ProviderProduct(id: id, name: $0, active: true)) } ?? .absent }
    }

    /// Reads a price.
    public func price(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderPrice> {
        try await failRead()
        return state.withLock { $0.prices[id].map { .found($0) } ?? .absent }
    }

    /// Reads a customer's methods.
    public func wallet(of customer: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderWallet> {
        try await failRead()
        return state.withLock { $0.wallets[customer].map { .found($0) } ?? .absent }
    }

    /// Reads an attempt to add a method.
    public func setup(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderSetup> {
        try await failRead()
        return state.withLock { $0.setups[id].map { .found($0) } ?? .absent }
    }

    /// All refunds of a payment.
    public func refunds(of payment: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderRefund] {
        try await failRead()
        return state.withLock { $0.refundList.reversed().filter { $0.payment == payment } }
    }

    /// All disputes of a payment.
    public func disputes(of payment: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderDispute] {
        try await failRead()
        return state.withLock { $0.disputes[payment] ?? [] }
    }

    /// The events that a test said were made since an instant, newest first.
    public func events(since instant: Instant, budget: CallBudget) async throws(ProviderFailure) -> [PulledEvent] {
        try await failRead()
        return state.withLock { $0.events.reversed().filter { $0.event.created >= instant } }
    }

    /// How many subscriptions stand on a page from now on; two until then.
    public func showSubscriptions(perPage count: Int) {
        state.withLock { $0.pageSize = count }
    }

    /// A part of all subscriptions.
    public func subscriptions(
        after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderSubscription> {
        try await failRead()
        return state.withLock { state in
            let all = state.subscriptions.values.sorted { $0.id.rawValue > $1.id.rawValue }
            let rest = id.map { id in all.filter { $0.id.rawValue < id.rawValue } } ?? all
            let page = Array(rest.prefix(state.pageSize))
            return ProviderPage(elements: page, next: rest.count > page.count ? page.last?.id : nil)
        }
    }

    /// Reads all invoices of a subscription.
    public func invoices(of subscription: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderInvoice] {
        try await failRead()
        return state.withLock { $0.invoices[subscription]?.reversed() ?? [] }
    }

    /// The next invoice is like the last.
    public func upcomingInvoice(of subscription: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderInvoice? {
        try await failRead()
        return state.withLock { state in
            state.subscriptions[subscription]?.endsAt == nil ? state.invoices[subscription]?.last : nil
        }
    }

    /// All invoices at once, as many as there are.
    public func invoices(
        madeSince instant: Instant?, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderInvoice> {
        try await failRead()
        return state.withLock { state in
            let all = state.invoices.values.flatMap(\.self).filter { invoice in
                instant.map { invoice.created >= $0 } ?? (invoice.status == .open)
            }
            return ProviderPage(elements: all.sorted { $0.id.rawValue > $1.id.rawValue }, next: nil)
        }
    }

    /// All refunds at once: none of them is old.
    public func refunds(
        madeSince instant: Instant, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderRefund> {
        try await failRead()
        return state.withLock { ProviderPage(elements: $0.refundList.reversed(), next: nil) }
    }

    /// All disputes at once.
    public func disputes(
        madeSince instant: Instant, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderPaymentDispute> {
        try await failRead()
        return state.withLock { state in
            let all = state.disputes.sorted { $0.key.rawValue > $1.key.rawValue }
            return ProviderPage(
                elements: all.flatMap { entry in entry.value.map { ProviderPaymentDispute(payment: entry.key, dispute: $0) } }, next: nil)
        }
    }

    /// A bill over the new price alone.
    public func preview(
        of change: ProviderCommand.PriceChange, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderInvoice {
        try await failRead()
        let bill = state.withLock { state -> ProviderInvoice? in
            guard let price = state.prices[change.price], let amount = price.amount, let currency = Currency(price.currency),
                let subscription = state.subscriptions[change.subscription]
            else { return nil }
            let line = InvoiceLine(description: "The new price", quantity: 1, amount: amount, period: subscription.period)
            return ProviderInvoice(
                id: ProviderID(""), customer: subscription.customer, subscription: subscription.id, number: nil, status: .draft,
                currency: currency, subtotal: amount, total: amount, amountDue: amount, amountPaid: 0, amountRemaining: amount,
                period: subscription.period, created: change.from, dueDate: nil, paidAt: nil, hostedURL: nil, pdfURL: nil,
                nextAttempt: nil, lines: [line], payments: [])
        }
        guard let bill else { throw ProviderFailure(kind: .refused) }
        return bill
    }

    private func failRead() async throws(ProviderFailure) {
        if let gate = state.withLock({ $0.gate }) { await gate.pass() }
        let failure = state.withLock { state -> ProviderFailure? in
            guard !state.readFailures.isEmpty else { return nil }
            guard state.readsBeforeFailure == 0 else {
                state.readsBeforeFailure -= 1
                return nil
            }
            return state.readFailures.removeFirst()
        }
        if let failure { throw failure }
    }
}
