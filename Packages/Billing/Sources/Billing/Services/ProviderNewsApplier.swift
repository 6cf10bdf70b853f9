internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

/// Applies what was read of the provider to our rows, in one transaction with everything that follows from it (STR-068).
struct ProviderNewsApplier<Transaction: BillingTransaction>: Sendable {
    let writer: SubscriptionWriter<Transaction>

    /// What came of it.
    enum Outcome: Sendable, Hashable {
        case applied(ResolvedEvent)
        case ignored(ResolvedEvent?)
        /// A newer read was applied before.
        case stale(ResolvedEvent)
        /// Nothing here belongs to it, or not yet.
        case unresolved
        case unknownWord(ResolvedEvent)
        case forbidden(ResolvedEvent)
        /// A running subscription has a price that is none of ours.
        case foreignPrice(ResolvedEvent)
    }

    /// The price of a running subscription was changed by somebody else; what it grants stays what it is (BIL-070).
    struct ForeignPrice: Error {}

    private var catalogue: Catalogue { writer.catalogue }
    private var now: Instant { writer.dateSource.now }

    func apply(_ news: ProviderNews, event: InboundEvent.ID?, in transaction: Transaction) async throws -> Outcome {
        if let (payment, list) = news.refunds { return try await apply(list, ofPayment: payment, event: event, in: transaction) }
        if let (payment, list) = news.disputes {
            return try await apply(disputes: list, ofPayment: payment, event: event, in: transaction)
        }
        if let gone = news.goneInvoice {
            guard let org = try await transaction.dropDraft(ofProvider: gone) else { return .ignored(nil) }
            return .applied(ResolvedEvent(org: org, subscription: nil))
        }
        if let (id, object) = news.price { return try await compare(price: id, with: object, in: transaction) }
        if let (id, object) = news.product { return try await compare(product: id, with: object, in: transaction) }
        guard let target = try await resolve(news, in: transaction) else { return news.isHint ? .ignored(nil) : .unresolved }
        let customer = try await transaction.lockCustomer(of: target.org, currency: catalogue.currency, now: now)
        if let contact = news.contact { try await compare(contact: contact, of: customer, in: transaction) }
        if news.isFinalizationFailure, let invoice = news.invoice {
            try await noteFinalizationFailure(of: invoice, org: target.org, in: transaction)
        }
        var cause = event.map(SubscriptionCause.event) ?? .system("provider")
        cause.isProviderNews = true
        if let wallet = news.wallet { try await apply(wallet.contents, org: target.org, cause: cause, in: transaction) }
        if let gone = news.goneCustomer { try await forget(gone, org: target.org, cause: cause, in: transaction) }
        if news.balance != nil {
            let cause = event?.description ?? "balance"
            if news.isOverpaid {
                try await writer.money.look(at: target.org, because: cause, in: transaction)
            } else {
                try await writer.money.carry(target.org, because: cause, in: transaction)
            }
            return .applied(target)
        }
        if let setup = news.setup { try await apply(setup, org: target.org, cause: cause, in: transaction) }
        guard let id = target.subscription, var row = try await transaction.lockedSubscription(id) else {
            try await mirror(news, row: nil, org: target.org, cause: cause, in: transaction)
            return news.wallet == nil && news.invoices.isEmpty && news.goneCustomer == nil && news.setup == nil
                ? .ignored(target) : .applied(target)
        }
        if news.announcesRenewal {
            try await announceRenewal(of: row, news, in: transaction)
            try await writer.idle?.renewalAnnounced(of: row, by: event, in: transaction)
        }
        if news.isTrialEnding, news.subscription?.status == .trialing { try await announceRenewal(of: row, news, in: transaction) }
        if let checkout = news.checkout { try await apply(checkout, to: row, cause: cause, in: transaction) }
        try await mirror(news, row: row, org: target.org, cause: cause, in: transaction)
        guard news.readNumber > row.readNumber else { return .stale(target) }
        row.readNumber = news.readNumber
        do {
            try await move(&row, by: news, cause: cause, in: transaction)
        } catch is ProviderNewsDecision.UnknownWord {
            return .unknownWord(target)
        } catch is ForeignPrice {
            return .foreignPrice(target)
        } catch is SubscriptionRefusal {
            return .forbidden(target)
        }
        return .applied(target)
    }

