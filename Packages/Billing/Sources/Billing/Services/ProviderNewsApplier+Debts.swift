internal import Core
internal import Jobs
internal import Orgs

extension ProviderNewsApplier {
    /// Whether what a subscription owed the provider, before it came to be billed by us, is paid now, nothing else is owed there, and
    /// nothing of ours is overdue (BIL-089).
    func isDebtOfBefore(_ row: Subscription, settledBy news: ProviderNews, in transaction: Transaction) async throws -> Bool {
        guard case .netTerms = row.backing, row.startedAt != nil, row.status == .pastDue || row.status == .unpaid,
            news.invoices.contains(where: { $0.status == .paid }), try await !transaction.owesProvider(row.id)
        else { return false }
        return try await !transaction.lockedUnsettledInvoices(of: row.id, org: row.org)
            .contains { $0.status != .uncollectible && $0.overdueAt != nil }
    }

    /// What was taken back or given up is owed no more: without another open invoice nobody is reminded, and whether the subscription
    /// goes on is read of the provider (STR-096).
    func dropDebt(of row: Subscription, for invoice: Invoice, in transaction: Transaction) async throws {
        guard try await transaction.openInvoice(of: row.id) == nil else { return }
        if row.status == .pastDue || row.status == .unpaid { try await writer.dunning.closed(row, .dropped, in: transaction) }
        guard let id = row.providerLink?.subscription else { return }
        let subject = ProviderSubject.subscription(id)
        let cause = "\(invoice.id):\(invoice.status.rawValue)"
        try await transaction.enqueue(SyncProviderObject(subject: subject), .looking(at: subject, because: cause))
    }
}
