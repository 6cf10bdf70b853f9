internal import Audit
public import Core
internal import Jobs

extension APIKeys {
    /// The new key is made first, so that there is no moment without a key that works; with no overlap the old one ends in the same transaction.
    public func rotate(
        _ id: APIKey.ID, keepingOldFor overlap: Duration, by principal: Principal
    ) async throws -> (key: APIKey, secret: SecretString) {
        try principal.require(.keysWrite)
        let now = environment.dateSource.now
        let secret = environment.secrets.makeAPIKeySecret()
        let key = try await environment.store.withTransaction(.system) { transaction in
            guard let user = try await transaction.lockedUser(principal.userID), user.status == .active else {
                throw IdentityError.accountDisabled
            }
            try await environment.requireSecondFactor(of: principal, user, in: transaction)
            guard let old = try await transaction.lockedKey(id, of: user.id), old.isActive(at: now), old.epoch == user.keyEpoch else {
                throw IdentityError.notFound
            }
            if case .apiKey(let maker) = principal.credential, maker != id {
                guard let held = try await transaction.lockedKey(maker, of: user.id), old.isWithin(held) else {
                    throw IdentityError.forbidden
                }
            }
            let key = APIKey(
                id: .make(at: now), user: user.id, epoch: user.keyEpoch, label: old.label,
                prefix: secret.withValue { String($0.prefix(8)) },
                scopes: old.scopes, org: old.org, graph: old.graph, networks: old.networks, expiresAt: old.expiresAt, createdAt: now,
                lastActiveAt: nil, revokedAt: nil)
            let endsAt = min(now + overlap, old.expiresAt ?? now + overlap)
            if overlap == .zero {
                _ = try await transaction.revoke(old.id, because: "rotated", at: now)
                try await transaction.tellOrgs(ofRevoked: [old.id])
            }
            try await transaction.insert(key, digest: environment.secrets.digest(of: secret))
            try await transaction.replace(old.id, by: key.id, endingAt: endsAt, at: now)
            try await transaction.record(
                IdentityAudit.APIKeyRotated(user: user.id, key: key.id, replaced: old.id, endsAt: endsAt), by: principal.actor)
            try await transaction.publish(
                APIKeyCreated(
                    key: key.id, prefix: key.prefix, keyName: key.label.name, user: user.id, email: user.email.description,
                    name: user.name.description, org: key.org))
            return key
        }
        return (key, secret)
    }
}

extension IdentityEnvironment {
    /// A key has what its person has, in every org: a session that lacks the factor which one of the roles asks for makes none (ID-134).
    ///
    /// - Throws: ``IdentityError/mfaEnrollmentRequired``
    func requireSecondFactor(of principal: Principal, _ user: User, in transaction: Store.Transaction) async throws {
        guard case .session(let id, _) = principal.credential, let session = try await transaction.lockedSession(id),
            !session.hasSecondFactor, try await isSecondFactorEnforced(for: user.id, in: transaction)
        else { return }
        throw IdentityError.mfaEnrollmentRequired
    }
}

extension APIKey {
    /// Whether a key may nothing that another may not: one of its like may be made with the other (ID-106).
    func isWithin(_ held: APIKey) -> Bool {
        let whole = held.scopes.map { $0.reduce(into: Set<Scope>()) { $0.formUnion($1.including) } }
        let fitsScopes = whole.map { whole in scopes.map { $0.isSubset(of: whole) } ?? false } ?? true
        let fitsNetworks = held.networks.map { ranges in
            networks.map { own in own.allSatisfy { range in ranges.contains { $0.contains(range) } } } ?? false
        }
        let fitsEnd = held.expiresAt.map { end in expiresAt.map { $0 <= end } ?? false }
        return fitsScopes && (held.org == nil || held.org == org) && (held.graph == nil || held.graph == graph) && fitsNetworks ?? true
            && fitsEnd ?? true
    }
}
