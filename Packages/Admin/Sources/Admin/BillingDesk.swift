internal import Audit
public import Billing
public import Core
internal import Identity
public import Orgs

/// Carries operators' orders out by the services of Billing.
public struct BillingDesk<Store: BillingStore>: OperatorBilling {
    private let store: Store
    let services: BillingServices<Store>
    private let dateSource: any DateSource

    /// Makes a desk.
    public init(store: Store, services: BillingServices<Store>, dateSource: any DateSource) {
        self.store = store
        self.services = services
        self.dateSource = dateSource
    }

    /// The decision and the order to the provider are one transaction.
    public func refund(_ wish: RefundWish, _ order: OperatorOrder) async throws -> Refund.ID {
        let request = RefundRequest(
            org: wish.org, payment: wish.payment, amount: wish.amount, reason: order.reason, key: order.key, actor: order.actor)
        return try await services.refunds.refund(request).id
    }

    /// The same key grants once.
    public func grant(_ wish: CreditWish, _ order: OperatorOrder) async throws -> AccountCredit.ID {
        let issue = IssueAccountCredit(
            org: wish.org, amount: wish.amount, source: wish.source, reason: order.reason, expiresAt: wish.expiresAt, key: order.key)
        return try await services.money.credits.issue(issue, by: order.actor).id
    }

    /// What is at the provider is brought back first.
    public func revoke(_ credit: AccountCredit.ID, _ order: OperatorOrder) async throws -> Int64 {
        try await services.money.credits.revoke(credit, because: order.reason, by: order.actor)
    }

    /// The reference is that of the payment.
    public func payOut(_ credit: AccountCredit.ID, reference: String, _ order: OperatorOrder) async throws -> Int64 {
        try await services.money.credits.payOut(credit, reference: reference, by: order.actor)
    }

    /// An invoice that was paid, taken back or given up is refused.
    public func markPaid(_ id: Invoice.ID, _ note: PaymentNote, _ order: OperatorOrder) async throws {
        guard let invoice = try await store.withTransaction(.system, { try await $0.lockedOwnInvoice(id) }) else {
            throw MoneyRefusal.notFound
        }
        guard invoice.status == .open else { throw MoneyRefusal.invoiceNotAllowed(invoice.status) }
        _ = try await services.money.invoices.recordPayment(
            of: Money(minorUnits: note.amount ?? invoice.amountOpen, currency: invoice.currency), for: id, method: note.method,
            reference: note.reference, receivedAt: note.receivedAt ?? dateSource.now, by: order.actor)
    }

    /// One that was paid, in part or in full, is refunded or credited instead.
    public func void(_ invoice: Invoice.ID, _ order: OperatorOrder) async throws {
        _ = try await services.money.invoices.void(invoice, because: order.reason, by: order.actor)
    }

    /// A subscription that owes nothing else overdue goes on.
    public func giveUp(_ invoice: Invoice.ID, _ order: OperatorOrder) async throws {
        _ = try await services.money.invoices.giveUp(invoice, by: order.actor)
    }

    /// Subscriptions that run keep their backing.
    public func setTerms(
        of org: Org.ID, byInvoice: Bool, terms: BillingCustomer.PaymentTerms?, _ order: OperatorOrder
    ) async throws {
        try await services.money.invoices.setInvoiceBilling(of: org, enabled: byInvoice, terms: terms, by: order.actor)
    }

    /// By the owners' command: the order to the provider and the mail are the same.
    public func cancel(
        _ id: Subscription.ID, _ mode: Subscription.Cancellation.Mode, _ order: OperatorOrder
    ) async throws {
        try await store.withTransaction(.system) { transaction in
            let command = CancelSubscription(
                subscription: id, mode: mode, origin: .admin, user: nil, reason: order.reason, via: "operator", bringingForward: true)
            let row = try await services.subscriptions.cancel(command, in: transaction)
            try await note("cancel_" + mode.rawValue, of: row, order, in: transaction)
        }
    }

    /// The provider is asked between two transactions; the note stands before both.
    public func uncancel(_ id: Subscription.ID, _ order: OperatorOrder) async throws {
        try await store.withTransaction(.system) { transaction in
            guard let row = try await transaction.subscription(id) else { throw BillingError.notFound }
            try await note("uncancel", of: row, order, in: transaction)
            // What an operator decided, no customer takes back.
            guard row.cancellation?.origin == .admin else { return }
            let entry = AdminOverride(
                by: order.person, row.id, of: OrgReference(uuid: row.org.uuid), command: "uncancel", over: "OWNER_REQUIRED",
                because: order.reason)
            try await transaction.record(entry, by: order.actor)
        }
        try await services.subscriptions.uncancel(UncancelSubscription(subscription: id, by: .operations))
    }

    private func note(
        _ command: String, of row: Subscription, _ order: OperatorOrder, in transaction: Store.Transaction
    ) async throws {
        let entry = SubscriptionAdminChanged(
            by: order.person, row.id, of: OrgReference(uuid: row.org.uuid), command: command, because: order.reason)
        try await transaction.record(entry, by: order.actor)
    }

    /// In the current month.
    public func addBonus(_ amount: Int64, to pool: CreditPool.ID, _ order: OperatorOrder) async throws {
        try await services.money.pools.addBonus(
            AICredits(hundredths: amount), to: pool, because: order.reason, key: order.key, by: order.actor)
    }

    /// In the current month.
    public func reset(_ pool: CreditPool.ID, _ order: OperatorOrder) async throws {
        try await services.money.pools.reset(pool, because: order.reason, key: order.key, by: order.actor)
    }

    /// In the order of the table.
    public func controls() async throws -> [BillingControlState] { try await services.controls.states() }

    /// What is held waits and loses nothing.
    public func setControl(_ control: BillingControl, isOn: Bool, _ order: OperatorOrder) async throws {
        try await services.controls.set(
            control, isOn: isOn, because: String(order.reason.prefix(200)), by: order.person.description, as: order.actor)
    }
}
