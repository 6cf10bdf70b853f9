internal import Audit
public import Core
internal import Jobs

/// Changes passwords.
public struct Passwords<Store: IdentityStore>: PasswordService {
    private let environment: IdentityEnvironment<Store>

    /// Makes the service.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// The write is conditional on the old hash: of two changes with the same current password one wins (ID-101). A sign-in that put a newer hash of
    /// the same password in the meantime is no other change: then the current password is checked again (ID-027).
    public func change(
        to password: Password, from current: Password, by principal: Principal, from client: ClientContext
    ) async throws {
        guard environment.settings.isPasswordSignInEnabled else { throw IdentityError.passwordAuthDisabled }
        let (old, email) = try await proven(current, of: principal, from: client)
        let isSame = current.secret.withValue { one in password.secret.withValue { $0 == one } }
        guard !isSame else { throw IdentityError.passwordReused }
        try await environment.judge(password, for: email)
        let new = try await environment.passwords.hash(password)
        if try await replace(old, by: new, by: principal, from: client) { return }
        let (newer, _) = try await proven(current, of: principal, from: client)
        guard try await replace(newer, by: new, by: principal, from: client) else { throw IdentityError.wrongCurrentPassword }
    }

    private func proven(
        _ current: Password, of principal: Principal, from client: ClientContext
    ) async throws -> (StoredPassword, EmailAddress) {
        guard let record = try await environment.store.signInRecord(of: principal.userID) else { throw IdentityError.notFound }
        guard let stored = record.password else { throw IdentityError.passwordNotSet }
        guard case .matches = try await environment.passwords.verify(current, against: stored) else {
            try await environment.guessing?.noteFailure(GuessingAttempt(network: client.network, address: record.user.email))
            throw IdentityError.wrongCurrentPassword
        }
        return (stored, record.user.email)
    }

    private func replace(
        _ old: StoredPassword, by new: StoredPassword, by principal: Principal, from client: ClientContext
    ) async throws -> Bool {
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.user(principal.userID)) { transaction in
            guard let user = try await transaction.lockedUser(principal.userID),
                try await transaction.replacePassword(of: user.id, from: old, to: new, at: now)
            else { return false }
            let kept: Session.ID? = if case .session(let id, _) = principal.credential { id } else { nil }
            let count = try await transaction.endSessions(of: user.id, except: kept, because: .passwordChanged, at: now)
            try await transaction.record(
                IdentityAudit.PasswordChanged(user: user.id, endedSessions: count), by: principal.actor)
            try await transaction.publish(
                PasswordChanged(
                    user: user.id, email: user.email.description, name: user.name.description, at: now, isReset: false,
                    clientFamily: client.family, endedSessions: count))
            return true
        }
    }

    /// One look, one entry and one row for every address, known or not: everything else is done by the job (ID-088), which knows the account and
    /// never the address (OPS-054).
    public func requestReset(for address: EmailAddress, from client: ClientContext) async throws {
        guard environment.settings.isPasswordSignInEnabled else { throw IdentityError.passwordAuthDisabled }
        try await environment.guessing?.requireUnblocked(client.network)
        let network = NetworkClient(network: client.network.auditKey)
        let key = environment.secrets.digest(of: SecretString("password_reset:\(address)")).bytes
        try await environment.store.withTransaction(.system) { transaction in
            let user = try await transaction.user(with: address).flatMap { $0.status == .active ? $0.id : nil }
            // The job that waits has said it already.
            guard
                case .enqueued = try await transaction.outcome(
                    ofEnqueuing: SendPasswordReset(user: user), .init(uniqueKey: key.map { String($0, radix: 16) }.joined(separator: ".")))
            else { return }
            if let user {
                try await transaction.record(
                    IdentityAudit.PasswordResetRequested(user: user, client: network), by: .system(component: "identity"))
            } else {
                try await transaction.record(
                    IdentityAudit.PasswordResetRequested(client: network), by: .anonymous(AuditReference(network)))
            }
        }
    }

    /// Nothing is used up.
    public func inspectReset(_ token: SecretString) async throws -> EmailAddress? {
        try await environment.store.link(
            .passwordReset, digest: environment.secrets.digest(of: token), at: environment.dateSource.now)?.address
    }

    /// The password is judged before the link is used up, so that a weak one leaves the link usable (ID-091).
    public func reset(
        to password: Password, with token: SecretString, revokingKeys: Bool, from client: ClientContext
    ) async throws -> SignInStep {
        guard environment.settings.isPasswordSignInEnabled else { throw IdentityError.passwordAuthDisabled }
        try await environment.guessing?.requireUnblocked(client.network)
        let digest = environment.secrets.digest(of: token)
        let address = try await environment.store.link(.passwordReset, digest: digest, at: environment.dateSource.now)?.address
        if let address { try await environment.judge(password, for: address) }
        // A link that cannot be used is not worth a hash; its own refusal comes from the transaction.
        let new = address == nil ? StoredPassword(phc: "") : try await environment.passwords.hash(password)
        let now = environment.dateSource.now
        let result = try await environment.store.withTransaction(.system) { transaction in
            let link = try await transaction.consume(.passwordReset, digest: digest, at: now).orThrow()
            guard !new.phc.isEmpty, let user = try await transaction.lockedUser(link.user), user.status == .active,
                user.email == link.address
            else { throw IdentityError.linkInvalid }
            return try await apply(new, to: user, revokingKeys: revokingKeys, from: client, at: now, in: transaction)
        }
        if let address { try await environment.guessing?.forgetFailures(of: address) }
        return try environment.step(after: result, at: now)
    }

    /// A reset proves the mailbox. An account that was never verified loses what somebody else may have left in it (ID-094).
    private func apply(
        _ password: StoredPassword, to user: User, revokingKeys: Bool, from client: ClientContext, at now: Instant,
        in transaction: Store.Transaction
    ) async throws -> FirstFactorResult {
        var user = user
        try await transaction.setPassword(password, of: user.id, at: now)
        let ended = try await transaction.endSessions(of: user.id, except: nil, because: .passwordReset, at: now)
        user.sessionEpoch += 1
        try await transaction.supersedeLinks(of: user.id, at: now)
        // Of an address that was changed the account's owner had one before that was proven.
        let wasNeverVerified = user.isEmailVerified ? false : try await !transaction.wasVerified(user.id)
        if revokingKeys || wasNeverVerified {
            user.keyEpoch += 1
            let keys = try await transaction.revokeKeys(of: user.id, madeSince: nil, because: "password_reset", at: now)
            try await environment.record(revocationOf: keys, of: user.id, because: "password_reset", in: transaction)
        }
        if wasNeverVerified { try await environment.removeSecondFactors(of: user, madeSince: nil, at: now, in: transaction) }
        user.emailVerifiedAt = user.emailVerifiedAt ?? now
        user.updatedAt = now
        try await transaction.save(user)
        try await transaction.record(IdentityAudit.PasswordResetCompleted(user: user.id), by: .user(AuditReference(user.id)))
        try await transaction.publish(
            PasswordChanged(
                user: user.id, email: user.email.description, name: user.name.description, at: now, isReset: true,
                clientFamily: client.family, endedSessions: ended,
                liveKeys: try await transaction.liveKeys(of: user.id, at: now).map(APIKeyMention.init)))
        return try await environment.afterFirstFactor(
            of: user, preferring: nil, methods: ["email", "pwd"], from: client, at: now, in: transaction)
    }
}
