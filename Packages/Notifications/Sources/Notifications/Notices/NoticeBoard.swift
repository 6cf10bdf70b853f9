public import Audit
public import Core
public import Identity
internal import Jobs

/// What people are told in the product.
public protocol NoticeBoard<Transaction>: Sendable {
    /// The transactions it writes in.
    associatedtype Transaction

    /// Posts a notice in the transaction of what it tells; an older one of the same person, kind and subscription gives way to it.
    ///
    /// - Returns: `false` when the person was told of the decision before.
    @discardableResult
    func post(_ notice: Notice, in transaction: Transaction) async throws -> Bool

    /// What a person is to be told, newest first.
    func pending(for user: User.ID) async throws -> [Notice]

    /// Takes a notice away from the person who has seen it; again it changes nothing.
    ///
    /// - Returns: `false` when the person has no such notice.
    func acknowledge(_ id: Notice.ID, by user: User.ID, as actor: AuditActor) async throws -> Bool

    /// Clears what is too old.
    ///
    /// - Returns: how many.
    func clearExpired(now: Instant) async throws -> Int
}

/// Notices in a store.
public struct StoredNoticeBoard<Store: NotificationStore>: NoticeBoard {
    /// The transactions of the store.
    public typealias Transaction = Store.Transaction
    private static var batch: Int { 500 }

    private let store: Store
    private let dateSource: any DateSource

    /// Makes a board.
    public init(store: Store, dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
    }

    /// Posts a notice with its entry in the log.
    @discardableResult
    public func post(_ notice: Notice, in transaction: Store.Transaction) async throws -> Bool {
        try await transaction.post(notice)
    }

    /// What a person is to be told.
    public func pending(for user: User.ID) async throws -> [Notice] {
        let now = dateSource.now
        return try await store.withTransaction { try await $0.pendingNotices(of: user, at: now) }
    }

    /// Takes a notice away.
    public func acknowledge(_ id: Notice.ID, by user: User.ID, as actor: AuditActor) async throws -> Bool {
        let now = dateSource.now
        return try await store.withTransaction { transaction in
            guard let (notice, isNew) = try await transaction.acknowledgeNotice(id, of: user, at: now) else { return false }
            if isNew { try await transaction.record(NoticeAcknowledged(notice: notice), by: actor) }
            return true
        }
    }

    /// Clears old ones, a batch in each transaction.
    public func clearExpired(now: Instant) async throws -> Int {
        var count = 0
        while true {
            let cleared = try await store.withTransaction { transaction in
                let notices = try await transaction.clearNotices(at: now, limit: Self.batch)
                for notice in notices { try await transaction.record(NoticeExpired(notice: notice), by: .notifications) }
                return notices.count
            }
            count += cleared
            if cleared < Self.batch { return count }
        }
    }
}

extension NotificationTransaction {
    /// Posts a notice with its entry in the log.
    func post(_ notice: Notice) async throws -> Bool {
        guard try await insertNotice(notice) else { return false }
        try await record(NoticeCreated(notice: notice), by: .notifications)
        if let org = notice.org { try await publish(NoticePosted(notice, of: org)) }
        return true
    }
}
