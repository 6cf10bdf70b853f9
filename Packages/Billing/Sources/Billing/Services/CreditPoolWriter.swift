internal import Audit
internal import Core
internal import Jobs
internal import Orgs

/// Opens, refills and closes pools, in the transaction of each activation, plan change and end (BIL-152).
struct CreditPoolWriter<Transaction: BillingTransaction>: Sendable {
    let catalogue: Catalogue
    let dateSource: any DateSource

    private var now: Instant { dateSource.now }

    /// Opens the pool of a subscription that was activated and posts the first month (T5); add-ons have none.
    func open(for row: Subscription, in transaction: Transaction) async throws {
        guard row.resourceType != .addon, let resource = row.resource, let plan = catalogue.plans[row.plan.key] else { return }
        let anchor = row.startedAt ?? now
        let pool = try await transaction.openPool(
            CreditPool(
                id: .make(at: now), org: row.org, subscription: row.id, resource: resource,
                subscriber: row.resourceType == .repository ? row.subscriber : nil, balance: AICredits(hundredths: 0),
                allocation: AICredits(plan.monthlyCredits), anchor: anchor, window: CreditPool.window(containing: now, anchor: anchor),
                allocatedAt: nil, closedAt: nil, createdAt: now))
        _ = try await refill(pool, in: transaction)
    }

    /// Brings a pool into the current month: what is left of an earlier one is forfeited, the month's credits are posted; once for each
    /// month, and only for the current one after any time without it (BIL-107, BIL-108).
    func refill(_ pool: CreditPool, in transaction: Transaction) async throws -> CreditPool {
        var pool = pool
        guard pool.closedAt == nil, try await transaction.isOn(.creditAllocation) else { return pool }
        let window = CreditPool.window(containing: now, anchor: pool.anchor)
        let isNewWindow = window.start > pool.window.start
        guard isNewWindow || pool.allocatedAt == nil else { return pool }
        if isNewWindow, pool.balance.hundredths > 0 {
            let posting = CreditPosting(
                .expiration, AICredits(hundredths: -pool.balance.hundredths), key: "expiration:\(window.start)",
                description: "Unused credits of the month that ended")
            pool.balance = try await post(posting, to: pool, in: transaction)
            try await transaction.record(CreditPoolEntry.Expired(pool: pool, amount: posting.amount), by: .billing)
        }
        let posting = CreditPosting(
            .allocation, pool.allocation, key: "allocation:\(window.start)", description: "Monthly credits")
        pool.balance = try await post(posting, to: pool, in: transaction)
        pool.window = window
        pool.allocatedAt = now
        try await transaction.save(pool)
        try await transaction.record(CreditPoolEntry.Allocated(pool: pool, amount: posting.amount), by: .billing)
        return pool
    }

    /// Posts the difference of a plan change for the rest of the month, both ways and never below zero; once for each change (BIL-109).
    ///
    /// A change that is rolled back calls this with the plans exchanged and the key of the rollback.
    func changeAllocation(of row: Subscription, to plan: Plan, key: String, in transaction: Transaction) async throws {
        guard let found = try await transaction.lockedPool(of: row.id, org: row.org) else { return }
        var pool = try await refill(found, in: transaction)
        let allocation = AICredits(plan.monthlyCredits)
        let amount = Self.share(of: allocation.hundredths - pool.allocation.hundredths, in: pool.window, from: now)
        guard allocation != pool.allocation else { return }
        let posting = CreditPosting(
            .adjustment, AICredits(hundredths: amount), key: "plan:\(key)",
            description: "Change of plan to \(catalogue.displayName(of: plan.key))")
        pool.balance = try await post(posting, to: pool, in: transaction)
        pool.allocation = allocation
        try await transaction.save(pool)
        try await transaction.record(CreditPoolEntry.Adjusted(pool: pool, amount: posting.amount, reason: "plan change"), by: .billing)
    }

    /// The share of an amount that belongs to the rest of a window, in whole hundredths, rounded towards zero.
    static func share(of amount: Int64, in window: Period, from now: Instant) -> Int64 {
        let all = window.end.microsecondsSinceEpoch - window.start.microsecondsSinceEpoch
        let rest = min(max(window.end.microsecondsSinceEpoch - now.microsecondsSinceEpoch, 0), all)
        let (high, low) = amount.magnitude.multipliedFullWidth(by: rest.magnitude)
        let share = Int64(clamping: all.magnitude.dividingFullWidth((high, low)).quotient)
        return amount < 0 ? -share : share
    }

    /// Ends the pool of a subscription that is over; what is left is forfeited.
    func close(for row: Subscription, in transaction: Transaction) async throws {
        guard var pool = try await transaction.lockedPool(of: row.id, org: row.org) else { return }
        if pool.balance.hundredths > 0 {
            let posting = CreditPosting(
                .expiration, AICredits(hundredths: -pool.balance.hundredths), key: "end:\(pool.id)", description: "End of the subscription")
            pool.balance = try await post(posting, to: pool, in: transaction)
            try await transaction.record(CreditPoolEntry.Expired(pool: pool, amount: posting.amount), by: .billing)
        }
        pool.closedAt = now
        try await transaction.save(pool)
    }

    /// Posts what cannot be refused.
    ///
    /// - Returns: the balance afterwards.
    func post(_ posting: CreditPosting, to pool: CreditPool, in transaction: Transaction) async throws -> AICredits {
        switch try await transaction.post(posting, to: pool.id, at: now) {
        case .posted(_, _, let balance, let isNew): return isNew ? balance : pool.balance
        case .insufficient(let have): throw MoneyRefusal.insufficientCredits(need: -posting.amount.hundredths, have: have.hundredths)
        case .keyReused: throw MoneyRefusal.keyReused
        case .absent: throw MoneyRefusal.notFound
        }
    }
}
