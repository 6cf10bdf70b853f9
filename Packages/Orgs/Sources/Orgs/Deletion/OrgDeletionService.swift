internal import Audit
public import Core
public import Identity
internal import Jobs

/// An owner's order to delete an org.
public struct DeletionRequest: Sendable {
    /// The org's name, typed by the owner.
    public let confirmation: String
    /// The proof of who asks.
    public let proof: Proof?
    /// Where it asks from.
    public let client: ClientContext
    /// Why, in the owner's words.
    public let reason: String?
    /// Whether credit that is left is given up.
    public let forfeitsBalance: Bool
    /// Whether subscriptions that run are ended first, one after the other (ORG-090).
    public let endsSubscriptions: Bool

    /// Makes a request.
    public init(
        confirmation: String, proof: Proof?, client: ClientContext, reason: String?, forfeitsBalance: Bool, endsSubscriptions: Bool
    ) {
        self.confirmation = confirmation
        self.proof = proof
        self.client = client
        self.reason = reason
        self.forfeitsBalance = forfeitsBalance
        self.endsSubscriptions = endsSubscriptions
    }
}

/// What an order to delete an org came to.
public enum DeletionOutcome: Sendable, Hashable {
    /// The org is switched off.
    case deleted(OrgDeletion)
    /// Its subscriptions end first; the operation with this id tells of it.
    case endingSubscriptions(operation: String)
}

/// Deletes and restores orgs.
public protocol OrgDeletionService: Sendable {
    /// What deleting would mean, without effect (ORG-087).
    func plan(for scope: OwnerScope) async throws -> DeletionPlan
    /// Switches an org off, or begins to end its subscriptions; a repeat gives the same deletion again (ORG-090, ORG-091).
    ///
    /// - Parameter validatesOnly: runs all checks and changes nothing.
    func delete(_ request: DeletionRequest, in scope: OwnerScope, validatingOnly validatesOnly: Bool) async throws -> DeletionOutcome
    /// Makes a deleted org work again while it is not being purged (ORG-093).
    func restore(_ scope: OwnerScope) async throws -> Org
}

extension ProofService {
    /// A session first, because a key never proves a person; then the proof (SEC-033).
    func check(_ proof: Proof?, of scope: OwnerScope, from client: ClientContext) async throws {
        let principal = scope.admin.member.principal
        _ = try principal.requireSession()
        try await check(proof, of: principal, from: client)
    }
}

/// Deletions by the store.
public struct Deletions<Store: OrgStore>: OrgDeletionService {
    private let store: Store
    private let switchOff: OrgSwitchOff<Store.Transaction>
    private let teardowns: (any OrgTeardownOrdering<Store.Transaction>)?
    private let proofs: any ProofService
    private let settings: OrgsSettings
    private let dateSource: any DateSource
    private var ending: OrgEnding<Store.Transaction> { switchOff.ending }

    /// Makes the service.
    ///
    /// - Parameters:
    ///   - observers: the packages above, which know of subscriptions, invoices and graphs.
    ///   - teardowns: who ends subscriptions before a deletion; without one they stand in the way.
    public init(
        store: Store, observers: [any OrgLifecycleObserver<Store.Transaction>],
        teardowns: (any OrgTeardownOrdering<Store.Transaction>)? = nil, proofs: any ProofService, settings: OrgsSettings,
        dateSource: any DateSource
    ) {
        self.store = store
        switchOff = OrgSwitchOff(observers: observers, settings: settings)
        self.teardowns = teardowns
        self.proofs = proofs
        self.settings = settings
        self.dateSource = dateSource
    }

    /// Reads only.
    public func plan(for scope: OwnerScope) async throws -> DeletionPlan {
        let now = dateSource.now
        async let graphs = store.graphs(of: scope.org, grantedTo: nil)
        async let members = store.members(of: scope.org)
        let (org, deletion, blockers) = try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.org(scope.org) else { throw OrgsError.notMember }
            let deletion = try await transaction.lockedDeletion(of: org.id)
            return (org, deletion, deletion == nil ? try await ending.blockers(of: org.id, forfeits: false, in: transaction) : [])
        }
        return try await DeletionPlan(
            org: org, blockers: blockers, graphs: graphs, memberCount: members.count,
            purgeAt: deletion?.purgeAt ?? now + settings.deletionGrace, deletedAt: deletion?.deletedAt)
    }

    /// Everything in one transaction under the org's lock: the checks, the end of sessions and invitations, what other packages hold, the jobs.
    public func delete(
        _ request: DeletionRequest, in scope: OwnerScope, validatingOnly validatesOnly: Bool
    ) async throws -> DeletionOutcome {
        try await proofs.check(request.proof, of: scope, from: request.client)
        let order = OrgSwitchOff<Store.Transaction>.Order(
            org: scope.org, owner: scope.user, actor: scope.actor, reason: request.reason, forfeitsBalance: request.forfeitsBalance,
            at: dateSource.now)
        // The system's scope, because other people's sessions leave the org.
        return try await store.withTransaction(.system) { transaction in
            switch try await switchOff.examine(order, in: transaction) {
            case .deleted(let deletion): return .deleted(deletion)
            case .active(let org):
                guard OrgName(request.confirmation) == org.name else { throw OrgsError.confirmMismatch }
                let blockers = try await switchOff.blockers(of: order, in: transaction)
                if request.endsSubscriptions, let teardowns {
                    let lasting = blockers.filter { !$0.kind.endsByItself }
                    guard lasting.isEmpty else { throw OrgsError.blocked(lasting) }
                    guard !validatesOnly else { return .deleted(switchOff.deletion(order)) }
                    return .endingSubscriptions(operation: try await begin(order, by: teardowns, in: transaction))
                }
                guard blockers.isEmpty else { throw OrgsError.blocked(blockers) }
                guard !validatesOnly else { return .deleted(switchOff.deletion(order)) }
                return .deleted(try await switchOff.run(order, org, in: transaction))
            }
        }
    }

    private func begin(
        _ order: OrgSwitchOff<Store.Transaction>.Order, by teardowns: any OrgTeardownOrdering<Store.Transaction>,
        in transaction: Store.Transaction
    ) async throws -> String {
        let teardown = OrgTeardown(
            org: order.org, owner: order.owner, reason: order.reason, forfeitsBalance: order.forfeitsBalance, at: order.at)
        let (operation, count) = try await teardowns.order(teardown, in: transaction)
        try await transaction.record(
            OrgsAudit.OrgDeletionBegun(org: order.org, operation: operation, subscriptions: count, reason: order.reason), by: order.actor)
        return operation
    }

    /// A session is asked for; the proof was given when it was deleted.
    public func restore(_ scope: OwnerScope) async throws -> Org {
        _ = try scope.admin.member.principal.requireSession()
        let now = dateSource.now
        return try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.lockedOrg(scope.org) else { throw OrgsError.notMember }
            guard org.state == .deleted || org.state == .purging else { throw OrgsError.notDeleted }
            guard try await ending.restore(org, by: scope.actor, at: now, in: transaction) else { throw OrgsError.purging }
            guard let restored = try await transaction.org(org.id) else { throw OrgsError.notMember }
            return restored
        }
    }
}
