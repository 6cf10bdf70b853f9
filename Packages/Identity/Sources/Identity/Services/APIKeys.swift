internal import Audit
public import Core
internal import Jobs

/// Makes and ends API keys.
public struct APIKeys<Store: IdentityStore>: APIKeyService {
    let environment: IdentityEnvironment<Store>
    private let graphs: (any GraphAccessReader)?

    /// Makes the service.
    ///
    /// - Parameter graphs: says who reaches which graph; without it no key can be bound to one.
    public init(_ environment: IdentityEnvironment<Store>, graphs: (any GraphAccessReader)?) {
        self.environment = environment
        self.graphs = graphs
    }

    /// A key that is made with a key gets at most what its maker has (ID-106).
    public func create(_ draft: APIKeyDraft, by principal: Principal) async throws -> (key: APIKey, secret: SecretString) {
        try principal.require(.keysWrite)
        let now = environment.dateSource.now
        if let end = draft.expiresAt {
            guard end > now, end < now.addingMonths(120, anchoredOnDay: now.calendarDate.day) else { throw IdentityError.invalidExpiry }
        }
        let graph = draft.graph ?? principal.graph
        if let bound = principal.graph, graph != bound { throw IdentityError.forbidden }
        if let graph {
            guard try await graphs?.canReach(graph, by: principal) == true else { throw IdentityError.forbidden }
        }
        let secret = environment.secrets.makeAPIKeySecret()
        let scopes = Self.narrowed(draft.scopes, to: principal.scopes)
        // A key that may nothing at all is not made.
        guard scopes?.isEmpty != true else { throw IdentityError.forbidden }
        let key = try await environment.store.withTransaction(.system) { transaction in
            guard let user = try await transaction.lockedUser(principal.userID), user.status == .active else {
                throw IdentityError.accountDisabled
            }
            try await environment.requireSecondFactor(of: principal, user, in: transaction)
            let maker: APIKey? =
                if case .apiKey(let id) = principal.credential { try await transaction.lockedKey(id, of: user.id) } else { nil }
            if let bound = maker?.org, let org = draft.org, org != bound { throw IdentityError.notOrgMember }
            let org = draft.org ?? maker?.org
            if let org {
                guard try await transaction.scope(of: user.id, in: org) != nil else { throw IdentityError.notOrgMember }
            }
            let key = APIKey(
                id: .make(at: now), user: user.id, epoch: user.keyEpoch, label: draft.label,
                prefix: secret.withValue { String($0.prefix(8)) }, scopes: scopes, org: org, graph: graph,
                networks: try Self.narrowed(draft.networks, to: maker?.networks),
                expiresAt: [draft.expiresAt, maker?.expiresAt].compactMap(\.self).min(), createdAt: now, lastActiveAt: nil, revokedAt: nil)
            try await transaction.insert(key, digest: environment.secrets.digest(of: secret))
            try await transaction.record(IdentityAudit.APIKeyCreated(user: user.id, key: key.id), by: principal.actor)
            try await transaction.publish(
                APIKeyCreated(
                    key: key.id, prefix: key.prefix, keyName: key.label.name, user: user.id, email: user.email.description,
                    name: user.name.description, org: key.org))
            return key
        }
        return (key, secret)
    }

    /// What is asked for, as far as the maker has it.
    static func narrowed(_ asked: Set<Scope>?, to held: Set<Scope>?) -> Set<Scope>? {
        guard let held else { return asked }
        let whole = held.reduce(into: Set<Scope>()) { $0.formUnion($1.including) }
        return asked.map { $0.intersection(whole) } ?? held
    }

    /// The ranges asked for, as far as the maker has them.
    ///
    /// - Throws: ``IdentityError/forbidden`` when nothing is left of them.
    static func narrowed(_ asked: [NetworkRange]?, to held: [NetworkRange]?) throws(IdentityError) -> [NetworkRange]? {
        guard let held else { return asked }
        guard let asked else { return held }
        let common = asked.intersecting(held)
        guard !common.isEmpty else { throw .forbidden }
        return common
    }

    /// The caller's keys.
    public func keys(of user: User.ID, includingInactive: Bool) async throws -> [APIKey] {
        try await environment.store.keys(of: user, includingInactive: includingInactive, at: environment.dateSource.now)
    }

    /// Changes name and note only.
    public func relabel(_ key: APIKey.ID, name: String?, description: String?, by principal: Principal) async throws -> APIKey {
        try principal.require(.keysWrite)
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.user(principal.userID)) { transaction in
            guard var found = try await transaction.lockedKey(key, of: principal.userID) else { throw IdentityError.notFound }
            guard
                let label = APIKeyLabel(name: name ?? found.label.name, description: description ?? found.label.description),
                label != found.label
            else { throw IdentityError.nothingToChange }
            try await transaction.setLabel(label, of: key, at: now)
            try await transaction.record(IdentityAudit.APIKeyUpdated(user: principal.userID, key: key), by: principal.actor)
            found.label = label
            return found
        }
    }

    /// The row stays as evidence.
    public func revoke(_ key: APIKey.ID, by principal: Principal) async throws {
        try principal.require(.keysWrite)
        let now = environment.dateSource.now
        try await environment.store.withTransaction(.user(principal.userID)) { transaction in
            guard try await transaction.lockedKey(key, of: principal.userID) != nil else { throw IdentityError.notFound }
            guard try await transaction.revoke(key, because: "revoked_by_user", at: now) else { return }
            try await transaction.record(
                IdentityAudit.APIKeyRevoked(user: principal.userID, key: key, reason: "revoked_by_user"), by: principal.actor)
            try await transaction.tellOrgs(ofRevoked: [key])
        }
    }
}
