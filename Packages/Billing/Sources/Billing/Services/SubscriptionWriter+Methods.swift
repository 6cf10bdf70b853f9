internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

extension SubscriptionWriter {
    /// Charges another method from now on: the customer's default, every live subscription's, and, if asked, what is owed (BIL-075).
    ///
    /// The customer is locked.
    func makeDefault(
        _ method: ProviderID, of org: Org.ID, retryingOpenInvoices: Bool, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        let customer = try await transaction.lockCustomer(of: org, currency: catalogue.currency, now: dateSource.now)
        guard let providerCustomer = customer.providerCustomer else { throw BillingError.noProviderCustomer }
        try await order(
            .setDefaultMethod(customer: providerCustomer, method: method), about: "wallet:\(org)", org: org, in: transaction)
        for row in try await transaction.liveSubscriptions(of: org) {
            guard case .providerSubscription(let id) = row.backing, !row.isTerminal || row.isEnding(at: dateSource.now) else { continue }
            try await order(
                .setSubscriptionMethod(subscription: id, method: method), about: "method:\(row.id)", org: org, in: transaction)
            guard retryingOpenInvoices, let invoice = try await transaction.openInvoice(of: row.id)?.providerInvoice else { continue }
            try await order(.payInvoice(invoice), about: "invoice:\(invoice.rawValue)", org: org, in: transaction)
        }
        let entry = DefaultMethodChangedEntry(org: org, method: method, retriesOpenInvoices: retryingOpenInvoices)
        try await transaction.record(entry, by: cause.actor)
        if let known = try await transaction.paymentMethods(of: org).first(where: { $0.id == method }), !known.isDefault {
            try await transaction.publish(PaymentMethodChanged(known, .madeDefault, by: cause.user))
        }
    }

    /// Stores a decision about an object that is no subscription's life, and the job that sends it; older queued ones are given up.
    @discardableResult
    func order(_ command: ProviderCommand, about object: String, org: Org.ID, in transaction: Transaction) async throws -> ProviderIntent {
        let sequence = try await transaction.nextOperationSequence(of: object)
        _ = try await transaction.supersedeQueuedIntents(of: object, before: sequence)
        let intent = ProviderIntent(
            id: .make(at: dateSource.now), org: org, object: object, operationSequence: sequence, command: command, at: dateSource.now)
        let stored = try await transaction.insert(intent)
        try await transaction.enqueue(SendProviderIntent(intent: stored.id), .sending(stored))
        return stored
    }
}
