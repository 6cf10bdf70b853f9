public import Audit
public import Core
public import Identity
internal import Jobs
public import Orgs

/// Spends, reserves, grants and shows AI credits, for the packages above and for operators' routes.
public struct CreditService<Store: BillingStore>: CreditViewing {
    let store: Store
    let writer: CreditPoolWriter<Store.Transaction>
    let authorizer: any OrgAuthorizer
    let dateSource: any DateSource

    private var now: Instant { dateSource.now }

    // MARK: Using

    /// What uses of models cost (BIL-102).
    public func price(of uses: [TokenUse]) throws(MoneyRefusal) -> (price: AICredits, unknownModels: [String]) {
        try writer.catalogue.tokenPrices.price(of: uses)
    }

    /// Charges a pool before the use: all or nothing (BIL-105). A repeated key answers the first result (BIL-104).
    ///
    /// - Throws: ``MoneyRefusal/insufficientCredits(need:have:)`` when the pool is short, ``MoneyRefusal/keyReused`` for another amount.
    @discardableResult
    public func charge(
        _ amount: AICredits, to resource: ResourceID, subscriber: User.ID?, key: String, for use: CreditUseDescription
    ) async throws -> CreditCharge {
        try await spend(amount, of: resource, subscriber, key: key, use, drains: false)
    }

    /// Charges a pool after the use: what is there is taken, down to exactly zero, and the shortfall is answered (BIL-105).
    @discardableResult
    public func settleUse(
        _ amount: AICredits, of resource: ResourceID, subscriber: User.ID?, key: String, for use: CreditUseDescription
    ) async throws -> CreditCharge {
        try await spend(amount, of: resource, subscriber, key: key, use, drains: true)
    }

    private func spend(
        _ amount: AICredits, of resource: ResourceID, _ subscriber: User.ID?, key: String, _ use: CreditUseDescription, drains: Bool
    ) async throws -> CreditCharge {
        guard amount.hundredths > 0 else { throw MoneyRefusal.amountOutOfRange }
        return try await store.withTransaction(.system) { transaction in
            let pool = try await current(resource, subscriber, in: transaction)
            var posting = use.posting(of: amount, key: key)
            posting.drains = drains
            return try await post(posting, to: pool, in: transaction)
        }
    }

    private func post(_ posting: CreditPosting, to pool: CreditPool, in transaction: Store.Transaction) async throws -> CreditCharge {
        switch try await transaction.post(posting, to: pool.id, at: now) {
        case .posted(let id, let amount, let balance, let isNew):
            if isNew { try await warn(pool, left: balance, in: transaction) }
            return CreditCharge(
                transaction: id, charged: AICredits(hundredths: -amount.hundredths), balance: balance,
                shortfall: AICredits(hundredths: amount.hundredths - posting.amount.hundredths))
        case .insufficient(let have): throw MoneyRefusal.insufficientCredits(need: -posting.amount.hundredths, have: have.hundredths)
        case .keyReused: throw MoneyRefusal.keyReused
        case .absent: throw MoneyRefusal.notFound
        }
    }

    /// Tells at 20, 5 and 0 percent, once each in a month (BIL-112); of several that were passed at once, the lowest.
    private func warn(_ pool: CreditPool, left: AICredits, in transaction: Store.Transaction) async throws {
        guard pool.allocation.hundredths > 0 else { return }
        let passed = [Int16(0), 5, 20].first { left.hundredths * 100 <= Int64($0) * pool.allocation.hundredths }
        guard let passed, try await transaction.takeLowNotice(passed, of: pool.id) else { return }
        var pool = pool
        pool.balance = left
        try await transaction.publish(CreditsRunLow(pool, percent: passed))
        if passed == 0 { try await transaction.record(CreditPoolEntry.Exhausted(pool: pool, amount: left), by: .billing) }
    }

    private func current(_ resource: ResourceID, _ subscriber: User.ID?, in transaction: Store.Transaction) async throws -> CreditPool {
        guard let pool = try await transaction.lockedPool(of: resource, subscriber: subscriber) else { throw MoneyRefusal.notFound }
        return try await writer.refill(pool, in: transaction)
    }

    // MARK: Holds

    /// Reserves credits for a use that is about to happen; they come back by themselves after a time (BIL-106).
    ///
    /// - Throws: ``MoneyRefusal/insufficientCredits(need:have:)`` when less is free.
    public func hold(
        _ amount: AICredits, of resource: ResourceID, subscriber: User.ID?, key: String, for time: Duration = .seconds(300)
    ) async throws -> CreditHoldID {
        guard amount.hundredths > 0 else { throw MoneyRefusal.amountOutOfRange }
        return try await store.withTransaction(.system) { transaction in
            let pool = try await current(resource, subscriber, in: transaction)
            switch try await transaction.hold(amount, of: pool.id, key: key, until: now + time, at: now) {
            case .posted(let id, _, _, _): return id
            case .insufficient(let have): throw MoneyRefusal.insufficientCredits(need: amount.hundredths, have: have.hundredths)
            case .keyReused: throw MoneyRefusal.keyReused
            case .absent: throw MoneyRefusal.notFound
            }
        }
    }

