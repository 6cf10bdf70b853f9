internal import Audit
public import Core
internal import Jobs

/// Shows and changes the own account.
public struct Profiles<Store: IdentityStore>: ProfileService {
    let environment: IdentityEnvironment<Store>

    /// Makes the service.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// An account.
    public func profile(of user: User.ID) async throws -> User {
        guard let user = try await environment.store.profile(of: user) else { throw IdentityError.notFound }
        return user
    }

    /// A new address needs a proof; a spelling of the same normal form is no change.
    public func update(_ changes: ProfileChanges, by principal: Principal, from client: ClientContext) async throws -> User {
        let email = try changes.email.map { text in
            guard let email = EmailAddress(text) else { throw IdentityError.invalidEmail }
            return email
        }
        let newEmail = email == principal.email ? nil : email
        let newName = changes.name == principal.name ? nil : changes.name
        guard newEmail != nil || newName != nil else { throw IdentityError.nothingToChange }
        if newEmail != nil { try await Proofs(environment).check(changes.proof, of: principal, from: client) }
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            guard var user = try await transaction.lockedUser(principal.userID) else { throw IdentityError.notFound }
            if let newName, newName != user.name {
                try await transaction.record(
                    IdentityAudit.UserProfileChanged(user: user.id, fields: ["name"]), by: principal.actor)
                user.name = newName
            }
            user.updatedAt = now
            if let newEmail, newEmail != user.email {
                try await change(&user, to: newEmail, at: now, by: principal, in: transaction)
            } else {
                try await transaction.save(user)
            }
            return user
        }
    }

    private func change(
        _ user: inout User, to email: EmailAddress, at now: Instant, by principal: Principal, in transaction: Store.Transaction
    ) async throws {
        try await environment.takeAddressChange(of: user.id, at: now, in: transaction)
        let old = user.email
        user.email = email
        user.emailVerifiedAt = environment.settings.verifiesEmail ? nil : now
        try await transaction.save(user)
        try await transaction.supersedeLinks(of: user.id, at: now)
        try await transaction.record(IdentityAudit.EmailChanged(user: user.id), by: principal.actor)
        let revert = LinkToken(
            id: .make(at: now), user: user.id, kind: .emailRevert, address: old, expiresAt: now + environment.settings.revertLifetime)
        try await transaction.insert(revert, digest: environment.digest(of: revert), at: now)
        try await transaction.publish(
            EmailChanged(
                user: user.id, name: user.name.description, oldEmail: old.description, newEmail: email.description, at: now,
                revertLink: revert.id, revertUntil: revert.expiresAt))
        if environment.settings.verifiesEmail {
            try await environment.requestVerification(of: user, at: now, in: transaction)
        }
    }

    /// The org must be one of the person's.
    public func setDefaultOrg(_ org: OrgReference?, by principal: Principal) async throws {
        _ = try principal.requireSession()
        let now = environment.dateSource.now
        try await environment.store.withTransaction(.system) { transaction in
            guard var user = try await transaction.lockedUser(principal.userID) else { throw IdentityError.notFound }
            if let org {
                guard let scope = try await transaction.scope(of: user.id, in: org), scope.state != .deleted else {
                    throw IdentityError.notOrgMember
                }
            }
            user.defaultOrg = org
            user.updatedAt = now
            try await transaction.save(user)
            try await transaction.record(
                IdentityAudit.UserProfileChanged(user: user.id, fields: ["default_org_id"]), by: principal.actor)
        }
    }

    /// A newer link takes the place of the one before.
    public func resendVerification(to user: User.ID) async throws {
        guard environment.settings.verifiesEmail else { throw IdentityError.mailDisabled }
        let now = environment.dateSource.now
        try await environment.store.withTransaction(.system) { transaction in
            guard let user = try await transaction.lockedUser(user) else { throw IdentityError.notFound }
            guard !user.isEmailVerified else { throw IdentityError.emailAlreadyVerified }
            let wait = try await transaction.takeLinkBudget(of: user.id, kind: .emailVerification, apart: .seconds(60), at: now)
            guard wait == 0 else { throw IdentityError.sendBudgetExceeded(seconds: wait) }
            try await environment.requestVerification(of: user, at: now, in: transaction)
        }
    }

    /// Uses the link up, sets the address verified and signs in: one transaction.
    public func verifyEmail(with token: SecretString, from client: ClientContext) async throws -> SignInStep {
        let now = environment.dateSource.now
        let digest = environment.secrets.digest(of: token)
        let result = try await environment.store.withTransaction(.system) { transaction in
            let link = try await transaction.consume(.emailVerification, digest: digest, at: now).orThrow()
            guard var user = try await transaction.lockedUser(link.user), user.status == .active, user.email == link.address else {
                throw IdentityError.linkInvalid
            }
            if !user.isEmailVerified {
                user.emailVerifiedAt = now
                user.updatedAt = now
                try await transaction.save(user)
                try await transaction.record(IdentityAudit.EmailVerified(user: user.id), by: .user(AuditReference(user.id)))
                try await transaction.publish(
                    EmailVerified(user: user.id, email: user.email.description, name: user.name.description))
            }
            return try await environment.afterFirstFactor(
                of: user, preferring: nil, methods: ["email"], from: client, at: now, in: transaction)
        }
        return try environment.step(after: result, at: now)
    }
}

extension LinkConsumption {
    /// The link, when it was good.
    func orThrow() throws(IdentityError) -> LinkToken {
        switch self {
        case .consumed(let link): return link
        case .used: throw .linkUsed
        case .expired: throw .linkExpired
        case .unknown: throw .linkInvalid
        }
    }
}
