public import Core

/// Hashes passwords and checks them, on threads of its own.
public protocol PasswordHasher: Sendable {
    /// Hashes a new password.
    ///
    /// - Throws: ``IdentityError/busy`` when too many are waiting.
    func hash(_ password: Password) async throws -> StoredPassword

    /// Checks a password.
    ///
    /// - Throws: ``IdentityError/busy`` when too many are waiting.
    func verify(_ password: Password, against hash: StoredPassword) async throws -> PasswordVerdict

    /// Takes as long as a check, for an account that does not exist or has no password (ID-032).
    ///
    /// - Throws: ``IdentityError/busy`` when too many are waiting.
    func verifyAgainstNothing(_ password: Password) async throws

    /// How many wait at this moment.
    var waiting: Int { get }
}

extension PasswordHasher {
    /// Nobody ever waits.
    public var waiting: Int { 0 }
}

/// Signs access tokens and checks them.
public protocol TokenSigner: Sendable {
    /// Signs claims for a lifetime.
    func sign(_ claims: AccessClaims, issuedAt now: Instant, expiresAfter lifetime: Duration) throws -> AccessToken

    /// Checks a token and reads its claims.
    ///
    /// - Parameter grace: how long after its end it is still taken.
    func verify(_ token: SecretString, at now: Instant, acceptingExpiredFor grace: Duration) throws(TokenRefusal) -> AccessClaims

    /// The public keys at an instant, as a JSON Web Key Set (RFC 7517).
    func publicKeys(at now: Instant) -> JSONValue
}

/// Makes secrets, and what is kept in their place.
public protocol SecretMaker: Sendable {
    /// Makes the secret of a new API key: `rfs` and 64 lower-case hex digits.
    func makeAPIKeySecret() -> SecretString

    /// The secret of a mailed link. It is derived from the id under a key of the product, so that it is in no row and no event, and a mail that is
    /// sent again carries the same link.
    func linkSecret(of kind: String, _ id: String) -> SecretString

    /// The digest by which a secret is looked up.
    func digest(of secret: SecretString) -> SecretDigest
}

/// Asks a service whether a person solved a captcha.
public protocol CaptchaVerifier: Sendable {
    /// Checks what the page gave.
    func verify(_ token: SecretString, from client: ClientContext) async -> CaptchaVerdict
}

/// What a captcha came to.
public enum CaptchaVerdict: Sendable, Hashable {
    /// A person solved it.
    case passed
    /// It was not solved, or used before.
    case refused
    /// The service does not answer: it fails closed.
    case unavailable
}
