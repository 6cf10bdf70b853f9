public import Audit
public import Core
internal import Identity
internal import Jobs
public import Orgs

/// What operators do with own invoices; their routes call it with their actor.
public struct InvoiceService<Store: BillingStore>: Sendable {
    let store: Store
    let writer: SubscriptionWriter<Store.Transaction>
    let dateSource: any DateSource

    private var now: Instant { dateSource.now }

    /// Issues an invoice with these lines at once: number, frozen content and credits in one transaction (I1 to I3).
    ///
    /// - Throws: ``MoneyRefusal/keyReused`` when a line's period of its subscription was charged before.
    public func issue(
        _ lines: [OwnInvoiceLine], for subscription: Subscription.ID?, to org: Org.ID, period: Period?, by actor: AuditActor
    ) async throws -> OwnInvoice {
        try await store.withTransaction(.system) { transaction in
            let customer = try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: now)
            let draft = try OwnInvoice(
                id: .make(at: now), org: org, subscription: subscription, currency: customer.currency, lines: lines, period: period, at: now
            )
            return try await writer.money.invoices.issue(draft, to: customer, by: actor, in: transaction)
        }
    }

    /// Prepares a draft (I1); ``finalise(_:by:)`` gives it its number.
    public func prepare(
        _ lines: [OwnInvoiceLine], for subscription: Subscription.ID?, to org: Org.ID, period: Period?
    ) async throws -> OwnInvoice {
        try await store.withTransaction(.system) { transaction in
            let customer = try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: now)
            let draft = try OwnInvoice(
                id: .make(at: now), org: org, subscription: subscription, currency: customer.currency, lines: lines, period: period, at: now
            )
            try await transaction.insert(draft: draft)
            return draft
        }
    }

    /// Gives a draft its number (I2, I3).
    ///
    /// - Throws: ``MoneyRefusal/invoiceNotAllowed(_:)`` when it is no draft any more.
    public func finalise(_ id: Invoice.ID, by actor: AuditActor) async throws -> OwnInvoice {
        try await change(id) { invoice, customer, transaction in
            try await writer.money.invoices.finalise(invoice, to: customer, by: actor, in: transaction)
        }
    }

    /// Takes an invoice back; the credits that it consumed come back with it (BIL-088).
    ///
    /// - Throws: ``MoneyRefusal/invoiceNotAllowed(_:)`` when it was paid, in part or in full: that is refunded or credited instead.
    public func void(_ id: Invoice.ID, because reason: String, by actor: AuditActor) async throws -> OwnInvoice {
        try await change(id) { invoice, _, transaction in
            let voided = try await writer.money.invoices.void(invoice, because: reason, by: actor, in: transaction)
            try await recover(voided, in: transaction)
            return voided
        }
    }

    /// Gives up collecting an invoice (I6); a subscription that owes nothing else overdue goes on.
    public func giveUp(_ id: Invoice.ID, by actor: AuditActor) async throws -> OwnInvoice {
        try await change(id) { invoice, _, transaction in
            let given = try await writer.money.invoices.giveUp(invoice, by: actor, in: transaction)
            try await recover(given, in: transaction)
            return given
        }
    }

    /// Writes down money that came in (BIL-087): a part keeps the invoice open, all of it pays it, more becomes account credit.
    ///
    /// - Throws: ``MoneyRefusal/invoiceNotAllowed(_:)`` when it is paid or void already, ``MoneyRefusal/keyReused`` for a reference that
    ///   was written down before.
    public func recordPayment(
        of amount: Money, for id: Invoice.ID, method: String, reference: String, receivedAt: Instant, by actor: AuditActor
    ) async throws -> OwnInvoice {
        try await change(id) { invoice, _, transaction in
            let payment = RecordedPayment(
                id: .make(at: now), org: invoice.org, invoice: invoice.id, amount: amount, method: method, reference: reference,
                receivedAt: receivedAt, createdAt: now)
            let paid = try await writer.money.invoices.receive(payment, for: invoice, by: actor, in: transaction)
            try await recover(paid, in: transaction)
            return paid
        }
    }

    /// Lets an org pay by invoice, or by card again; what it is owed follows to where its bills are paid from (BIL-121).
    ///
    /// Subscriptions that run are paid for in the new way from the end of their periods on (BIL-089), and as before when it is taken back
    /// until then. Twice the same changes nothing.
    ///
    /// - Parameter terms: when its invoices are due; `nil` leaves the terms as they are.
    public func setInvoiceBilling(
        of org: Org.ID, enabled: Bool, terms: BillingCustomer.PaymentTerms?, by actor: AuditActor
    ) async throws {
        try await store.withTransaction(.system) { transaction in
            var customer = try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: now)
            let before = customer
            customer.invoiceBillingEnabled = enabled
            customer.paymentTerms = terms ?? customer.paymentTerms
            guard customer != before else { return }
            try await transaction.save(customer)
            if before.invoiceBillingEnabled == enabled {
                try await transaction.record(PaymentTermsChangedEntry(customer: customer), by: actor)
            } else if enabled {
                try await transaction.record(InvoiceBillingEnabledEntry(customer: customer), by: actor)
            } else {
                try await transaction.record(InvoiceBillingDisabledEntry(customer: customer), by: actor)
            }
            try await writer.money.carry(org, in: transaction)
            guard before.invoiceBillingEnabled != enabled else { return }
            for live in try await transaction.liveSubscriptions(of: org) {
                guard let row = try await transaction.lockedSubscription(live.id) else { continue }
                _ = try await ConversionWriter(writer: writer).plan(row, in: transaction)
            }
        }
    }

    private func change(
        _ id: Invoice.ID, _ body: (OwnInvoice, BillingCustomer, Store.Transaction) async throws -> OwnInvoice
    ) async throws -> OwnInvoice {
        try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.ownInvoiceOrg(id) else { throw MoneyRefusal.notFound }
            let customer = try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: now)
            guard let invoice = try await transaction.lockedOwnInvoice(id) else { throw MoneyRefusal.notFound }
            return try await body(invoice, customer, transaction)
        }
    }

    /// A subscription that owes nothing overdue any more goes on (T11, T13).
    private func recover(_ invoice: OwnInvoice, in transaction: Store.Transaction) async throws {
        guard [.paid, .void, .uncollectible].contains(invoice.status), let id = invoice.subscription,
            let row = try await transaction.lockedSubscription(id),
            row.status == .pastDue || (row.status == .unpaid && row.startedAt != nil)
        else { return }
        let unsettled = try await transaction.lockedUnsettledInvoices(of: id, org: invoice.org)
        guard !unsettled.contains(where: { $0.status != .uncollectible && $0.overdueAt != nil }) else { return }
        try await writer.apply(.paymentRecovered, to: row, because: .system("invoice settled"), in: transaction)
    }
}
