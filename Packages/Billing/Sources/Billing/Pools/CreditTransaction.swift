public import Core
public import Identity
public import Orgs

/// One line of a pool's ledger; it never changes.
public struct CreditTransaction: Sendable, Hashable, Identifiable, IdentifiedEntity {
    /// The id of a line.
    public typealias ID = Identifier<CreditTransaction>
    /// `txn_…`
    public static let idPrefix = "txn"

    /// What happened.
    public enum Kind: String, Codable, Sendable, CaseIterable { case allocation, consumption, bonus, refund, expiration, adjustment }

    /// Its own id.
    public let id: ID
    /// Of which pool.
    public let pool: CreditPool.ID
    /// What happened.
    public let kind: Kind
    /// By how much the balance changed.
    public let amount: AICredits
    /// What was left.
    public let balanceAfter: AICredits
    /// The caller's key.
    public let key: String
    /// What kind of use it was.
    public let operationType: String?
    /// The operation it belongs to.
    public let operation: String?
    /// For people.
    public let description: String
    /// Who used it.
    public let user: User.ID?
    /// The request that did it.
    public let request: String?
    /// When.
    public let createdAt: Instant

    /// Describes a line.
    public init(
        id: ID, pool: CreditPool.ID, kind: Kind, amount: AICredits, balanceAfter: AICredits, key: String, operationType: String?,
        operation: String?, description: String, user: User.ID?, request: String?, createdAt: Instant
    ) {
        self.id = id
        self.pool = pool
        self.kind = kind
        self.amount = amount
        self.balanceAfter = balanceAfter
        self.key = key
        self.operationType = operationType
        self.operation = operation
        self.description = description
        self.user = user
        self.request = request
        self.createdAt = createdAt
    }
}

/// A line that is to be posted.
public struct CreditPosting: Sendable, Hashable {
    /// What happens.
    public let kind: CreditTransaction.Kind
    /// By how much the balance is to change.
    public let amount: AICredits
    /// The caller's key: the same key posts once.
    public let key: String
    /// For people.
    public let description: String
    /// What kind of use it is.
    public var operationType: String?
    /// The operation it belongs to.
    public var operation: String?
    /// Who uses it.
    public var user: User.ID?
    /// The request that does it.
    public var request: String?
    /// Whether a pool that is short is drained to zero instead of being left as it is (BIL-105).
    public var drains = false
    /// The hold that it settles.
    public var settling: CreditHoldID?

    /// Describes a line.
    public init(_ kind: CreditTransaction.Kind, _ amount: AICredits, key: String, description: String) {
        self.kind = kind
        self.amount = amount
        self.key = key
        self.description = description
    }
}

/// Names holds in ids.
public enum CreditHold: IdentifiedEntity {
    /// `chold`
    public static let idPrefix = "chold"
}

/// The id of a hold.
public typealias CreditHoldID = Identifier<CreditHold>

/// What came of a posting or a hold.
public enum CreditOutcome<ID: Sendable & Hashable>: Sendable, Hashable {
    /// It was posted, now or by an earlier call with the same key.
    case posted(ID, amount: AICredits, balance: AICredits, isNew: Bool)
    /// The pool is short and stays as it is.
    case insufficient(have: AICredits)
    /// The key was used for something else.
    case keyReused
    /// There is no such pool.
    case absent
}

/// What a transaction can do with AI credits, part of ``BillingTransaction``.
public protocol CreditPoolTransaction {
    /// Stores a pool without credits, unless there is an open one for the resource and member.
    ///
    /// - Returns: the open pool, locked.
    func openPool(_ pool: CreditPool) async throws -> CreditPool

    /// The open pool of a graph or seat, locked.
    func lockedPool(of resource: ResourceID, subscriber: User.ID?) async throws -> CreditPool?

    /// The open pool that a subscription pays for, locked.
    func lockedPool(of subscription: Subscription.ID, org: Org.ID) async throws -> CreditPool?

    /// A pool, locked.
    func lockedPool(_ id: CreditPool.ID) async throws -> CreditPool?

    /// The open pools whose month is over, some of them, skipping what others hold.
    func duePools(at now: Instant, limit: Int) async throws -> [CreditPool]

    /// Stores window, allocation and end of a pool; its balance changes by postings only.
    func save(_ pool: CreditPool) async throws

    /// Posts a line; the one way by which a balance changes (BIL-103).
    func post(_ posting: CreditPosting, to pool: CreditPool.ID, at now: Instant) async throws -> CreditOutcome<CreditTransaction.ID>

    /// Reserves credits until an instant (BIL-106).
    func hold(_ amount: AICredits, of pool: CreditPool.ID, key: String, until: Instant, at now: Instant) async throws
        -> CreditOutcome<CreditHoldID>

    /// Ends a hold: `nil` when it is closed or has lapsed.
    func closeHold(_ id: CreditHoldID, settling: Bool, at now: Instant) async throws -> (pool: CreditPool.ID, amount: AICredits)?

    /// Releases holds whose time is over.
    ///
    /// - Returns: how many.
    func releaseLapsedHolds(at now: Instant, limit: Int) async throws -> Int

    /// Takes the right to tell that a pool is low: `true` once for each threshold of a month (BIL-112).
    func takeLowNotice(_ percent: Int16, of pool: CreditPool.ID) async throws -> Bool
}
