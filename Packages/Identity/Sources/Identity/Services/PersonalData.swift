public import Audit
public import Core
internal import Jobs

/// Takes copies of what is kept about a person.
public struct PersonalData<Store: IdentityStore>: PersonalDataService {
    private let environment: IdentityEnvironment<Store>

    /// Makes the service.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Read and stored in one transaction, so that it is of one moment; the account's lock makes two requests at once count.
    public func export(provenBy proof: Proof?, by principal: Principal, from client: ClientContext) async throws -> PersonalExport {
        _ = try principal.requireSession()
        try await Proofs(environment).check(proof, of: principal, from: client)
        return try await makeExport(of: principal.userID, by: principal.actor, rehearsing: false)
    }

    /// Without a proof: the order is an operator's, who never sees the copy.
    public func export(of user: User.ID, by actor: AuditActor, rehearsing isRehearsal: Bool) async throws -> PersonalExport {
        try await makeExport(of: user, by: actor, rehearsing: isRehearsal)
    }

    private func makeExport(of id: User.ID, by actor: AuditActor, rehearsing isRehearsal: Bool) async throws -> PersonalExport {
        let now = environment.dateSource.now
        let sessions = try await environment.store.sessions(of: id, includingEnded: true, at: now)
        let keys = try await environment.store.keys(of: id, includingInactive: true, at: now)
        return try await environment.rehearsing(isRehearsal) { transaction in
            guard let user = try await transaction.lockedUser(id) else { throw IdentityError.notFound }
            let times = try await transaction.exportTimes(of: id, since: now - .hours(24))
            guard times.count < 2 else {
                throw IdentityError.rateLimited(seconds: Int((times[1] + .hours(24) - now).components.seconds) + 1)
            }
            let document: JSONValue = [
                "profile": user.exportBody, "sessions": .array(sessions.map(\.exportBody)), "api_keys": .array(keys.map(\.exportBody)),
                "passkeys": .array(try await transaction.passkeys(of: id).map(\.exportBody)),
                "recovery_codes_left": .integer(Int64(try await transaction.recoveryCodesLeft(of: id))),
                "memberships": .array(try await transaction.scopes(of: id, limit: 1_000).map(\.exportBody)),
                "security_events": .array(
                    try await transaction.securityEvents(of: id, since: now - .days(90), limit: 10_000).map(\.exportBody)),
            ]
            let export = PersonalExport(id: .make(at: now), user: id, document: document, createdAt: now, expiresAt: now + .hours(24))
            let bytes = try JSON.encode(document).count
            try await transaction.insert(export)
            try await transaction.record(IdentityAudit.UserDataExported(user: id, bytes: bytes), by: actor)
            try await transaction.publish(PersonalExportReady(export, of: user, bytes: bytes))
            return export
        }
    }

    /// For 24 hours.
    public func export(_ id: PersonalExport.ID, of user: User.ID) async throws -> PersonalExport {
        guard let export = try await environment.store.export(id, of: user, at: environment.dateSource.now) else {
            throw IdentityError.notFound
        }
        return export
    }

    /// At most 500.
    public func securityEvents(of user: User.ID) async throws -> [SecurityEvent] {
        let since = environment.dateSource.now - .days(90)
        return try await environment.store.withTransaction(.user(user)) { transaction in
            try await transaction.securityEvents(of: user, since: since, limit: 500)
        }
    }
}

extension JSONValue {
    fileprivate static func of(_ value: (some CustomStringConvertible)?) -> JSONValue { value.map { .string($0.description) } ?? .null }
}

extension User {
    fileprivate var exportBody: JSONValue {
        [
            "id": .of(id), "email": .of(email), "name": .of(name), "email_verified_at": .of(emailVerifiedAt),
            "status": .of(status.rawValue),
            "default_org_id": .of(defaultOrg), "created_at": .of(createdAt),
        ]
    }
}

extension Session {
    fileprivate var exportBody: JSONValue {
        [
            "id": .of(id), "created_at": .of(authenticatedAt), "last_active_at": .of(lastActiveAt), "network": .of(network),
            "client_family": .of(clientFamily), "methods": .array(methods.map { .string($0) }), "org_id": .of(activeOrg),
            "ended_at": .of(revokedAt), "end_reason": .of(revokeReason?.rawValue),
        ]
    }
}

extension APIKey {
    fileprivate var exportBody: JSONValue {
        [
            "id": .of(id), "name": .of(label.name), "description": .of(label.description), "prefix": .of(prefix),
            "created_at": .of(createdAt), "last_used_at": .of(lastActiveAt), "expires_at": .of(expiresAt), "ended_at": .of(revokedAt),
            "org_id": .of(org), "graph_id": .of(graph),
        ]
    }
}

extension Passkey {
    fileprivate var exportBody: JSONValue {
        [
            "id": .of(id), "name": .string(name), "created_at": .of(createdAt), "last_used_at": .of(lastUsedAt),
            "backup_eligible": .bool(facts.isBackupEligible), "backup_state": .bool(isBackedUp),
        ]
    }
}

extension OrgScope {
    fileprivate var exportBody: JSONValue { ["org_id": .of(org), "org_name": .string(name), "role": .of(role.rawValue)] }
}

extension SecurityEvent {
    fileprivate var exportBody: JSONValue {
        ["type": .string(type), "at": .of(at), "summary": .string(summary), "network": .of(network)]
    }
}
