internal import Audit
public import Core
internal import Identity
internal import Jobs

extension OwnershipTransfers {
    /// Changes both roles in one transaction, if both people still are what they must be.
    public func accept(_ id: OwnershipTransfer.ID, in scope: MemberScope) async throws -> OwnershipTransfer {
        _ = try scope.principal.requireSession()
        guard scope.principal.isEmailVerified else { throw OrgsError.emailNotVerified }
        let now = dateSource.now
        let hasPasskey = try await secondFactors.hasPasskey(scope.user)
        // The entry about a void transfer is committed with its end, so that the refusal is thrown behind it.
        let outcome: Result<OwnershipTransfer, OrgsError> = try await store.withTransaction(.system) { transaction in
            let (org, transfer) = try await open(id, in: scope, at: now, in: transaction)
            guard transfer.to == scope.user else { throw IdentityError.forbidden }
            guard now >= transfer.acceptableAt else { throw OrgsError.transferNotPending }
            if !hasPasskey, try await transaction.requiresSecondFactorOfOwners(org.id) { throw OrgsError.mfaEnrollmentRequired }
            guard let (from, to) = try await standing(of: transfer, in: transaction) else {
                try await transaction.end(transfer, as: .void, by: scope.actor, at: now)
                return .failure(.transferNotPending)
            }
            guard try await transaction.close(transfer.id, as: .accepted, at: now) else { throw OrgsError.transferNotPending }
            try await handOver(org, from: from, to: to, transfer, by: scope.actor, at: now, in: transaction)
            var accepted = transfer
            accepted.state = .accepted
            accepted.closedAt = now
            return .success(accepted)
        }
        return try outcome.get()
    }

    /// The named person alone declines.
    public func decline(_ id: OwnershipTransfer.ID, in scope: MemberScope) async throws {
        _ = try scope.principal.requireSession()
        let now = dateSource.now
        try await store.withTransaction(.system) { transaction in
            let (_, transfer) = try await open(id, in: scope, at: now, in: transaction)
            guard transfer.to == scope.user else { throw IdentityError.forbidden }
            try await transaction.end(transfer, as: .declined, by: scope.actor, at: now)
        }
    }

    /// Who started it takes it back; one that was started by those who run the product is stopped by any owner.
    public func cancel(_ id: OwnershipTransfer.ID, in scope: OwnerScope) async throws {
        let member = scope.admin.member
        _ = try member.principal.requireSession()
        let now = dateSource.now
        try await store.withTransaction(.system) { transaction in
            let (_, transfer) = try await open(id, in: member, at: now, in: transaction)
            guard transfer.from == scope.user || transfer.origin == .operator else { throw IdentityError.forbidden }
            try await transaction.end(transfer, as: .canceled, by: scope.actor, at: now)
        }
    }

    /// A transfer that can still be answered, and its org, both locked.
    private func open(
        _ id: OwnershipTransfer.ID, in scope: MemberScope, at now: Instant, in transaction: Store.Transaction
    ) async throws -> (Org, OwnershipTransfer) {
        guard let org = try await transaction.lockedOrg(scope.org) else { throw OrgsError.notMember }
        try org.requireWritable()
        guard let transfer = try await transaction.lockedTransfer(id, of: scope.org) else { throw OrgsError.notFound }
        // Whoever has no part in it is told so, whatever became of it.
        guard transfer.to == scope.user || transfer.from == scope.user || transfer.origin == .operator else {
            throw IdentityError.forbidden
        }
        guard transfer.state == .pending, !transfer.isExpired(at: now) else { throw OrgsError.transferNotPending }
        return (org, transfer)
    }

    /// Both memberships, when the one is still an active owner and the other a member with an account that works (ORG-038).
    private func standing(
        of transfer: OwnershipTransfer, in transaction: Store.Transaction
    ) async throws -> (from: Membership, to: Membership)? {
        let parties = try await transaction.lockedParties(of: transfer)
        guard let from = parties.from, from.role == .owner, let to = parties.to, to.role != .owner else { return nil }
        guard try await transaction.user(from.user)?.status == .active else { return nil }
        // Locked, so that the account cannot be switched off unseen while it becomes an owner's.
        guard try await transaction.lockedUser(to.user)?.status == .active else { return nil }
        return (from, to)
    }