    // MARK: Whom it concerns

    /// Our own id on the object, then stored ids, then the customer's only subscription, and that only for invoices (STR-066).
    private func resolve(_ news: ProviderNews, in transaction: Transaction) async throws -> ResolvedEvent? {
        if let assigned = news.assigned { return ResolvedEvent(org: assigned.org, subscription: assigned.subscription) }
        if let tagged = news.taggedSubscription, let row = try await transaction.subscription(tagged) {
            return ResolvedEvent(org: row.org, subscription: row.id)
        }
        if let session = news.checkout?.id, let checkout = try await transaction.checkout(ofSession: session) {
            return ResolvedEvent(org: checkout.org, subscription: checkout.subscription)
        }
        if let id = news.subscriptionID, let row = try await transaction.subscription(ofProvider: id) {
            return ResolvedEvent(org: row.org, subscription: row.id)
        }
        guard let customer = news.customer, let org = try await transaction.org(ofProviderCustomer: customer) else { return nil }
        if news.invoice != nil, news.subscriptionID != nil {
            let candidates = try await transaction.liveSubscriptions(of: org).filter { $0.backing?.isCardBilled == true }
            return candidates.count == 1 ? candidates.first.map { ResolvedEvent(org: org, subscription: $0.id) } : nil
        }
        return news.subscriptionID == nil ? ResolvedEvent(org: org, subscription: nil) : nil
    }

    // MARK: The page

    private func apply(
        _ news: ProviderCheckout, to row: Subscription, cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        guard var checkout = try await transaction.lockedCheckout(of: row.id), checkout.session == nil || checkout.session == news.id
        else { return }
        let before = checkout.state
        checkout.session = news.id
        checkout.paymentStatus = news.paymentStatus?.rawValue
        switch news.status {
        case .complete: checkout.state = .complete
        case .expired where before != .complete && before != .retired: checkout.state = .expired
        default: break
        }
        try await transaction.save(checkout)
        guard checkout.state != before else { return }
        if checkout.state == .complete {
            let isLate = before == .retired || row.isTerminal
            try await transaction.record(CheckoutCompletedEntry(checkout: checkout, cause: cause.event), by: cause.actor)
            if isLate { try await transaction.record(CheckoutPaidLateEntry(checkout: checkout, cause: cause.event), by: cause.actor) }
        } else {
            try await transaction.record(CheckoutExpiredEntry(checkout: checkout, cause: cause.event), by: cause.actor)
        }
        if checkout.state == .complete || checkout.state == .expired { try await transaction.publish(CheckoutEnded(checkout)) }
    }

    // MARK: The subscription

    private func move(
        _ row: inout Subscription, by news: ProviderNews, cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        if try await leaveToIdle(&row, news, in: transaction) { return }
        if try await isDebtOfBefore(row, settledBy: news, in: transaction) {
            row = try await writer.apply(.paymentRecovered, to: row, because: cause, in: transaction)
        }
        var outcome = ProviderNewsDecision.Outcome()
        if let subscription = news.subscription {
            let policies = catalogue.plans[row.plan.key]?.policies
            outcome = try ProviderNewsDecision.decide(row, by: subscription, policies: policies, now: now)
            if outcome.isStart, let price = subscription.price, try await !follow(price, &row, cause: cause, in: transaction) {
                outcome = ProviderNewsDecision.Outcome(mustBeUndone: true)
            }
            if outcome.isStart, try await isTaken(row, in: transaction) { outcome = ProviderNewsDecision.Outcome(mustBeUndone: true) }
            // While the plan changes both prices are ours to expect: which of them is charged is looked at below.
            if row.startedAt != nil, !row.isTerminal, row.status != .upgrading, subscription.id == row.providerLink?.subscription,
                let price = subscription.price,
                let own = row.providerLink?.price, price != own
            {
                throw ForeignPrice()
            }
            if !outcome.mustBeUndone { note(subscription, in: &row) }
        } else if let gone = news.goneSubscription, row.providerLink?.subscription == gone {
            if row.conversion == .netTerms, [.active, .pastDue, .paused].contains(row.status), let period = row.currentPeriod,
                period.end <= now
            {
                outcome.conversion = .ended
            } else {
                outcome.changes = changes(afterLossOf: row)
            }
        } else if news.checkout?.status == .expired, row.status == .pending || row.status == .pendingPayment {
            // Only its own page: a page that was replaced revokes nothing (BIL-025).
            let isOwn = try await transaction.lockedCheckout(of: row.id)?.session == news.checkout?.id
            if isOwn { outcome.changes = [.abandoned(.provider, reason: "checkout expired")] }
        } else if news.checkout?.paymentStatus == .unpaid, news.checkout?.status == .complete, row.status == .pending {
            outcome.changes = [.paymentRequested]
        }
        if let step = outcome.conversion {
            return try await ConversionWriter(writer: writer).saw(step, news.subscription, of: row, cause: cause, in: transaction)
        }
        if outcome.changes.isEmpty {
            try await transaction.save(row)
            row.version += 1
        }
        if row.status == .upgrading, !outcome.mustBeUndone, let subscription = news.subscription {
            let changes = PlanChangeWriter(writer: writer)
            return try await changes.saw(subscription, pendingUpdateEnded: news.endsPendingUpdate, of: row, in: transaction)
        }
        for change in outcome.changes { row = try await writer.apply(change, to: row, because: cause, in: transaction) }
        if outcome.mustBeUndone, let id = news.subscription?.id { try await writer.compensate(id, for: row, in: transaction) }
    }

