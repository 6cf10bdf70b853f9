public import Audit
public import Core
public import Identity

/// Switches an org off inside a transaction, at an owner's order: at once, or when its subscriptions have ended.
public struct OrgSwitchOff<Transaction: OrgTransaction>: Sendable {
    /// Who wants which org gone.
    public struct Order: Sendable {
        /// The org.
        public let org: Org.ID
        /// The owner who asked.
        public let owner: User.ID
        /// The same, for the audit log.
        public let actor: AuditActor
        /// Why, in the owner's words.
        public let reason: String?
        /// Whether credit that is left is given up.
        public let forfeitsBalance: Bool
        /// When.
        public let at: Instant

        /// Describes an order.
        public init(org: Org.ID, owner: User.ID, actor: AuditActor, reason: String?, forfeitsBalance: Bool, at now: Instant) {
            self.org = org
            self.owner = owner
            self.actor = actor
            self.reason = reason
            self.forfeitsBalance = forfeitsBalance
            at = now
        }
    }

    /// Where an org stands that is to be switched off.
    enum Standing {
        case active(Org)
        case deleted(OrgDeletion)
    }

    let ending: OrgEnding<Transaction>
    private let settings: OrgsSettings

    /// Makes it.
    ///
    /// - Parameter observers: the packages above, which know of subscriptions, invoices and graphs.
    public init(observers: [any OrgLifecycleObserver<Transaction>], settings: OrgsSettings) {
        ending = OrgEnding(observers: observers)
        self.settings = settings
    }

    /// Switches the org off, if nothing stands in the way and who ordered it still owns it. Of an org that is switched off already it gives the deletion.
    ///
    /// - Throws: ``OrgsError``: `notMember`, `frozen`, `purging`, `ownerRequired`, or `blocked` with what stands in the way; nothing has changed then.
    public func callAsFunction(_ order: Order, in transaction: Transaction) async throws -> OrgDeletion {
        switch try await examine(order, in: transaction) {
        case .deleted(let deletion): return deletion
        case .active(let org):
            let blockers = try await blockers(of: order, in: transaction)
            guard blockers.isEmpty else { throw OrgsError.blocked(blockers) }
            return try await run(order, org, in: transaction)
        }
    }

    /// Locks the org, and asks again whether the one who ordered it owns it: the role may have changed since.
    func examine(_ order: Order, in transaction: Transaction) async throws -> Standing {
        guard let org = try await transaction.lockedOrg(order.org) else { throw OrgsError.notMember }
        if org.state == .deleted, let deletion = try await transaction.lockedDeletion(of: org.id) { return .deleted(deletion) }
        guard org.state != .frozen else { throw OrgsError.frozen }
        guard org.state == .active else { throw OrgsError.purging }
        guard try await transaction.lockedMembership(of: order.owner, in: org.id)?.role == .owner else { throw OrgsError.ownerRequired }
        return .active(org)
    }

    func blockers(of order: Order, in transaction: Transaction) async throws -> [DeletionBlocker] {
        try await ending.blockers(of: order.org, forfeits: order.forfeitsBalance, in: transaction)
    }

    func deletion(_ order: Order) -> OrgDeletion {
        OrgDeletion(
            id: .make(at: order.at), org: order.org, requestedBy: order.owner, reason: order.reason, deletedAt: order.at,
            purgeAt: order.at + settings.deletionGrace)
    }

    func run(_ order: Order, _ org: Org, in transaction: Transaction) async throws -> OrgDeletion {
        let deletion = deletion(order)
        try await ending.switchOff(org, deletion, by: order.actor, in: transaction)
        return deletion
    }
}
