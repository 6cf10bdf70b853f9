public import Core
internal import Identity
internal import Jobs
public import Orgs

/// An invoice of the provider as we mirror it, to be compared with the provider's.
public struct ComparedInvoice: Sendable, Hashable {
    /// Whose it is.
    public let org: Org.ID
    /// How far it has come.
    public let status: Invoice.Status
    /// What it comes to.
    public let total: Int64
    /// What was paid.
    public let paid: Int64

    /// Describes an invoice.
    public init(org: Org.ID, status: Invoice.Status, total: Int64, paid: Int64) {
        self.org = org
        self.status = status
        self.total = total
        self.paid = paid
    }
}

/// A contested payment as the provider lists it.
public struct ProviderPaymentDispute: Sendable, Hashable {
    /// The payment.
    public let payment: ProviderID
    /// Who contests it, and how far that has come.
    public let dispute: ProviderDispute

    /// Describes it.
    public init(payment: ProviderID, dispute: ProviderDispute) {
        self.payment = payment
        self.dispute = dispute
    }
}

extension DriftFinder {
    /// Compares what an invoice comes to; drafts change until they are issued.
    static func compare(_ ours: ComparedInvoice?, with theirs: ProviderInvoice) -> Finding? {
        guard let status = theirs.status, status != .draft else { return nil }
        guard ours?.status != status || ours?.total != theirs.total || ours?.paid != theirs.amountPaid else { return nil }
        return Finding(
            category: .invoice, ours: ours.map { "\($0.status.rawValue) \($0.total), paid \($0.paid)" } ?? "none",
            theirs: "\(status.rawValue) \(theirs.total), paid \(theirs.amountPaid)")
    }

    /// Compares what was given back of a payment.
    static func compare(_ ours: [Refund], with theirs: [ProviderRefund]) -> Finding? {
        let here = Dictionary(ours.compactMap { refund in refund.provider.map { ($0, refund) } }) { first, _ in first }
        let differs = theirs.contains { here[$0.id]?.status != $0.status || here[$0.id]?.amount != $0.amount }
        guard differs else { return nil }
        return Finding(
            category: .refund, ours: text(ours.map { ($0.status.rawValue, $0.amount) }),
            theirs: text(theirs.map { ($0.status.rawValue, $0.amount) }))
    }

    /// Compares who contests a payment.
    static func compare(_ ours: [Dispute], with theirs: [ProviderDispute]) -> Finding? {
        let here = Dictionary(ours.map { ($0.provider, $0) }) { first, _ in first }
        guard theirs.contains(where: { here[$0.id]?.status != $0.status }) else { return nil }
        return Finding(
            category: .dispute, ours: text(ours.map { ($0.status.rawValue, $0.amount) }),
            theirs: text(theirs.map { ($0.status.rawValue, $0.amount) }))
    }

    private static func text(_ parts: [(word: String, amount: Money)]) -> String {
        parts.isEmpty ? "none" : parts.map { "\($0.word) \($0.amount.minorUnits)" }.sorted().joined(separator: ", ")
    }
}

extension ReconcileProviderHandler {
    /// Compares a part of the provider's invoices; those of other products on the account are none of our business.
    func walkInvoices(_ run: ReconciliationRun, since instant: Instant?, at now: Instant) async throws -> ReconciliationRun {
        let page = try await provider.invoices(madeSince: instant, after: run.cursor, budget: .job)
        return try await store.withTransaction(.system) { transaction in
            var run = run
            let ours = try await transaction.mirroredInvoices(of: page.elements.map(\.id))
            let orgs = try await transaction.orgs(ofProviderCustomers: page.elements.compactMap(\.customer))
            for invoice in page.elements where Self.isSettled(invoice.created, at: now) {
                run.compared += 1
                guard let org = ours[invoice.id]?.org ?? invoice.customer.flatMap({ orgs[$0] }),
                    let finding = DriftFinder.compare(ours[invoice.id], with: invoice)
                else { continue }
                try await note([finding], row: nil, org: org, invoice.id, &run, at: now, in: transaction)
            }
            return try await advance(run, to: page.next, at: now, in: transaction)
        }
    }

    /// Reads our older open invoices one by one: what the provider has closed long ago stands in none of its lists.
    func walkOpenRows(_ run: ReconciliationRun, at now: Instant) async throws -> ReconciliationRun {
        let ids = try await store.withTransaction(.system) { transaction in
            try await transaction.openMirroredInvoices(after: run.cursor, madeBefore: run.moneySince, limit: Self.batch)
        }
        var read: [ProviderInvoice] = []
        var gone: [ProviderID] = []
        for id in ids {
            if let invoice = try await provider.invoice(id, budget: .job).object { read.append(invoice) } else { gone.append(id) }
        }
        let (found, missing) = (read, gone)
        return try await store.withTransaction(.system) { transaction in
            var run = run
            let ours = try await transaction.mirroredInvoices(of: ids)
            run.compared += Int64(ids.count)
            for invoice in found {
                guard let mine = ours[invoice.id], let finding = DriftFinder.compare(mine, with: invoice) else { continue }
                try await note([finding], row: nil, org: mine.org, invoice.id, &run, at: now, in: transaction)
            }
            for id in missing {
                guard let mine = ours[id] else { continue }
                let finding = DriftFinder.Finding(category: .invoice, ours: "\(mine.status.rawValue) \(mine.total)", theirs: "none")
                try await note([finding], row: nil, org: mine.org, id, &run, at: now, in: transaction)
            }
            return try await advance(run, to: ids.count == Self.batch ? ids.last : nil, at: now, in: transaction)
        }
    }

    /// Compares a part of what was given back.
    func walkRefunds(_ run: ReconciliationRun, at now: Instant) async throws -> ReconciliationRun {
        let page = try await provider.refunds(madeSince: run.moneySince, after: run.cursor, budget: .job)
        return try await store.withTransaction(.system) { transaction in
            var run = run
            for (payment, refunds) in Dictionary(grouping: page.elements, by: \.payment).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                run.compared += Int64(refunds.count)
                guard let known = try await transaction.payment(payment) else { continue }
                let ours = try await transaction.refunds(of: payment)
                guard let finding = DriftFinder.compare(ours, with: refunds) else { continue }
                try await note([finding], row: nil, org: known.org, payment, &run, at: now, in: transaction)
            }
            return try await advance(run, to: page.next, at: now, in: transaction)
        }
    }

    /// Compares a part of what was contested.
    func walkDisputes(_ run: ReconciliationRun, at now: Instant) async throws -> ReconciliationRun {
        let page = try await provider.disputes(madeSince: run.moneySince, after: run.cursor, budget: .job)
        return try await store.withTransaction(.system) { transaction in
            var run = run
            for (payment, all) in Dictionary(grouping: page.elements, by: \.payment).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                run.compared += Int64(all.count)
                guard let known = try await transaction.payment(payment) else { continue }
                let ours = try await transaction.disputes(of: payment)
                guard let finding = DriftFinder.compare(ours, with: all.map(\.dispute)) else { continue }
                try await note([finding], row: nil, org: known.org, payment, &run, at: now, in: transaction)
            }
            return try await advance(run, to: page.next, at: now, in: transaction)
        }
    }

    /// What was made a moment ago may still be told by an event.
    private static func isSettled(_ created: Instant, at now: Instant) -> Bool { created + .minutes(15) <= now }
}