    /// What the provider shows of an end that idleness decided is judged by whoever decided it (IDL-032, IDL-035, IDL-045).
    private func leaveToIdle(_ row: inout Subscription, _ news: ProviderNews, in transaction: Transaction) async throws -> Bool {
        guard let idle = writer.idle, row.status == .canceled, row.cancellation?.origin == .idle,
            let id = row.providerLink?.subscription, news.subscription?.id == id || news.goneSubscription == id
        else { return false }
        if let subscription = news.subscription { note(subscription, in: &row) }
        try await transaction.save(row)
        row.version += 1
        let sight = IdleSight(row: row, subscription: news.subscription, intent: nil, wasSent: false)
        try await idle.saw(sight, through: IdleEnds(writer: writer), in: transaction)
        return true
    }

    /// Makes the plan whose price was paid the plan of the row, whatever the row or the object's metadata say (BIL-009, SEC-220).
    ///
    /// - Returns: whether it can be: a price that is nobody's, or one of another kind of thing, starts nothing.
    private func follow(
        _ price: ProviderID, _ row: inout Subscription, cause: SubscriptionCause, in transaction: Transaction
    ) async throws -> Bool {
        guard let paid = try await transaction.price(ofProvider: price) else { return false }
        guard paid.plan != row.plan else { return true }
        guard let plan = catalogue.plans[paid.plan.key], plan.reference == paid.plan, paid.interval == row.interval,
            plan.key.resourceType == row.resourceType, plan.key.repository == row.plan.key.repository,
            let checkout = try await transaction.lockedCheckout(of: row.id)
        else { return false }
        let wished = row.plan.key.name
        try await writer.resources.release(row, in: transaction)
        row.plan = paid.plan
        try await writer.resources.resource(for: plan).reserve(for: row, plan: plan, in: transaction)
        try await transaction.record(
            TierMismatchEntry(checkout: checkout, cause: cause.event, wished: wished, paid: paid.plan), by: cause.actor)
        return true
    }

    /// Whether another sale has the seat already: of two that were paid one is kept, the other given back (BIL-135).
    private func isTaken(_ row: Subscription, in transaction: Transaction) async throws -> Bool {
        guard row.resourceType == .repository, row.resource == nil, let seat = writer.resources.standingResource(of: row.plan.key) else {
            return false
        }
        let holder = try await transaction.newestSubscription(of: .repository, seat, subscriber: row.subscriber)
        return holder?.isLive == true
    }

    private func changes(afterLossOf row: Subscription) -> [SubscriptionChange] {
        switch row.status {
        case .active, .pastDue, .unpaid, .paused: [.ended(at: now, .provider, reason: nil)]
        case .pending, .pendingPayment: [.abandoned(.provider, reason: nil)]
        default: []
        }
    }

