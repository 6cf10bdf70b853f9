public import Audit
public import Core
public import Identity
internal import Jobs

/// Transfers by the store. Each step locks the org first, and ends the transfer by a conditional update: of several answers at once one wins (ORG-039).
public struct OwnershipTransfers<Store: OrgStore>: OwnershipTransferService {
    let store: Store
    let observers: [any MembershipObserver<Store.Transaction>]
    let secondFactors: any SecondFactorReader
    let dateSource: any DateSource
    private let proofs: any ProofService
    private let settings: OrgsSettings

    /// Makes the service.
    ///
    /// - Parameter observers: what packages above do in the transaction in which the roles change.
    public init(
        store: Store, observers: [any MembershipObserver<Store.Transaction>], proofs: any ProofService,
        secondFactors: any SecondFactorReader, settings: OrgsSettings, dateSource: any DateSource
    ) {
        self.store = store
        self.observers = observers
        self.proofs = proofs
        self.secondFactors = secondFactors
        self.settings = settings
        self.dateSource = dateSource
    }

    /// Starts a transfer.
    public func propose(
        _ proposal: OwnershipProposal, in scope: OwnerScope, validatingOnly validatesOnly: Bool
    ) async throws -> OwnershipTransfer {
        try await proofs.check(proposal.proof, of: scope, from: proposal.client)
        let now = dateSource.now
        let transfer = OwnershipTransfer(
            id: .make(at: now), org: scope.org, from: scope.user, to: proposal.to, keepRole: proposal.keepRole, state: .pending,
            origin: .owner, acceptableAt: now, expiresAt: now + settings.transferLifetime, createdAt: now, closedAt: nil)
        try await store.withTransaction(.system) { transaction in
            try await check(transfer, by: scope.actor, in: transaction)
            guard !validatesOnly else { throw ChecksPassed() }
            try await store(transfer, because: nil, by: scope.actor, in: transaction)
        } ignoring: {
            $0 is ChecksPassed
        }
        return transfer
    }

    /// Starts a transfer for an owner who cannot act.
    public func propose(
        from owner: User.ID, to member: User.ID, keeping role: OrgRole, in org: Org.ID, because reason: String, by actor: AuditActor,
        approvedBy approver: AuditActor
    ) async throws -> OwnershipTransfer {
        guard actor != approver else { throw IdentityError.forbidden }
        let now = dateSource.now
        let transfer = OwnershipTransfer(
            id: .make(at: now), org: org, from: owner, to: member, keepRole: role, state: .pending, origin: .operator,
            acceptableAt: now + settings.transferLifetime, expiresAt: now + settings.transferLifetime + settings.transferLifetime,
            createdAt: now, closedAt: nil)
        try await store.withTransaction(.system) { transaction in
            try await check(transfer, by: actor, in: transaction)
            try await store(transfer, because: reason, by: actor, in: transaction)
        }
        return transfer
    }

    /// What must be true under the org's lock when a transfer begins.
    private func check(_ transfer: OwnershipTransfer, by actor: AuditActor, in transaction: Store.Transaction) async throws {
        let now = transfer.createdAt
        guard let org = try await transaction.lockedOrg(transfer.org) else { throw OrgsError.notMember }
        try org.requireWritable()
        let parties = try await transaction.lockedParties(of: transfer)
        guard parties.from?.role == .owner else { throw OrgsError.ownerRequired }
        guard let to = parties.to, to.role != .owner, let target = try await transaction.user(transfer.to), target.status == .active,
            target.isEmailVerified
        else { throw OrgsError.transferTargetInvalid }
        if let earlier = try await transaction.lockedPendingTransfer(of: org.id) {
            guard earlier.isExpired(at: now) else { throw OrgsError.transferPending }
            try await transaction.end(earlier, as: .expired, by: actor, at: now)
        }
    }

    private func store(
        _ transfer: OwnershipTransfer, because reason: String?, by actor: AuditActor, in transaction: Store.Transaction
    ) async throws {
        try await transaction.insert(transfer, because: reason)
        try await transaction.record(OrgsAudit.OwnershipTransferRequested(transfer, reason: reason), by: actor)
        try await transaction.publish(OwnershipTransferRequested(transfer))
    }

    /// The transfers.
    public func transfers(for scope: MemberScope) async throws -> [OwnershipTransfer] {
        let all = try await store.transfers(of: scope.org)
        return scope.role >= .admin ? all : all.filter { $0.to == scope.user || $0.from == scope.user }
    }
}

/// All checks passed, and nothing is to be changed: thrown to undo the transaction.
private struct ChecksPassed: Error {}

extension OrgStore {
    /// A unit of work that may be given up on purpose.
    fileprivate func withTransaction(
        _ scope: AccessScope, _ body: (Transaction) async throws -> Void, ignoring isPurpose: (any Error) -> Bool
    ) async throws {
        do {
            try await withTransaction(scope, body)
        } catch  where isPurpose(error) {}
    }
}
