public import Core

/// A short signed statement about a session, as the caller sends it.
public struct AccessToken: Sendable {
    /// The token's text.
    public let value: SecretString
    /// When it ends.
    public let expiresAt: Instant

    /// Wraps a token.
    public init(value: SecretString, expiresAt: Instant) {
        self.value = value
        self.expiresAt = expiresAt
    }
}

/// What an access token says (ID-055); the session's row decides, not these claims.
public struct AccessClaims: Sendable, Hashable {
    /// The person.
    public var user: User.ID
    /// The session.
    public var session: Session.ID
    /// The session's generation.
    public var generation: Int
    /// The org that the session acts for.
    public var org: OrgReference?
    /// The person's role there.
    public var role: OrgRole?
    /// How the person proved who it is.
    public var methods: [String]
    /// When the person proved it.
    public var authenticatedAt: Instant

    /// Makes claims.
    public init(
        user: User.ID, session: Session.ID, generation: Int, org: OrgReference?, role: OrgRole?, methods: [String], authenticatedAt: Instant
    ) {
        self.user = user
        self.session = session
        self.generation = generation
        self.org = org
        self.role = role
        self.methods = methods
        self.authenticatedAt = authenticatedAt
    }
}

/// Why an access token was refused.
public enum TokenRefusal: Error, Sendable, Hashable {
    /// It is none of ours, or not whole.
    case invalid
    /// Its time is over.
    case expired
}

/// A credential as it was sent.
public enum Credential: Sendable {
    /// The value of a bearer authorization.
    case bearer(SecretString)
    /// The value of `X-API-Key`.
    case apiKey(SecretString)
}
