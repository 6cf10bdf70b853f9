internal import Core

/// What was read of the provider at one time, to be applied as it is, whatever the event said that led to it (STR-123).
struct ProviderNews: Sendable {
    /// Taken before the first request; an older read never overwrites a newer one.
    let readNumber: Int64
    var checkout: ProviderCheckout?
    var subscription: ProviderSubscription?
    /// A subscription that is no longer there.
    var goneSubscription: ProviderID?
    var invoice: ProviderInvoice?
    var wallet: (customer: ProviderID, contents: ProviderWallet)?
    /// Whether the provider announced the next renewal.
    var announcesRenewal = false
    /// An attempt to add a method.
    var setup: ProviderSetup?
    /// A customer that is no longer there.
    var goneCustomer: ProviderID?
    /// An invoice that is no longer there, as only drafts can go.
    var goneInvoice: ProviderID?
    /// A customer whose balance has changed.
    var balance: ProviderID?
    /// A customer whose name and address for bills may have changed.
    var contact: (customer: ProviderID, email: String?)?
    /// A price, or `nil` when it is gone.
    var price: (id: ProviderID, object: ProviderPrice?)?
    /// A product, or `nil` when it is gone.
    var product: (id: ProviderID, object: ProviderProduct?)?
    /// Whether only a payment was told of: what it is for is told by other news as well, so that nobody waits for a row (STR-109).
    var isHint = false
    /// Whether the provider could not finalise the bill (STR-092).
    var isFinalizationFailure = false
    /// Whether the bank wants the customer to confirm the payment.
    var isActionRequired = false
    /// Whether the provider announced the end of a trial (STR-087).
    var isTrialEnding = false
    /// Whether a change that waited there for its payment was made or given up (STR-088).
    var endsPendingUpdate = false
    /// Whether more came in than was asked for, so that the balance may have grown (STR-097).
    var isOverpaid = false
    /// Whose an operator said it is; nothing else is asked then.
    var assigned: InboundEvent.Assignment?
    /// Which reminder the day of a sent invoice asks for (STR-098).
    var reminder: InvoiceStage?
    /// What was given back of a payment.
    var refunds: (payment: ProviderID, list: [ProviderRefund])?
    /// A payment with all its disputes.
    var disputes: (payment: ProviderID, list: [ProviderDispute])?

    /// The customer that any of it names.
    var customer: ProviderID? {
        subscription?.customer ?? checkout?.customer ?? invoice?.customer ?? wallet?.customer ?? setup?.customer ?? goneCustomer ?? balance
    }

    /// The subscription that any of it names.
    var subscriptionID: ProviderID? {
        subscription?.id ?? goneSubscription ?? checkout?.subscription ?? invoice?.subscription
    }

    /// Our own subscription, as the objects were tagged by us.
    var taggedSubscription: Subscription.ID? {
        [subscription?.tags.subscription, checkout?.tags.subscription].compactMap(\.self).compactMap(Subscription.ID.init).first
    }

    /// All invoices that were read, each once.
    var invoices: [ProviderInvoice] {
        let all = [invoice, subscription?.latestInvoice].compactMap(\.self).filter { !$0.id.rawValue.isEmpty }
        return all.count == 2 && all[0].id == all[1].id ? [all[0]] : all
    }
}

extension ProviderNews {
    /// Notes what only the type of an event tells: whom to notify, and what else to look at (stripe.md, section 6).
    mutating func note(_ type: String) {
        switch type {
        case "invoice.finalization_failed": isFinalizationFailure = true
        case "invoice.payment_action_required", "payment_intent.requires_action": isActionRequired = true
        case "customer.subscription.trial_will_end": isTrialEnding = true
        case "customer.subscription.pending_update_applied", "customer.subscription.pending_update_expired": endsPendingUpdate = true
        case "invoice.overpaid", "customer_cash_balance_transaction.created": isOverpaid = true
        case "invoice.will_be_due": reminder = .dueSoon
        case "invoice.overdue": reminder = .overdue1
        // A schedule is given up when its bill is not paid: that is an end for debt, whoever is named (STR-107).
        case "subscription_schedule.aborted" where subscription?.status == .canceled:
            subscription?.cancellationReason = "payment_failed"
        default: break
        }
    }
}

extension InboundEvent {
    /// What it tells, whether it came in the full or in the thin form (STR-E27).
    var plainType: String { type.hasPrefix("v1.") ? String(type.dropFirst(3)) : type }
}

/// Reads what an event is about, at the pinned version (stripe.md, section 6).
struct ProviderNewsReader<Store: BillingStore>: Sendable {
    let store: Store
    let provider: any PaymentProvider

