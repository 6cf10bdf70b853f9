internal import Audit
public import Core
public import Jobs

/// A person has left an org: where the deployment wishes so, an account that belongs to none any more is switched off (ID-150).
public struct ReviewOrphan: Job {
    /// `identity.review_orphan`
    public static let kind = "identity.review_orphan"
    /// With the lives of things.
    public static let lane = Lane.lifecycle
    /// The account.
    public let user: User.ID

    /// Makes the job.
    public init(user: User.ID) {
        self.user = user
    }
}

/// Does ``ReviewOrphan``.
public struct ReviewOrphanHandler<Store: IdentityStore, Observer: AccountObserver>: JobHandler
where Observer.Transaction == Store.Transaction {
    private let environment: IdentityEnvironment<Store>
    private let accounts: Accounts<Store, Observer>

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>, observer: Observer) {
        self.environment = environment
        accounts = Accounts(environment, observer: observer)
    }

    /// Looks again under the account's lock: the person may have joined another org meanwhile.
    public func run(_ job: ReviewOrphan, context: JobContext) async throws -> JobOutcome {
        guard environment.settings.deactivatesOrphans else { return .completed }
        return try await environment.store.withTransaction(.system) { transaction in
            if try await transaction.lockedUser(job.user) != nil, try await transaction.scopes(of: job.user, limit: 1).isEmpty {
                try await accounts.deactivate(
                    job.user, freezingOrgs: false, by: .system(component: "identity"), because: "belongs to no org", as: .noOrg,
                    at: context.now,
                    in: transaction)
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