    /// Dates and ids are the provider's to say, except of a row that has ended.
    private func note(_ news: ProviderSubscription, in row: inout Subscription) {
        guard !row.isTerminal || row.isEnding(at: now) else { return }
        if row.providerLink != nil || row.backing?.isCardBilled == true {
            // The price of a plan that changes follows with its commit.
            let price = row.status == .upgrading ? row.providerLink?.price ?? news.price : news.price
            row.providerLink = Subscription.ProviderLink(subscription: news.id, item: news.item, price: price)
        }
        if row.status == .provisioning || row.startedAt == nil || row.backing?.isCardBilled == true {
            row.currentPeriod = news.period ?? row.currentPeriod
            row.trialEnd = news.trialEnd ?? row.trialEnd
            row.isCollectionPaused = news.terms?.isPaused ?? row.isCollectionPaused
        }
    }

    // MARK: Money

    func mirror(
        _ news: ProviderNews, row: Subscription?, org: Org.ID, cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        for invoice in news.invoices {
            let isOfRow = invoice.subscription == nil || invoice.subscription == news.subscriptionID
            let (stored, old) = try await transaction.mirror(
                invoice, org: org, subscription: isOfRow ? row?.id : nil, id: .make(at: now))
            let before = old.status
            if stored.amountCredited != old.amountCredited {
                // What a credit note took off may have become credit, the first of an org too, or have given some back (STR-106).
                let cause = "\(stored.id):credited:\(stored.amountCredited)"
                try await transaction.enqueue(CarryAccountCredits(org: org), .carrying(org, because: cause))
            }
            try await transaction.keepPayments(of: invoice, for: stored, at: now)
            if before == .draft, stored.status != .draft {
                try await endFinalizationFailure(of: invoice.id, in: transaction)
                try await tellDiscount(of: stored, invoice, cause: cause, in: transaction)
            }
            if stored.status == .paid, before != .paid { try await tellPaid(stored, row: row, cause: cause, in: transaction) }
            if stored.status != before {
                // Issued it consumes credit, taken back it returns it (BIL-116, BIL-118).
                try await writer.money.carry(org, because: "\(stored.id):\(stored.status.rawValue)", in: transaction)
                if stored.status == .void || stored.status == .uncollectible, let row {
                    try await dropDebt(of: row, for: stored, in: transaction)
                }
            }
            if invoice.id == news.invoice?.id { try await tell(of: stored, invoice, news, row, in: transaction) }
            if invoice.status == .open, let row, let attempts = invoice.attemptCount {
                try await transaction.noteDunningAttempts(attempts, of: row.id)
            }
            if invoice.status == .open, invoice.amountRemaining > 0, invoice.nextAttempt != nil || news.subscription?.status == .pastDue,
                let row, row.startedAt != nil, news.subscription?.status == .pastDue, row.status == .active
            {
                try await tellFailed(stored, invoice, row, cause: cause, in: transaction)
            }
        }
    }

    private func tellDiscount(
        of stored: Invoice, _ invoice: ProviderInvoice, cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        guard let discount = invoice.discount, discount > 0 else { return }
        let entry = DiscountAppliedEntry(
            org: stored.org, invoice: stored.id, subscription: stored.subscription,
            discount: Money(minorUnits: discount, currency: invoice.currency))
        try await transaction.record(entry, by: cause.actor)
    }

    private func tellPaid(
        _ invoice: Invoice, row: Subscription?, cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        try await transaction.record(PaymentSucceededEntry(invoice: invoice, cause: cause.event), by: cause.actor)
        if invoice.amountPaid > 0 {
            let amount = Money(minorUnits: invoice.amountPaid, currency: invoice.currency)
            try await transaction.record(
                FinancialTransactionEntry(org: invoice.org, cause: .charge(invoice.id), amount: amount), by: cause.actor)
        }
        try await transaction.publish(
            InvoicePaid(
                invoice: invoice.id, org: invoice.org, subscription: invoice.subscription, number: invoice.number,
                amount: Money(minorUnits: invoice.amountPaid, currency: invoice.currency), hostedURL: invoice.hostedURL))
        guard let row, let started = row.startedAt, let period = invoice.period, period.start > started else { return }
        var renewed = row
        renewed.currentPeriod = period
        let change = writer.facts(row.status, renewed, cause)
        try await transaction.record(SubscriptionRenewedEntry(change: change), by: cause.actor)
        try await transaction.publish(SubscriptionRenewed(facts: SubscriptionFacts(row), period: period))
    }