    /// Nothing changes hands but the roles (ORG-040).
    private func handOver(
        _ org: Org, from: Membership, to: Membership, _ transfer: OwnershipTransfer, by actor: AuditActor, at now: Instant,
        in transaction: Store.Transaction
    ) async throws {
        try await change(to, to: .owner, at: now, in: transaction)
        if transfer.keepRole != .owner { try await change(from, to: transfer.keepRole, at: now, in: transaction) }
        if transfer.keepRole < .admin {
            _ = try await transaction.withdrawInvitations(of: org.id, sentBy: from.user, by: actor, at: now)
        }
        if org.personalOwner == from.user, transfer.keepRole != .owner {
            // Nobody's own workspace any more (ORG-004).
            var org = org
            org.type = .team
            org.personalOwner = nil
            org.updatedAt = now
            try await transaction.save(org)
            try await transaction.record(OrgsAudit.OrgTypeChanged(org: org.id, oldType: .personal, newType: .team), by: actor)
            try await transaction.publish(OrgUpdated(org: org.id, name: org.name.description, type: .team))
        }
        try await transaction.record(OrgsAudit.OwnershipTransferred(transfer), by: actor)
        try await transaction.publish(OwnershipTransferred(transfer))
    }

    private func change(
        _ membership: Membership, to role: OrgRole, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        try await transaction.setRole(role, of: membership.id, at: now)
        var changed = membership
        changed.role = role
        for observer in observers { try await observer.roleChanged(of: changed, from: membership.role, in: transaction) }
    }
}

extension OrgTransaction {
    /// The memberships of both people, locked in the order of the people's ids (ORG-033).
    func lockedParties(of transfer: OwnershipTransfer) async throws -> (from: Membership?, to: Membership?) {
        guard transfer.from != transfer.to else { return (try await lockedMembership(of: transfer.from, in: transfer.org), nil) }
        var found: [User.ID: Membership] = [:]
        for user in [transfer.from, transfer.to].sorted() { found[user] = try await lockedMembership(of: user, in: transfer.org) }
        return (found[transfer.from], found[transfer.to])
    }

    /// Ends a pending transfer without a change of roles, with its entry and event.
    ///
    /// - Throws: ``OrgsError/transferNotPending`` when somebody else has ended it.
    func end(_ transfer: OwnershipTransfer, as state: OwnershipTransfer.State, by actor: AuditActor, at now: Instant) async throws {
        guard try await close(transfer.id, as: state, at: now) else { throw OrgsError.transferNotPending }
        switch state {
        case .declined: try await record(OrgsAudit.OwnershipTransferDeclined(transfer), by: actor)
        case .canceled: try await record(OrgsAudit.OwnershipTransferCanceled(transfer), by: actor)
        case .expired: try await record(OrgsAudit.OwnershipTransferExpired(transfer), by: actor)
        case .void: try await record(OrgsAudit.OwnershipTransferVoided(transfer), by: actor)
        case .pending, .accepted: preconditionFailure("neither is an end without a change of roles")
        }
        try await publish(OwnershipTransferEnded(transfer, as: state))
    }

    /// Ends the pending transfer of an org that cannot be carried out any more: it names a person who has left, or the org ends (ORG-024, ORG-091).
    /// The caller holds the org's lock.
    ///
    /// - Parameter user: the person; `nil` when the org ends.
    /// - Returns: how many there were: one or none.
    @discardableResult
    func voidTransfers(of org: Org.ID, naming user: User.ID?, by actor: AuditActor, at now: Instant) async throws -> Int {
        guard let transfer = try await lockedPendingTransfer(of: org), user == nil || transfer.from == user || transfer.to == user else {
            return 0
        }
        try await end(transfer, as: .void, by: actor, at: now)
        return 1
    }
}