    /// Charges what was used of a hold, at most what it reserved, and frees the rest.
    ///
    /// - Throws: ``MoneyRefusal/holdClosed`` when it was ended or has lapsed, ``MoneyRefusal/amountOutOfRange`` for more than was reserved.
    @discardableResult
    public func settle(_ id: CreditHoldID, for amount: AICredits, _ use: CreditUseDescription) async throws -> CreditCharge {
        try await store.withTransaction(.system) { transaction in
            guard let (poolID, held) = try await transaction.closeHold(id, settling: true, at: now) else { throw MoneyRefusal.holdClosed }
            guard amount.hundredths > 0, amount <= held else { throw MoneyRefusal.amountOutOfRange }
            guard let pool = try await transaction.lockedPool(poolID) else { throw MoneyRefusal.notFound }
            var posting = use.posting(of: amount, key: "hold:\(id)")
            posting.settling = id
            return try await post(posting, to: pool, in: transaction)
        }
    }

    /// Frees a hold; one that is closed stays so.
    public func release(_ id: CreditHoldID) async throws {
        try await store.withTransaction(.system) { transaction in
            _ = try await transaction.closeHold(id, settling: false, at: now)
        }
    }

    // MARK: For operators

    /// Adds credits to the current month of a pool, with a reason (BIL-111); the same key adds once.
    public func addBonus(_ amount: AICredits, to id: CreditPool.ID, because reason: String, key: String, by actor: AuditActor) async throws
    {
        guard amount.hundredths > 0 else { throw MoneyRefusal.amountOutOfRange }
        try await adjust(id, because: reason) { pool, transaction in
            let posting = CreditPosting(.bonus, amount, key: "bonus:\(key)", description: reason)
            guard case .posted(_, _, let balance, let isNew) = try await transaction.post(posting, to: pool.id, at: now) else {
                throw MoneyRefusal.keyReused
            }
            guard isNew else { return }
            var pool = pool
            pool.balance = balance
            try await transaction.record(CreditPoolEntry.Bonus(pool: pool, amount: amount, reason: reason), by: actor)
        }
    }

    /// Brings a pool back to its allocation, with a reason (BIL-111); the same key resets once.
    public func reset(_ id: CreditPool.ID, because reason: String, key: String, by actor: AuditActor) async throws {
        try await adjust(id, because: reason) { pool, transaction in
            let amount = AICredits(hundredths: pool.allocation.hundredths - pool.balance.hundredths)
            guard amount.hundredths != 0 else { return }
            let posting = CreditPosting(.adjustment, amount, key: "reset:\(key)", description: reason)
            guard case .posted(_, _, let balance, let isNew) = try await transaction.post(posting, to: pool.id, at: now), isNew else {
                return
            }
            var pool = pool
            pool.balance = balance
            try await transaction.record(CreditPoolEntry.Reset(pool: pool, amount: amount, reason: reason), by: actor)
        }
    }

    private func adjust(_ id: CreditPool.ID, because reason: String, _ body: (CreditPool, Store.Transaction) async throws -> Void)
        async throws
    {
        guard (1...500).contains(reason.count) else { throw MoneyRefusal.reasonRequired }
        try await store.withTransaction(.system) { transaction in
            guard let pool = try await transaction.lockedPool(id), pool.closedAt == nil else { throw MoneyRefusal.notFound }
            try await body(try await writer.refill(pool, in: transaction), transaction)
        }
    }

    // MARK: Reading

    /// The pool of a graph or seat, brought into the current month (BIL-108).
    public func pool(of resource: ResourceID, subscriber: User.ID?) async throws -> CreditPoolView {
        guard let view = try await store.creditPool(of: resource, subscriber: subscriber) else { throw MoneyRefusal.notFound }
        guard view.pool.window.end <= now || view.pool.allocatedAt == nil else { return view }
        _ = try await store.withTransaction(.system) { try await current(resource, subscriber, in: $0) }
        guard let refilled = try await store.creditPool(of: resource, subscriber: subscriber) else { throw MoneyRefusal.notFound }
        return refilled
    }

    /// A part of its ledger.
    public func transactions(of resource: ResourceID, subscriber: User.ID?, _ query: CreditQuery) async throws -> CreditPage {
        let view = try await pool(of: resource, subscriber: subscriber)
        return try await store.creditTransactions(of: view.pool.id, org: view.pool.org, query)
    }

    /// All pools of an org.
    public func pools(of org: Org.ID, as principal: Principal) async throws -> [CreditPoolView] {
        _ = try authorizer.adminScope(for: principal, in: org)
        return try await store.creditPools(of: org)
    }
}

/// What credits are used for, as the ledger tells it.
public struct CreditUseDescription: Sendable, Hashable {
    /// The kind of use.
    public let operationType: String
    /// For people.
    public let text: String
    /// The operation it belongs to.
    public let operation: String?
    /// Who uses it.
    public let user: User.ID?
    /// The request that does it.
    public let request: String?

    /// Describes a use.
    public init(operationType: String, text: String, operation: String? = nil, user: User.ID? = nil, request: String? = nil) {
        self.operationType = operationType
        self.text = text
        self.operation = operation
        self.user = user
        self.request = request
    }

    func posting(of amount: AICredits, key: String) -> CreditPosting {
        var posting = CreditPosting(.consumption, AICredits(hundredths: -amount.hundredths), key: key, description: text)
        posting.operationType = operationType
        posting.operation = operation
        posting.user = user
        posting.request = request
        return posting
    }
}

/// What came of a charge.
public struct CreditCharge: Sendable, Hashable {
    /// The line of the ledger.
    public let transaction: CreditTransaction.ID
    /// What was taken.
    public let charged: AICredits
    /// What was left.
    public let balance: AICredits
    /// What could not be taken.
    public let shortfall: AICredits
}
