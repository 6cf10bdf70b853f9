internal import Audit
public import Billing
public import Core
internal import Identity
internal import Jobs
internal import Operations
internal import Orgs

/// The seats of shared repositories: they need no place, and their grants follow their subscriptions in the same transaction (GRA-089).
public struct RepositorySeats<Transaction: GraphTransaction>: SellableResource {
    private let dateSource: any DateSource

    /// Makes the kind.
    public init(dateSource: any DateSource) {
        self.dateSource = dateSource
    }

    /// `repository`
    public var type: ResourceType { .repository }

    /// Takes any wishes; a seat has none.
    public func validate(_ configuration: JSONValue, for plan: Plan) throws(BillingError) {}

    /// Needs no place.
    public func reserve(for subscription: Subscription, plan: Plan, in transaction: Transaction) async throws {}

    /// Holds no place.
    public func release(_ subscription: Subscription.ID, in transaction: Transaction) async throws {}

    /// Brings the grant in line with the newest subscription of the seat.
    public func changed(_ subscription: Subscription, in transaction: Transaction) async throws {
        guard subscription.resourceType == .repository, let user = subscription.subscriber,
            let slug = subscription.plan.key.repository, let repository = ResourceID(slug)
        else { return }
        try await reconcile(repository, user, in: transaction)
    }

    /// Brings one person's grant in line; done again it changes nothing.
    func reconcile(_ repository: Repository.ID, _ user: User.ID, in transaction: Transaction) async throws {
        let now = dateSource.now
        guard let newest = try await transaction.newestSubscription(of: .repository, repository, subscriber: user) else { return }
        let grant = try await transaction.lockedRepositoryGrant(on: repository, of: user)
        switch SeatDecision.decide(newest, now: now) {
        case .unchanged:
            // Whatever is being bought now: a time that is over is over (OPS-119).
            if let end = grant?.expiresAt, end <= now { try await move(grant, to: .revoked, newest, in: transaction) }
        case .active(let end): try await open(grant, newest, repository, user, until: end, at: now, in: transaction)
        case .suspended: try await move(grant, to: .suspended, newest, in: transaction)
        case .revoked: try await move(grant, to: .revoked, newest, in: transaction)
        }
    }

    private func open(
        _ grant: RepositoryGrant?, _ payer: Subscription, _ repository: Repository.ID, _ user: User.ID, until end: Instant?,
        at now: Instant, in transaction: Transaction
    ) async throws {
        guard var grant, grant.state != .revoked else {
            // What an operator or an off-boarding took away does not come back by itself: only another sale opens it again.
            if let grant, grant.cause != .reconciler, grant.subscription == payer.id { return }
            let new = RepositoryGrant(
                id: .make(at: now), repository: repository, user: user, org: payer.org, subscription: payer.id, plan: payer.plan.key.name,
                access: .read, expiresAt: end, state: .active, cause: .reconciler, createdAt: now)
            try await transaction.insert(new)
            _ = try await transaction.record(RepositoryAccessEntry.Granted(new), by: Self.actor)
            try await transaction.publish(RepositoryAccessChanged(new, .granted))
            return
        }
        let before = grant
        if grant.org != payer.org {
            // Another org pays now: the seat of the first is over, since a grant is one org's.
            try await move(grant, to: .revoked, payer, in: transaction)
            return try await open(nil, payer, repository, user, until: end, at: now, in: transaction)
        }
        grant.subscription = payer.id
        grant.plan = payer.plan.key.name
        grant.expiresAt = end
        grant.state = .active
        grant.cause = .reconciler
        guard grant != before else { return }
        try await transaction.save(grant)
        guard before.state == .suspended else { return }
        try await transaction.record(RepositoryAccessEntry.Restored(grant), by: Self.actor)
        try await transaction.publish(RepositoryAccessChanged(grant, .restored))
    }

    private func move(
        _ grant: RepositoryGrant?, to state: RepositoryGrant.State, _ payer: Subscription, in transaction: Transaction
    ) async throws {
        guard var grant, grant.state != .revoked, grant.state != state else { return }
        grant.state = state
        grant.cause = .reconciler
        try await transaction.save(grant)
        if state == .suspended {
            try await transaction.record(RepositoryAccessEntry.Suspended(grant), by: Self.actor)
        } else {
            try await transaction.record(RepositoryAccessEntry.Revoked(grant), by: Self.actor)
        }
        try await transaction.publish(RepositoryAccessChanged(grant, state == .suspended ? .suspended : .ended))
    }

    private static var actor: AuditActor { .system(component: "graphs") }
}

extension GraphTransaction {
    /// Takes away what a person has at repositories for an org's money, for a reason that no reconciliation undoes.
    func revokeRepositoryGrants(of user: User.ID, in org: Org.ID, cause: RepositoryGrant.Cause, by actor: AuditActor) async throws {
        for var grant in try await lockedRepositoryGrants(of: user, in: org) {
            grant.state = .revoked
            grant.cause = cause
            try await save(grant)
            try await record(RepositoryAccessEntry.Revoked(grant), by: actor)
            try await publish(RepositoryAccessChanged(grant, .ended))
        }
    }
}
