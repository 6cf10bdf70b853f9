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

    /// Makes a request.
    public init(confirmation: String, proof: Proof?, client: ClientContext, reason: String?, forfeitsBalance: Bool) {
        self.confirmation = confirmation
        self.proof = proof
        self.client = client
        self.reason = reason
        self.forfeitsBalance = forfeitsBalance
    }
}

/// Deletes and restores orgs.
public protocol OrgDeletionService: Sendable {
    /// What deleting would mean, without effect (ORG-087).
    func plan(for scope: OwnerScope) async throws -> DeletionPlan
    /// Switches an org off; a repeat gives the same deletion again (ORG-091).
    ///
    /// - Parameter validatesOnly: runs all checks and changes nothing.
    func delete(_ request: DeletionRequest, in scope: OwnerScope, validatingOnly validatesOnly: Bool) async throws -> OrgDeletion
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
    private let ending: OrgEnding<Store.Transaction>
    private let proofs: any ProofService
    private let settings: OrgsSettings
    private let dateSource: any DateSource

    /// Makes the service.
    ///
    /// - Parameter observers: the packages above, which know of subscriptions, invoices and graphs.
    public init(
        store: Store, observers: [any OrgLifecycleObserver<Store.Transaction>], proofs: any ProofService, settings: OrgsSettings,
        dateSource: any DateSource
    ) {
        self.store = store
        ending = OrgEnding(observers: observers)
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
    ) async throws -> OrgDeletion {
        try await proofs.check(request.proof, of: scope, from: request.client)
        let now = dateSource.now
        // The system's scope, because other people's sessions leave the org.
        return try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.lockedOrg(scope.org) else { throw OrgsError.notMember }
            if org.state == .deleted, let deletion = try await transaction.lockedDeletion(of: org.id) { return deletion }
            guard org.state != .frozen else { throw OrgsError.frozen }
            guard org.state == .active else { throw OrgsError.purging }
            // The role may have changed since the request was let in.
            guard try await transaction.lockedMembership(of: scope.user, in: org.id)?.role == .owner else { throw OrgsError.ownerRequired }
            guard OrgName(request.confirmation) == org.name else { throw OrgsError.confirmMismatch }
            let blockers = try await ending.blockers(of: org.id, forfeits: request.forfeitsBalance, in: transaction)
            guard blockers.isEmpty else { throw OrgsError.blocked(blockers) }
            let deletion = OrgDeletion(
                id: .make(at: now), org: org.id, requestedBy: scope.user, reason: request.reason, deletedAt: now,
                purgeAt: now + settings.deletionGrace)
            guard !validatesOnly else { return deletion }
            try await ending.switchOff(org, deletion, by: scope.actor, in: transaction)
            return deletion
        }
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
