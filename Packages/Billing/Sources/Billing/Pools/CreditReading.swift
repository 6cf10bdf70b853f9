public import Core
public import Identity
public import Orgs

/// Which lines of a pool's ledger are wanted.
public struct CreditQuery: Sendable, Hashable {
    /// Only lines of this kind.
    public var kind: CreditTransaction.Kind?
    /// Only lines of this kind of use.
    public var operationType: String?
    /// Only lines from this instant on.
    public var from: Instant?
    /// Only lines before this instant.
    public var until: Instant?
    /// How many.
    public var limit: Int
    /// How many newer ones are left out.
    public var offset: Int

    /// Wants the newest lines.
    public init(limit: Int = 100, offset: Int = 0) {
        self.limit = limit
        self.offset = offset
    }
}

/// What one kind of use consumed; amounts are absolute.
public struct CreditUse: Sendable, Hashable {
    /// The kind of use.
    public let operationType: String
    /// How much in all.
    public let total: AICredits
    /// In how many lines.
    public let count: Int64
    /// The first of them.
    public let first: Instant
    /// The last of them.
    public let last: Instant

    /// Puts it together.
    public init(operationType: String, total: AICredits, count: Int64, first: Instant, last: Instant) {
        self.operationType = operationType
        self.total = total
        self.count = count
        self.first = first
        self.last = last
    }
}

/// A part of a pool's ledger with what it adds up to.
public struct CreditPage: Sendable, Hashable {
    /// The lines, newest first.
    public let transactions: [CreditTransaction]
    /// What was consumed, by kind of use, among all lines that were wanted.
    public let uses: [CreditUse]
    /// How many lines were wanted, on all pages.
    public let total: Int

    /// Puts both together.
    public init(transactions: [CreditTransaction], uses: [CreditUse], total: Int) {
        self.transactions = transactions
        self.uses = uses
        self.total = total
    }
}

/// A pool with what was used in its month.
public struct CreditPoolView: Sendable, Hashable {
    /// The pool.
    public let pool: CreditPool
    /// The plan that pays for it.
    public let plan: PlanKey
    /// What was used in the month.
    public let used: AICredits
    /// How many lines the month has.
    public let transactionCount: Int

    /// Puts both together.
    public init(pool: CreditPool, plan: PlanKey, used: AICredits, transactionCount: Int) {
        self.pool = pool
        self.plan = plan
        self.used = used
        self.transactionCount = transactionCount
    }
}

/// Reads AI credits, part of ``BillingStore``; each read takes at most two statements (BIL-153).
public protocol CreditPoolReading: Sendable {
    /// The open pools of an org, by resource.
    func creditPools(of org: Org.ID) async throws -> [CreditPoolView]

    /// The open pool of a graph or seat.
    func creditPool(of resource: ResourceID, subscriber: User.ID?) async throws -> CreditPoolView?

    /// A part of a pool's ledger.
    func creditTransactions(of pool: CreditPool.ID, org: Org.ID, _ query: CreditQuery) async throws -> CreditPage
}

/// What the routes ask about AI credits.
public protocol CreditViewing: Sendable {
    /// The pool of a graph or of the caller's seat, brought into the current month.
    ///
    /// - Throws: ``MoneyRefusal/notFound`` when there is none.
    func pool(of resource: ResourceID, subscriber: User.ID?) async throws -> CreditPoolView

    /// A part of its ledger.
    func transactions(of resource: ResourceID, subscriber: User.ID?, _ query: CreditQuery) async throws -> CreditPage

    /// All pools of an org; owners and admins (BIL-152).
    func pools(of org: Org.ID, as principal: Principal) async throws -> [CreditPoolView]
}
