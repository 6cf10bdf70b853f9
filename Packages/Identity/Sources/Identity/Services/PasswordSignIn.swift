internal import Audit
public import Core

/// Signs in by address and password.
public struct PasswordSignIn<Store: IdentityStore>: SignInService {
    private let environment: IdentityEnvironment<Store>

    /// Makes the service.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Checks the password outside of any transaction, then makes the session, or the token for the second step.
    public func begin(
        with credentials: PasswordCredentials, preferring org: OrgReference?, from client: ClientContext
    ) async throws -> SignInStep {
        environment.metrics.observeHashQueue(environment.passwords.waiting)
        do {
            let outcome = try await check(credentials, preferring: org, from: client)
            environment.metrics.countSignIn(.succeeded)
            return outcome
        } catch {
            environment.metrics.countSignIn(IdentityMetrics.SignIn(error))
            throw error
        }
    }

    private func check(
        _ credentials: PasswordCredentials, preferring org: OrgReference?, from client: ClientContext
    ) async throws -> SignInStep {
        guard environment.settings.isPasswordSignInEnabled else { throw IdentityError.passwordAuthDisabled }
        guard let email = EmailAddress(credentials.email) else { throw IdentityError.invalidEmail }
        if environment.settings.asksCaptchaOnSignIn { try await environment.requireCaptcha(credentials.captcha, from: client) }
        // What cannot be anybody's password is not worth a hash (SEC-025).
        guard credentials.password.count <= PasswordPolicy.maximumLength else { throw IdentityError.invalidCredentials }
        let attempt = try await environment.beginAttempt(
            on: email, captcha: environment.settings.asksCaptchaOnSignIn ? nil : credentials.captcha, from: client)
        let (record, verdict) = try await environment.during(attempt) {
            let record = try await environment.store.signInRecord(for: email)
            return (record, try await verify(credentials.password, of: record))
        }
        guard case .matches(let isOutdated) = verdict, let record else {
            try await environment.endAttempt(attempt, .failed)
            try await recordFailure(of: record?.user, on: email, from: client)
            throw IdentityError.invalidCredentials
        }
        try await environment.endAttempt(attempt, .succeeded)
        let renewed = isOutdated ? try? await environment.passwords.hash(credentials.password) : nil
        let now = environment.dateSource.now
        let outcome = try await environment.store.withTransaction(.system) { transaction in
            try await start(record, renewed, preferring: org, from: client, at: now, in: transaction)
        }
        guard let outcome else { throw IdentityError.invalidCredentials }
        return try environment.step(after: outcome, at: now)
    }

    /// Unknown addresses, accounts without password and accounts that may not sign in cost what a wrong password costs (ID-032).
    private func verify(_ password: Password, of record: SignInRecord?) async throws -> PasswordVerdict {
        guard let record, record.user.status == .active, let stored = record.password else {
            try await environment.passwords.verifyAgainstNothing(password)
            return .differs
        }
        return try await environment.passwords.verify(password, against: stored)
    }

    /// The account is read again under its lock: what was decided on the password must still hold (ID-065).
    private func start(
        _ record: SignInRecord, _ renewed: StoredPassword?, preferring org: OrgReference?, from client: ClientContext, at now: Instant,
        in transaction: Store.Transaction
    ) async throws -> FirstFactorResult? {
        guard let user = try await transaction.lockedUser(record.user.id), user.status == .active,
            user.sessionEpoch == record.user.sessionEpoch
        else { return nil }
        if let renewed, let old = record.password {
            _ = try await transaction.replacePassword(of: user.id, from: old, to: renewed, at: now)
        }
        let result = try await environment.afterFirstFactor(
            of: user, preferring: org, methods: ["pwd"], from: client, at: now, in: transaction)
        guard case .session(_, let session, _) = result else { return result }
        try await transaction.record(
            IdentityAudit.SignedIn(user: user.id, session: session.id, client: client.network), by: .user(AuditReference(user.id)))
        try await environment.reportNewClient(session, of: user, from: client, at: now, in: transaction)
        return result
    }

    /// From the fifth failure in a quarter of an hour on it matters more. That is asked of the address, known or not, so that both cost and say the same.
    private func recordFailure(of user: User?, on email: EmailAddress, from client: ClientContext) async throws {
        let failures = try await environment.guessing?.recentFailures(on: email) ?? 1
        try await environment.note(
            IdentityAudit.SignInFailed(user: user?.id, client: client.network, route: client.route, risk: failures >= 5 ? .high : .medium))
    }
}