    /// Tells what only the event said of its bill.
    private func tell(
        of stored: Invoice, _ invoice: ProviderInvoice, _ news: ProviderNews, _ row: Subscription?, in transaction: Transaction
    ) async throws {
        if news.isActionRequired, let row { try await tellActionRequired(stored, invoice, row, in: transaction) }
        if let stage = news.reminder { try await remind(of: stored, invoice, stage, in: transaction) }
        if news.isOverpaid {
            let cause = "\(stored.id):overpaid:\(invoice.amountOverpaid ?? 0)"
            try await writer.money.look(at: stored.org, because: cause, in: transaction)
        }
    }

    /// Once for each invoice, and only where nobody stands before the provider's page: what was never started is paid there.
    private func tellActionRequired(
        _ invoice: Invoice, _ news: ProviderInvoice, _ row: Subscription, in transaction: Transaction
    ) async throws {
        guard news.status == .open, news.amountRemaining > 0, row.startedAt != nil,
            try await transaction.takeNotice(
                "payment_action:\(news.id.rawValue)", org: row.org, subscription: row.id, at: writer.dateSource.now)
        else { return }
        let amount = Money(minorUnits: news.amountRemaining, currency: news.currency)
        try await transaction.record(
            PaymentActionRequiredEntry(subscription: row, invoice: invoice.id, amount: amount), by: .system(component: "billing"))
        try await transaction.publish(
            PaymentActionRequired(org: row.org, subscription: row.id, invoice: invoice.id, amount: amount, hostedURL: news.hostedURL))
    }

    private func tellFailed(
        _ invoice: Invoice, _ news: ProviderInvoice, _ row: Subscription, cause: SubscriptionCause,
        in transaction: Transaction
    ) async throws {
        try await transaction.record(PaymentFailedEntry(subscription: row, invoice: invoice.id, cause: cause.event), by: cause.actor)
        try await transaction.publish(
            PaymentFailed(
                org: row.org, subscription: row.id, invoice: invoice.id,
                amount: Money(minorUnits: news.amountRemaining, currency: news.currency), nextAttempt: news.nextAttempt))
    }

    private func apply(
        _ wallet: ProviderWallet, org: Org.ID, cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        let known = try await transaction.paymentMethods(of: org)
        let before = known.filter { $0.state != .detached }
        let methods = wallet.methods.map { method in
            PaymentMethod(
                id: method.id, org: org, type: method.type, brand: method.brand, last4: method.last4, expiryMonth: method.expiryMonth,
                expiryYear: method.expiryYear, isDefault: method.id == wallet.defaultMethod, state: .usable)
        }
        try await transaction.replacePaymentMethods(of: org, by: methods, seenAt: now)
        for method in methods where !before.contains(where: { $0.id == method.id }) {
            try await transaction.record(PaymentMethodAddedEntry(method: method, cause: cause.event), by: cause.actor)
            // The first one of all comes with what is bought by it, which is told by itself.
            if !known.isEmpty { try await transaction.publish(PaymentMethodChanged(method, .added, by: cause.user)) }
        }
        for method in methods {
            guard let old = before.first(where: { $0.id == method.id }), !method.hasFace(of: old) else { continue }
            try await transaction.record(PaymentMethodUpdatedEntry(method: method, cause: cause.event), by: cause.actor)
        }
        for method in before where !methods.contains(where: { $0.id == method.id }) {
            try await transaction.record(PaymentMethodRemovedEntry(method: method, cause: cause.event), by: cause.actor)
            try await transaction.publish(PaymentMethodChanged(method, .removed, by: cause.user))
        }
    }
}

extension PaymentMethod {
    /// Whether both look the same to who pays with them; which of several is the default is told of by itself.
    fileprivate func hasFace(of other: PaymentMethod) -> Bool {
        type == other.type && brand == other.brand && last4 == other.last4 && expiryMonth == other.expiryMonth
            && expiryYear == other.expiryYear
    }
}
