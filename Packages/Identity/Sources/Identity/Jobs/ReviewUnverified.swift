internal import Audit
internal import Core
public import Jobs

/// Tells owners of accounts whose address was never proven that these will be removed, and removes them (ID-020).
public struct ReviewUnverified: Job {
    /// `identity.review_unverified`
    public static let kind = "identity.review_unverified"
    /// With the rest of what is due now and then.
    public static let lane = Lane.maintenance

    /// Makes the job.
    public init() {}
}

/// Does ``ReviewUnverified``.
public struct ReviewUnverifiedHandler<Store: IdentityStore, Observer: AccountObserver>: JobHandler
where Observer.Transaction == Store.Transaction {
    private static var batch: Int { 100 }
    private let environment: IdentityEnvironment<Store>
    private let accounts: Accounts<Store, Observer>

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>, observer: Observer) {
        self.environment = environment
        accounts = Accounts(environment, observer: observer)
    }

    /// A batch at a time, each in a transaction. Nobody is removed who was not told long enough before, however late the telling came.
    public func run(_ job: ReviewUnverified, context: JobContext) async throws -> JobOutcome {
        guard environment.settings.verifiesEmail else { return .completed }
        let now = context.now
        var told: User.ID?
        repeat {
            let after = told
            told = try await environment.store.withTransaction(.system) { try await announce(after: after, at: now, in: $0) }
        } while told != nil
        var last: User.ID?
        repeat {
            let after = last
            last = try await environment.store.withTransaction(.system) { try await remove(after: after, at: now, in: $0) }
        } while last != nil
        return .completed
    }

    /// - Returns: the last account that was looked at. Those on which something of value hangs are not told, for they stay.
    private func announce(after: User.ID?, at now: Instant, in transaction: Store.Transaction) async throws -> User.ID? {
        let settings = environment.settings
        let limit = now - settings.unverifiedLifetime + settings.unverifiedNotice
        let users = try await transaction.lockUntoldNeverVerified(createdUntil: limit, after: after, count: Self.batch)
        for user in users {
            guard try await accounts.worthlessOrgs(of: user, at: now, in: transaction) != nil else { continue }
            try await transaction.noteRemovalNotice(of: user.id, at: now)
            let link = try await transaction.openLink(.disown, of: user.id, at: now)
            try await transaction.publish(
                UnverifiedAccountEnding(
                    user, disownLink: link?.id, at: max(user.createdAt + settings.unverifiedLifetime, now + settings.unverifiedNotice)))
        }
        return users.last?.id
    }

    /// - Returns: the last account that was looked at; those on which something of value hangs stay.
    private func remove(after: User.ID?, at now: Instant, in transaction: Store.Transaction) async throws -> User.ID? {
        let settings = environment.settings
        let users = try await transaction.lockNeverVerified(
            createdUntil: now - settings.unverifiedLifetime, toldUntil: now - settings.unverifiedNotice, after: after, count: Self.batch)
        for user in users {
            _ = try await accounts.endUnproven(user, by: .system(component: "identity"), at: now, in: transaction)
        }
        return users.last?.id
    }
}
