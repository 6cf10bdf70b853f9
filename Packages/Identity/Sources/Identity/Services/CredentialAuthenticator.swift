public import Core

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
        let row = try await environment.store.authenticate(lookup, actingFor: org, at: now)
        return try AuthenticationDecision.principal(
            from: row, for: lookup, actingFor: org, at: now, overlap: environment.settings.refreshOverlap)
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