    /// Reads an object and what belongs to it.
    ///
    /// - Throws: ``ProviderFailure`` when the provider gives no usable answer.
    func read(_ subject: ProviderSubject, budget: CallBudget) async throws -> ProviderNews {
        var news = ProviderNews(readNumber: try await store.nextReadNumber())
        switch subject {
        case .checkout(let id):
            news.checkout = try await provider.checkout(id, budget: budget).object
            if let subscription = news.checkout?.subscription { try await readSubscription(subscription, into: &news, budget: budget) }
            if let customer = news.customer, news.checkout?.status == .complete {
                try await readWallet(of: customer, into: &news, budget: budget)
            }
        case .subscription(let id): try await readSubscription(id, into: &news, budget: budget)
        case .invoice(let id):
            switch try await provider.invoice(id, budget: budget) {
            case .found(let invoice): news.invoice = invoice
            case .deleted, .absent: news.goneInvoice = id
            }
            if let subscription = news.invoice?.subscription { try await readSubscription(subscription, into: &news, budget: budget) }
        case .wallet(let customer): try await readWallet(of: customer, into: &news, budget: budget)
        case .renewal(let id):
            try await readSubscription(id, into: &news, budget: budget)
            news.announcesRenewal = true
        case .customer(let id):
            switch try await provider.wallet(of: id, budget: budget) {
            case .found: try await readWallet(of: id, into: &news, budget: budget)
            case .deleted, .absent: news.goneCustomer = id
            }
        case .lostMethod(let id):
            // Only our own mirror knows whose it was.
            guard let customer = try await store.providerCustomer(ofMethod: id) else { break }
            try await readWallet(of: customer, into: &news, budget: budget)
        case .refunds(let payment): news.refunds = (payment, try await provider.refunds(of: payment, budget: budget))
        case .disputes(let payment): news.disputes = (payment, try await provider.disputes(of: payment, budget: budget))
        case .balance(let customer): news.balance = customer
        case .customerState(let customer):
            try await readWallet(of: customer, into: &news, budget: budget)
            if let wallet = news.wallet { news.contact = (customer, wallet.contents.email) }
            news.balance = customer
        case .payment(let id):
            news.isHint = true
            news.invoice = try await provider.invoice(paidBy: id, budget: budget).object
            if let subscription = news.invoice?.subscription { try await readSubscription(subscription, into: &news, budget: budget) }
        case .price(let id): news.price = (id, try await provider.price(id, budget: budget).object)
        case .product(let id): news.product = (id, try await provider.product(id, budget: budget).object)
        case .setup(let id):
            news.setup = try await provider.setup(id, budget: budget).object
            if let customer = news.setup?.customer { try await readWallet(of: customer, into: &news, budget: budget) }
        }
        return news
    }

    private func readSubscription(_ id: ProviderID, into news: inout ProviderNews, budget: CallBudget) async throws {
        switch try await provider.subscription(id, budget: budget) {
        case .found(let subscription): news.subscription = subscription
        case .deleted, .absent: news.goneSubscription = id
        }
    }

    private func readWallet(of customer: ProviderID, into news: inout ProviderNews, budget: CallBudget) async throws {
        guard let wallet = try await provider.wallet(of: customer, budget: budget).object else { return }
        // A card that pays a subscription is the default although the customer may name none.
        let chosen = wallet.defaultMethod ?? news.subscription?.defaultMethod ?? wallet.methods.first?.id
        news.wallet = (customer, ProviderWallet(methods: wallet.methods, defaultMethod: chosen, email: wallet.email))
    }
}

extension ProviderSubject {
    /// What an event is about; `nil` when nothing follows from it here (stripe.md, section 6).
    public init?(of event: InboundEvent) {
        let type = event.plainType
        // An announced invoice does not exist yet: it has no id, and none is ever stored (STR-089, STR-E23).
        if type == "invoice.upcoming" {
            guard let subscription = event.references.subscription else { return nil }
            self = .renewal(subscription)
            return
        }
        guard let object = event.objectID else { return nil }
        switch type {
        case _ where type.hasPrefix("subscription_schedule."):
            // What a schedule did is seen in its subscription (STR-107).
            guard let subscription = event.references.subscription else { return nil }
            self = .subscription(subscription)
        case "charge.succeeded", "charge.failed", "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled",
            "payment_intent.requires_action", "invoice_payment.paid":
            if let invoice = event.references.invoice {
                self = .invoice(invoice)
            } else if let payment = event.references.payment {
                self = .payment(payment)
            } else {
                return nil
            }
        case "customer_cash_balance_transaction.created":
            guard let customer = event.references.customer else { return nil }
            self = .balance(customer: customer)
        case _ where type.hasPrefix("price."): self = .price(object)
        case _ where type.hasPrefix("product."): self = .product(object)
        case _ where type.hasPrefix("checkout.session."): self = .checkout(object)
        case _ where type.hasPrefix("customer.subscription."): self = .subscription(object)
        case _ where type.hasPrefix("invoice."): self = .invoice(object)
        case "customer.updated": self = .customerState(object)
        case "charge.refunded", "charge.refund.updated", "refund.created", "refund.updated", "refund.failed":
            // Cumulative or repeated, the news counts for nothing: the list does (BIL-098).
            guard let payment = event.references.payment else { return nil }
            self = .refunds(payment: payment)
        case _ where type.hasPrefix("credit_note."):
            // A credit note reduces an invoice: what it took of the balance may have come back (BIL-118, STR-106).
            if let invoice = event.references.invoice {
                self = .invoice(invoice)
                return
            }
            guard let customer = event.references.customer else { return nil }
            self = .balance(customer: customer)
        case _ where type.hasPrefix("charge.dispute."):
            guard let payment = event.references.payment else { return nil }
            self = .disputes(payment: payment)
        case "setup_intent.succeeded", "setup_intent.setup_failed": self = .setup(object)
        case "customer.deleted": self = .customer(object)
        case "payment_method.detached" where event.references.customer == nil: self = .lostMethod(object)
        case _ where type.hasPrefix("payment_method."):
            guard let customer = event.references.customer else { return nil }
            self = .wallet(customer: customer)
        default: return nil
        }
    }
}
