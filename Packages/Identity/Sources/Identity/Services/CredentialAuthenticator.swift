public import Audit
public import Core
internal import Jobs
internal import Observability

/// Finds out who calls: the signature of a token is checked first, without the database; then one statement decides (ID-057).
public struct CredentialAuthenticator<Store: IdentityStore>: RequestAuthenticator {
    private let environment: IdentityEnvironment<Store>

    /// Makes an authenticator.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// The caller, or the refusal.
    public func principal(
        for credential: Credential, actingFor org: OrgReference?, from client: ClientContext
    ) async throws -> Principal {
        let now = environment.dateSource.now
        if case .bearer(let token) = credential { try await environment.refuseForeignBearer(token, from: client, at: now) }
        let lookup = try lookup(for: credential, at: now)
        let row = try await row(for: lookup, actingFor: org, from: client, at: now)
        let principal: Principal
        do {
            principal = try AuthenticationDecision.principal(
                from: row, for: lookup, actingFor: org, at: now, overlap: environment.settings.refreshOverlap,
                enforcement: environment.passkeys == nil ? nil : environment.settings.secondFactors)
        } catch {
            if error == .apiKeyInvalid, let row, let key = row.key { try await recordRefusal(of: key, in: row, from: client, at: now) }
            if error == .notOrgMember, let row { await noteForeignOrg(of: row.user.id, from: client) }
            throw error
        }
        if let row, row.isTouched {
            environment.activity?.add(ObservedUse(user: principal.userID, org: principal.orgScope, at: now))
        }
        if let row, row.isIdleCasePending { await recordActivity(of: principal, at: now) }
        return principal
    }

    /// A use that cannot be noted does not fail the request: the statement is repeated once without it (ID-078).
    private func row(
        for lookup: CredentialLookup, actingFor org: OrgReference?, from client: ClientContext, at now: Instant
    ) async throws -> AuthenticationRow? {
        let began = ContinuousClock.now
        defer { environment.metrics.observeAuthentication(began.duration(to: .now)) }
        do {
            let row = try await environment.store.authenticate(lookup, actingFor: org, from: client, touches: true, at: now)
            if row?.isTouched == true { environment.metrics.countTouch() }
            return row
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            environment.metrics.countRepeatedAuthentication()
            environment.log.warning(
                "a use of a credential could not be noted; authenticating without", ["error": .string(errorChain(error))])
            return try await environment.store.authenticate(lookup, actingFor: org, from: client, touches: false, at: now)
        }
    }

    /// While an idle case waits for it the use is written before the answer. When that takes too long it is tried again elsewhere, until it is
    /// written, and the request goes on (ID-078, IDL-041).
    private func recordActivity(of principal: Principal, at now: Instant) async {
        let activity =
            switch principal.credential {
            case .session(let id, let generation):
                PendingActivity(user: principal.userID, session: id, generation: generation, key: nil, at: now)
            case .apiKey(let id): PendingActivity(user: principal.userID, session: nil, generation: nil, key: id, at: now)
            }
        do {
            try await record(activity, within: .milliseconds(250))
        } catch {
            environment.metrics.countDelayedActivity()
            environment.log.warning("a use that an idle case waits for is written later", ["error": .string(errorChain(error))])
            guard environment.delayedUses?.add(activity) != true else { return }
            await leaveToJob(activity)
        }
    }

    /// The end of the time asks the server to stop; what it had done by then is done, and doing it again changes nothing.
    private func record(_ activity: PendingActivity, within limit: Duration) async throws {
        let store = environment.store
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await store.recordPendingActivity(activity)
                return true
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            guard try await group.next() == true else { throw UseNotWrittenInTime() }
        }
    }

    private func leaveToJob(_ activity: PendingActivity) async {
        do {
            try await environment.store.withTransaction(.system) { transaction in
                try await transaction.enqueue(RecordActivity(activity))
            }
        } catch {
            environment.log.error("a use that an idle case waits for is lost", ["error": .string(errorChain(error))])
        }
    }

    private func recordRefusal(
        of key: APIKey, in row: AuthenticationRow, from client: ClientContext, at now: Instant
    ) async throws {
        guard let reason = AuthenticationDecision.refusal(of: key, in: row, at: now) else { return }
        try await environment.store.withTransaction(.system) { transaction in
            _ = try await transaction.record(
                IdentityAudit.APIKeyRefused(user: row.user.id, key: key.id, reason: reason, client: client.network, at: now),
                by: .anonymous(AuditReference(client.network)))
        }
    }

    /// Only keys lack scopes; once an hour for each key and scope.
    public func recordDenial(_ missing: String, to principal: Principal) async throws {
        guard case .apiKey(let key) = principal.credential else { return }
        let now = environment.dateSource.now
        try await environment.store.withTransaction(.system) { transaction in
            _ = try await transaction.record(
                IdentityAudit.APIKeyScopeDenied(user: principal.userID, key: key, missing: missing, at: now), by: principal.actor)
        }
    }

    /// The org is not told of: nobody learns who looked for it, nor the caller whether it is there (ID-073). What cannot be written is refused all the same.
    private func noteForeignOrg(of user: User.ID, from client: ClientContext) async {
        do {
            try await environment.denials?.note(CrossTenantAttempt(user: user, client: client.network, route: client.route))
        } catch {
            environment.log.error("an attempt on a foreign org could not be recorded", ["error": .string(errorChain(error))])
        }
    }

    /// In a transaction of its own: a refusal has no change to go with.
    public func recordRefusal(_ refusal: some AuditEvent, to principal: Principal) async throws {
        try await environment.store.withTransaction(.system) { transaction in
            _ = try await transaction.record(refusal, by: principal.actor)
        }
    }

    /// The orgs of a person.
    public func orgChoices(of user: User.ID) async throws -> [OrgChoice] {
        try await environment.store.orgChoices(of: user)
    }

    private func lookup(for credential: Credential, at now: Instant) throws(IdentityError) -> CredentialLookup {
        switch credential {
        case .bearer(let token):
            do {
                let claims = try environment.tokens.verify(token, at: now, acceptingExpiredFor: .zero)
                return .session(claims.session, generation: claims.generation)
            } catch {
                throw error == .expired ? .tokenExpired : .tokenInvalid
            }
        case .apiKey(let secret):
            guard secret.withValue(Self.isKey) else { throw .apiKeyInvalid }
            return .apiKey(environment.secrets.digest(of: secret))
        }
    }

    /// `rfs` and 64 lower-case hex digits.
    private static func isKey(_ text: String) -> Bool {
        text.utf8.count == 67 && text.hasPrefix("rfs")
            && text.utf8.dropFirst(3).allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

/// The statement that writes a use took longer than a request may wait for it.
private struct UseNotWrittenInTime: Error, CustomStringConvertible {
    var description: String { "the use was not written in time" }
}
