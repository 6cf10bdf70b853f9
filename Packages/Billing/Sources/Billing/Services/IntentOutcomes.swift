internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

/// What follows here from the outcome of an intent, in the transaction that stores the outcome.
struct IntentOutcomes<Transaction: BillingTransaction>: Sendable {
    let writer: SubscriptionWriter<Transaction>
    let applier: ProviderNewsApplier<Transaction>

    private var now: Instant { writer.dateSource.now }

    /// Follows up a success.
    ///
    /// - Parameters:
    ///   - readNumber: taken before the request was sent.
    ///   - wasSent: whether the request of the intent ever left; otherwise what was read in its place is the result.
    func succeeded(
        _ intent: ProviderIntent, _ result: ProviderResult, readNumber: Int64, wasSent: Bool, in transaction: Transaction
    ) async throws {
        switch (intent.command, result) {
        case (.setIdleEnd, let result), (.clearIdleEnd, let result), (.clearIdleMark, let result):
            try await idleAnswered(intent, result, readNumber: readNumber, wasSent: wasSent, in: transaction)
        case (.createCustomer(let spec), .customer(let id)):
            var customer = try await transaction.lockCustomer(of: spec.org, currency: writer.catalogue.currency, now: now)
            customer.providerCustomer = id
            try await transaction.save(customer)
        case (.updateCustomer(let contact), _):
            let customer = try await transaction.lockCustomer(of: contact.org, currency: writer.catalogue.currency, now: now)
            let entry = CustomerUpdatedEntry(customer: customer, intent: intent.id)
            try await transaction.record(entry, by: .system(component: "billing"))
        case (.createProduct(let spec), .product(let id)): try await note(product: id, named: spec.name, of: spec.plan, in: transaction)
        case (.renameProduct(let id, let name), _): try await transaction.noteName(name, ofProduct: id)
        case (.createPrice(let spec), .price(let price)): try await note(price: price.id, spec, in: transaction)
        case (.openCheckout(let spec), .checkout(let session)): try await opened(spec, session, in: transaction)
        case (.expireCheckout(let id), .closure(let closure)): try await closed(id, closure, by: intent, in: transaction)
        case (.createSubscription, .subscription(let subscription)):
            let news = ProviderNews(readNumber: readNumber, subscription: subscription)
            _ = try await applier.apply(news, event: nil, in: transaction)
            // From now on the provider's news counts for it (STR-124).
            try await confirmed(intent, readNumber: readNumber, in: transaction)
        case (.takeBackEnd, let result):
            try await takenBack(intent, result, readNumber: readNumber, in: transaction)
        case (.payInvoice, .invoice(let invoice)):
            guard let subscription = invoice.subscription else { return }
            let subject = ProviderSubject.subscription(subscription)
            try await transaction.enqueue(SyncProviderObject(subject: subject), .looking(at: subject, because: intent.id.description))
        case (.setDefaultMethod(let customer, _), _): try await lookAgain(at: customer, after: intent, in: transaction)
        case (.detachMethod, _):
            guard let org = intent.org else { return }
            let customer = try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: now)
            if let id = customer.providerCustomer { try await lookAgain(at: id, after: intent, in: transaction) }
        case (.cancelAtPeriodEnd, _), (.cancelNow, _):
            try await confirmed(intent, readNumber: readNumber, in: transaction)
        case (.moveBalance(let move), .balanceTransaction(let id)), (.issueCreditNote(let move, _), .balanceTransaction(let id)):
            try await writer.money.mover.moved(move, intent.id, as: id, in: transaction)
        case (.changePrice(let spec), .subscription(let subscription)):
            // Where it waits for its payment the old price is still charged; the provider tells of what becomes of it (STR-088).
            if subscription.price == nil || subscription.price == spec.price {
                try await PlanChangeWriter(writer: writer).priced(intent, spec, in: transaction)
            }
            try await confirmed(intent, readNumber: readNumber, in: transaction)
        case (.refund(let spec), .refund): try await refunded(intent, spec, in: transaction)
        default: break
        }
    }

    /// Follows up a definitive no.
    func refused(_ intent: ProviderIntent, _ refusal: ProviderRefusal, in transaction: Transaction) async throws {
        switch intent.command {
        case .openCheckout(let spec):
            guard let row = try await lock(spec.subscription, in: transaction) else { return }
            if var checkout = try await transaction.lockedCheckout(of: row.id) {
                checkout.state = .expired
                try await transaction.save(checkout)
            }
            guard row.status == .pending else { return }
            try await writer.apply(.abandoned(.provider, reason: refusal.code), to: row, because: .system("checkout"), in: transaction)
        case .createSubscription(let spec):
            guard let row = try await lock(spec.subscription, in: transaction) else { return }
            if row.conversion == .card {
                return try await ConversionWriter(writer: writer).refused(row, refusal, in: transaction)
            }
            guard row.status == .pending else { return }
            let code = refusal.kind == .actionRequired ? "PAYMENT_ACTION_REQUIRED" : "PAYMENT_DECLINED"
            let failure = ProvisioningFailure(code: code, message: refusal.customerMessage ?? "The payment was declined.", at: now)
            try await writer.apply(.refused(failure), to: row, because: .system("direct sale"), in: transaction)
        case .changePrice: try await PlanChangeWriter(writer: writer).refused(intent, refusal, in: transaction)
        case .cancelAtPeriodEnd, .cancelNow, .takeBackEnd: try await cancelFailed(intent, refusal, in: transaction)
        case .setIdleEnd, .clearIdleEnd, .clearIdleMark:
            try await cancelFailed(intent, refusal, in: transaction)
            try await writer.idle?.refused(intent, refusal, in: transaction)
        case .refund(let spec):
            try await refundRefused(intent, spec, refusal, in: transaction)
        default: break
        }
    }

    private func lock(_ id: Subscription.ID, in transaction: Transaction) async throws -> Subscription? {
        try await transaction.lockWithCustomer(id, currency: writer.catalogue.currency, now: now)
    }

    private func note(product: ProviderID, named name: String, of plan: PlanReference, in transaction: Transaction) async throws {
        for interval in BillingInterval.allCases {
            guard var price = try await transaction.lockedPrice(of: plan, interval, writer.catalogue.currency) else { continue }
            price.product = product
            price.productName = name
            try await transaction.save(price)
        }
    }

    private func note(price id: ProviderID, _ spec: ProviderCommand.Price, in transaction: Transaction) async throws {
        guard var price = try await transaction.lockedPrice(of: spec.plan, spec.interval, spec.amount.currency) else { return }
        price.price = id
        try await transaction.save(price)
    }

    private func opened(_ spec: ProviderCommand.Session, _ session: ProviderCheckout, in transaction: Transaction) async throws {
        guard let row = try await lock(spec.subscription, in: transaction),
            var checkout = try await transaction.lockedCheckout(of: row.id)
        else { return }
        checkout.session = session.id
        checkout.url = session.url
        checkout.expiresAt = session.expiresAt ?? checkout.expiresAt
        // The webhook may have overtaken this answer (STR-E18): a page that is known as complete stays so.
        if checkout.state == .opening || checkout.state == .unknown { checkout.state = .open }
        try await transaction.save(checkout)
        try await transaction.record(CheckoutStartedEntry(checkout: checkout, cause: nil), by: .system(component: "billing"))
        guard row.status == .pending else { return }
        try await writer.apply(.paymentRequested, to: row, because: .system("checkout"), in: transaction)
    }

    private func closed(
        _ session: ProviderID, _ closure: CheckoutClosure, by intent: ProviderIntent, in transaction: Transaction
    ) async throws {
        guard let found = try await transaction.checkout(ofSession: session), let row = try await lock(found.subscription, in: transaction),
            var checkout = try await transaction.lockedCheckout(of: row.id), checkout.session == session
        else { return }
        switch closure {
        case .complete:
            let subject = ProviderSubject.checkout(session)
            try await transaction.enqueue(SyncProviderObject(subject: subject), .looking(at: subject, because: intent.id.description))
        case .expired:
            guard checkout.state != .complete else { return }
            checkout.state = .retired
            try await transaction.save(checkout)
            try await transaction.record(CheckoutRetiredEntry(checkout: checkout, cause: nil), by: .system(component: "billing"))
            guard row.status == .pending || row.status == .pendingPayment else { return }
            try await writer.apply(.abandoned(.user, reason: "checkout retired"), to: row, because: .system("checkout"), in: transaction)
        }
    }

    /// The provider has done what we decided last: older reads count no more (STR-124).
    private func confirmed(_ intent: ProviderIntent, readNumber: Int64, in transaction: Transaction) async throws {
        guard let id = intent.subscriptionID, var row = try await lock(id, in: transaction) else { return }
        let isLatest = intent.operationSequence == row.operationSequence && intent.object == "subscription:\(row.id)"
        if isLatest {
            row.providerSync = .confirmed
            row.readNumber = max(row.readNumber, readNumber)
            try await transaction.save(row)
            row.version += 1
            if case .cancelAtPeriodEnd(let id) = intent.command, row.conversion == .netTerms {
                try await ConversionWriter(writer: writer).watchEnd(of: row, id, in: transaction)
            }
        }
        guard intent.command.endsSubscription else { return }
        let entry = ProviderCancelConfirmedEntry(intent: intent, subscription: row, detail: nil)
        try await transaction.record(entry, by: .system(component: "billing"))
    }

    private func idleAnswered(
        _ intent: ProviderIntent, _ result: ProviderResult, readNumber: Int64, wasSent: Bool, in transaction: Transaction
    ) async throws {
        try await confirmed(intent, readNumber: readNumber, in: transaction)
        guard let idle = writer.idle, let id = intent.subscriptionID, let row = try await lock(id, in: transaction) else { return }
        var subscription: ProviderSubscription?
        if case .subscription(let seen) = result { subscription = seen }
        if case .setIdleEnd(let end) = intent.command, subscription?.terms?.idleMark == end.mark {
            let entry = ProviderCancelConfirmedEntry(intent: intent, subscription: row, detail: nil)
            try await transaction.record(entry, by: .system(component: "billing"))
        }
        let sight = IdleSight(row: row, subscription: subscription, intent: intent, wasSent: wasSent)
        try await idle.saw(sight, through: IdleEnds(writer: writer), in: transaction)
    }

    private func lookAgain(at customer: ProviderID, after intent: ProviderIntent, in transaction: Transaction) async throws {
        let subject = ProviderSubject.wallet(customer: customer)
        try await transaction.enqueue(SyncProviderObject(subject: subject), .looking(at: subject, because: intent.id.description))
    }

    /// The row goes on only now that the provider was seen as going on (T22, BIL-056); an end that came first is final, and what was
    /// revived there is ended again.
    private func takenBack(
        _ intent: ProviderIntent, _ result: ProviderResult, readNumber: Int64, in transaction: Transaction
    ) async throws {
        try await confirmed(intent, readNumber: readNumber, in: transaction)
        guard let id = intent.subscriptionID, var row = try await lock(id, in: transaction) else { return }
        guard case .subscription(let subscription) = result, let status = subscription.status,
            status == .active || status == .trialing || status == .pastDue, subscription.endsAt == nil
        else { return }
        let isLatest = intent.operationSequence == row.operationSequence
        if row.conversion == .netTerms {
            guard isLatest else { return }
            return try await ConversionWriter(writer: writer).goesOn(row, in: transaction)
        }
        guard row.status == .canceled else { return }
        guard row.isEnding(at: now) else {
            guard isLatest else { return }
            _ = try await writer.ask(.cancelNow(subscription: subscription.id), of: &row, in: transaction)
            return try await transaction.save(row)
        }
        guard isLatest else { return }
        var cause = SubscriptionCause.system("uncancel")
        cause.isProviderNews = true
        try await writer.apply(.endTakenBack(pastDue: status == .pastDue), to: row, because: cause, in: transaction)
    }

    private func cancelFailed(_ intent: ProviderIntent, _ refusal: ProviderRefusal, in transaction: Transaction) async throws {
        guard let id = intent.subscriptionID, let row = try await lock(id, in: transaction) else { return }
        let entry = ProviderCancelFailedEntry(intent: intent, subscription: row, detail: refusal.code)
        try await transaction.record(entry, by: .system(component: "billing"))
    }

    /// Nothing was given back: what is owed for unused time is given as credit in its place, and operators are told (BIL-097).
    private func refundRefused(
        _ intent: ProviderIntent, _ spec: ProviderCommand.Refund, _ refusal: ProviderRefusal, in transaction: Transaction
    ) async throws {
        guard let org = intent.org else { return }
        _ = try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: now)
        try await transaction.refuseRefund(askedBy: intent.id, at: now)
        let entry = RefundFailedEntry(org: org, subscription: spec.subscription, intent: intent.id, amount: spec.amount)
        try await transaction.record(entry, by: .system(component: "billing"))
        var isCredited = false
        if let refund = try await transaction.refund(askedAs: intent.object),
            intent.object == "refund:\(org):\(UnusedTimeWriter<Transaction>.refundKey(spec.subscription, spec.payment))"
        {
            try await writer.money.unusedTime.creditRefused(refund, in: transaction)
            isCredited = true
        }
        try await transaction.publish(
            RefundRefused(
                org: org, subscription: spec.subscription, payment: spec.payment, amount: spec.amount, code: refusal.code,
                isCredited: isCredited))
    }

    private func refunded(_ intent: ProviderIntent, _ spec: ProviderCommand.Refund, in transaction: Transaction) async throws {
        guard let org = intent.org else { return }
        let subject = ProviderSubject.refunds(payment: spec.payment)
        try await transaction.enqueue(SyncProviderObject(subject: subject), .looking(at: subject, because: intent.id.description))
        let entry = RefundProcessedEntry(org: org, subscription: spec.subscription, intent: intent.id, amount: spec.amount)
        try await transaction.record(entry, by: .system(component: "billing"))
        try await transaction.publish(RefundProcessed(org: org, subscription: spec.subscription, amount: spec.amount))
    }
}

extension ProviderIntent {
    /// Our subscription that the intent is about, by its object; compensations name it through their row.
    var subscriptionID: Subscription.ID? {
        guard object.hasPrefix("subscription:") else { return nil }
        return Subscription.ID(String(object.dropFirst("subscription:".count)))
    }
}

extension ProviderCommand {
    /// Whether it sets or clears an end that idleness decided, which is looked at once more before it is sent.
    var isIdleEnd: Bool {
        switch self {
        case .setIdleEnd, .clearIdleEnd: true
        default: false
        }
    }

    /// Whether it makes the provider bill a subscription at once.
    var makesInvoice: Bool {
        switch self {
        case .createSubscription: true
        case .changePrice(let change): change.proration == .alwaysInvoice
        default: false
        }
    }

    /// Whether it ends a subscription, at once or later.
    var endsSubscription: Bool {
        switch self {
        case .cancelNow, .cancelAtPeriodEnd: true
        default: false
        }
    }
}
