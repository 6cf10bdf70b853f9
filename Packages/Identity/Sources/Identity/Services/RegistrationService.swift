internal import Audit
internal import Core
internal import Jobs

/// Makes accounts: everything that an account begins with is one transaction.
public struct RegistrationService<Store: IdentityStore, Observer: AccountObserver>: AccountRegistrar
where Observer.Transaction == Store.Transaction {
    private let environment: IdentityEnvironment<Store>
    private let observer: Observer

    /// Makes the service.
    ///
    /// - Parameter observer: what else belongs to a new account, such as its personal org.
    public init(_ environment: IdentityEnvironment<Store>, observer: Observer) {
        self.environment = environment
        self.observer = observer
    }

    /// Checks in one order, hashes outside of any transaction, then writes all or nothing.
    public func register(_ request: RegistrationRequest, from client: ClientContext) async throws -> SignInOutcome {
        let settings = environment.settings
        try await checkDoor(request.invitation)
        guard settings.isPasswordSignInEnabled else { throw IdentityError.passwordAuthDisabled }
        try await environment.guessing?.requireUnblocked(client.network)
        guard let email = EmailAddress(request.email) else { throw IdentityError.invalidEmail }
        try await environment.judge(request.password, for: email)
        try await environment.requireCaptcha(request.captcha, from: client)
        let password = try await environment.passwords.hash(request.password)
        let now = environment.dateSource.now
        let isInvited = request.invitation != nil
        let user = User(
            id: .make(at: now), email: email, name: request.name,
            emailVerifiedAt: isInvited || !settings.verifiesEmail ? now : nil, status: .active, sessionEpoch: 1, keyEpoch: 1,
            defaultOrg: nil, createdAt: now, updatedAt: now)
        let (session, org): (Session, OrgScope?)
        do {
            (session, org) = try await environment.store.withTransaction(.system) { transaction in
                try await write(user, password, request.invitation, from: client, in: transaction)
            }
        } catch IdentityError.emailTaken {
            try await tellOwner(of: email, from: client, at: now)
            throw IdentityError.emailTaken
        }
        return try environment.issueToken(for: session, user: user, org: org, at: now)
    }

    /// A closed registration lets the invited through, and nobody else.
    private func checkDoor(_ invitation: InvitationSecret?) async throws {
        guard !environment.settings.isRegistrationOpen else { return }
        guard let invitation,
            try await environment.store.withTransaction(.system, { try await observer.isOpen(invitation, in: $0) })
        else { throw IdentityError.registrationClosed }
    }

    private func write(
        _ user: User, _ password: StoredPassword, _ invitation: InvitationSecret?, from client: ClientContext,
        in transaction: Store.Transaction
    ) async throws -> (Session, OrgScope?) {
        let now = user.createdAt
        try await transaction.insert(user, password: password)
        try await transaction.record(
            IdentityAudit.UserRegistered(user: user.id, client: client.network), by: .user(AuditReference(user.id)))
        let org = try await observer.accountRegistered(user, through: invitation, in: transaction)
        let session = try await environment.startSession(
            for: user, org: org, methods: ["pwd"], from: client, at: now, in: transaction)
        try await transaction.publish(
            UserRegistered(
                user: user.id, email: user.email.description, name: user.name.description, org: org?.org,
                isEmailVerified: user.isEmailVerified))
        if !user.isEmailVerified {
            try await environment.requestFirstVerification(of: user, at: now, in: transaction)
        }
        return (session, org)
    }

    /// The owner of a taken address gets at most one mail a day about it (ID-015); an account that cannot be used gets none.
    private func tellOwner(of email: EmailAddress, from client: ClientContext, at now: Instant) async throws {
        try await environment.store.withTransaction(.system) { transaction in
            guard let owner = try await transaction.user(with: email) else { return }
            try await transaction.record(
                IdentityAudit.RegistrationAttempted(user: owner.id, client: client.network), by: .anonymous(AuditReference(client.network)))
            guard owner.status == .active,
                try await transaction.takeNotice(.registrationAttempted, of: owner.id, every: .hours(24), at: now)
            else { return }
            try await transaction.publish(
                RegistrationAttempted(user: owner.id, email: owner.email.description, name: owner.name.description, at: now))
        }
    }
}
