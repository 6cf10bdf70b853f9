internal import Audit
public import Core
internal import Jobs

/// What taking a change of address back came to.
public enum EmailRevertOutcome: Sendable, Hashable {
    /// The old address is the account's again.
    case restored(EmailAddress)
    /// The old address has another account by now: this one is switched off until an operator has looked at it.
    case deactivated
}

extension Accounts {
    /// The owner of the old address did not make this change: whoever did is put out.
    public func revertEmail(with token: SecretString) async throws -> EmailRevertOutcome {
        let digest = environment.secrets.digest(of: token)
        let now = environment.dateSource.now
        do {
            return try await environment.store.withTransaction(.system) { transaction in
                try await revert(digest, at: now, isTaken: false, in: transaction)
            }
        } catch IdentityError.emailTaken {
            // Somebody registered the address between the look and the write.
            return try await environment.store.withTransaction(.system) { transaction in
                try await revert(digest, at: now, isTaken: true, in: transaction)
            }
        }
    }

    private func revert(
        _ digest: SecretDigest, at now: Instant, isTaken: Bool, in transaction: Store.Transaction
    ) async throws -> EmailRevertOutcome {
        let link = try await transaction.consume(.emailRevert, digest: digest, at: now).orThrow()
        guard var user = try await transaction.lockedUser(link.user), user.status == .active || user.status == .deleting else {
            throw IdentityError.linkInvalid
        }
        // Whoever took the account may have asked for its end, and got the link that takes that back (ID-145).
        if user.status == .deleting { try await takeBackDeletion(of: &user, at: now, in: transaction) }
        let abandoned = user.email
        let holder = try await transaction.user(with: link.address)
        let isTaken = isTaken || holder.map { $0.id != user.id } ?? false
        let sessions = try await transaction.endSessions(of: user.id, except: nil, because: .emailReverted, at: now)
        user.sessionEpoch += 1
        let since = isTaken ? nil : link.id.createdAt
        let keys = try await transaction.revokeKeys(of: user.id, madeSince: since, because: "email_reverted", at: now)
        try await environment.record(revocationOf: keys, of: user.id, because: "email_reverted", in: transaction)
        try await transaction.supersedeLinks(of: user.id, at: now)
        user.updatedAt = now
        if isTaken {
            user.status = .deactivated
            user.keyEpoch += 1
        } else {
            user.email = link.address
            user.emailVerifiedAt = now
        }
        try await transaction.save(user)
        // Whoever made the change may have left a passkey, by which a sign-in needs no password.
        var owner = user
        owner.email = link.address
        try await environment.removeSecondFactors(of: owner, madeSince: link.id.createdAt, at: now, in: transaction)
        try await transaction.record(
            IdentityAudit.EmailChangeReverted(user: user.id, isRestored: !isTaken, endedSessions: sessions, endedKeys: keys.count),
            by: .user(AuditReference(user.id)))
        guard !isTaken else {
            try await transaction.record(
                IdentityAudit.UserDeactivated(
                    user: user.id, reason: "email_reverted", endedSessions: sessions, endedKeys: keys.count),
                by: .system(component: "identity"))
            return .deactivated
        }
        try await transaction.publish(
            EmailChangeReverted(
                user: user.id, name: user.name.description, restoredEmail: user.email.description, abandonedEmail: abandoned.description,
                at: now))
        try await environment.requestPasswordReset(of: user, at: now, in: transaction)
        return .restored(user.email)
    }
}

extension IdentityEnvironment {
    /// Refuses the fourth change of address in 24 hours (ID-098); each change has left a link that takes it back.
    func takeAddressChange(of user: User.ID, at now: Instant, in transaction: Store.Transaction) async throws {
        let times = try await transaction.linkTimes(of: user, kind: .emailRevert, since: now - .hours(24))
        guard times.count >= 3 else { return }
        throw IdentityError.rateLimited(seconds: Int((times[2] + .hours(24) - now).components.seconds) + 1)
    }

    /// Ends passkeys and codes with an entry and a mail for each passkey. Codes that stand in for no passkey any more end as well.
    func removeSecondFactors(
        of user: User, madeSince: Instant?, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        let removed = try await transaction.removeSecondFactors(of: user.id, madeSince: madeSince, at: now)
        guard !removed.isEmpty else { return }
        let left = try await transaction.passkeys(of: user.id).count
        for passkey in removed {
            try await transaction.record(
                IdentityAudit.PasskeyRemoved(user: user.id, passkey: passkey.id), by: .user(AuditReference(user.id)))
            try await transaction.publish(PasskeyRemoved(passkey, of: user, left: left, at: now))
        }
    }

    /// An entry for each key that ended, and word to the org that it was bound to.
    func record(
        revocationOf keys: [APIKey.ID], of user: User.ID, because reason: String, in transaction: Store.Transaction
    ) async throws {
        for key in keys {
            try await transaction.record(
                IdentityAudit.APIKeyRevoked(user: user, key: key, reason: reason), by: .user(AuditReference(user)))
        }
        try await transaction.tellOrgs(ofRevoked: keys)
    }
}
