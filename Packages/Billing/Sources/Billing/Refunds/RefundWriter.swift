internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

/// Orders refunds within a transaction; what is asked for under a key is ordered once.
struct RefundWriter<Transaction: BillingTransaction>: Sendable {
    let currency: Currency
    let dateSource: any DateSource

    /// What of a payment can still be given back: what is left of it, and of its invoice after what that brought as credit (BIL-096).
    func left(of payment: CollectedPayment, in transaction: Transaction) async throws -> Int64 {
        var (own, all): (Int64, Int64) = (0, 0)
        for other in try await transaction.payments(of: payment.invoice) {
            let rest = try await rest(of: other, in: transaction)
            all += rest
            if other.id == payment.id { own = rest }
        }
        return max(0, min(own, all - (try await transaction.credited(for: payment.invoice, org: payment.org))))
    }

    private func rest(of payment: CollectedPayment, in transaction: Transaction) async throws -> Int64 {
        let given = try await transaction.refunds(of: payment.id).filter(\.status.counts).reduce(0) { $0 + $1.amount.minorUnits }
        let lost = try await transaction.disputes(of: payment.id).filter { $0.status == .lost }.reduce(0) { $0 + $1.amount.minorUnits }
        return max(0, payment.amount.minorUnits - given - lost)
    }

    /// Orders a refund; the rules are those of ``RefundService/refund(_:)``.
    func refund(_ request: RefundRequest, in transaction: Transaction) async throws -> Refund {
        let now = dateSource.now
        let customer = try await transaction.lockCustomer(of: request.org, currency: currency, now: now)
        guard let payment = try await transaction.lockedPayment(request.payment), payment.org == request.org,
            let subscription = payment.subscription
        else { throw BillingError.notFound }
        let object = "refund:\(request.org):\(request.key)"
        if let known = try await transaction.refund(askedAs: object) {
            guard known.payment == payment.id, known.amount.minorUnits == request.amount else { throw MoneyRefusal.keyReused }
            return known
        }
        guard !customer.disputed else { throw BillingError.customerInDispute }
        let left = try await left(of: payment, in: transaction)
        guard request.amount > 0, request.amount <= left else { throw BillingError.refundTooLarge(left: max(0, left)) }
        let amount = Money(minorUnits: request.amount, currency: payment.amount.currency)
        let spec = ProviderCommand.Refund(subscription: subscription, payment: payment.id, amount: amount)
        let intent = try await transaction.insert(
            ProviderIntent(
                id: .make(at: now), org: request.org, object: object, operationSequence: 1, command: .refund(spec), at: now))
        let refund = Refund(
            id: .make(at: now), org: request.org, subscription: subscription, invoice: payment.invoice, payment: payment.id,
            provider: nil, intent: intent.id, amount: amount, reason: request.reason, status: .pending)
        try await transaction.insert(refund, at: now)
        try await transaction.enqueue(SendProviderIntent(intent: intent.id), .sending(intent))
        let entry = RefundRequestedEntry(org: request.org, subscription: subscription, intent: intent.id, amount: amount)
        try await transaction.record(entry, by: request.actor)
        return refund
    }
}
