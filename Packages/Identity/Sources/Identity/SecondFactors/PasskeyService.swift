public import Core

/// Enrols, shows and removes passkeys, and signs in by them alone.
public protocol PasskeyService: Sendable {
    /// Options for a new passkey.
    ///
    /// - Throws: what the lane's proof throws; ``IdentityError/mfaTokenInvalid``, ``IdentityError/passkeysDisabled``,
    ///   ``IdentityError/passkeyLimitReached(_:)``.
    func enrolmentOptions(for lane: EnrolmentLane, from client: ClientContext) async throws -> JSONValue

    /// Stores a new passkey.
    ///
    /// - Throws: ``IdentityError/ceremonyFailed``, ``IdentityError/passkeyAlreadyEnrolled``, ``IdentityError/passkeyLimitReached(_:)``.
    func enrol(
        _ credential: JSONValue, named name: String?, in lane: EnrolmentLane, from client: ClientContext
    ) async throws -> PasskeyEnrolment

    /// The person's passkeys, oldest first.
    func passkeys(of user: User.ID) async throws -> [Passkey]

    /// Gives a passkey another name.
    ///
    /// - Throws: ``IdentityError/notFound``.
    func rename(_ passkey: Passkey.ID, to name: String, by principal: Principal) async throws -> Passkey

    /// Ends a passkey.
    ///
    /// - Throws: what a proof throws; ``IdentityError/notFound``, ``IdentityError/lastPasskey``.
    func remove(_ passkey: Passkey.ID?, provenBy proof: Proof?, by principal: Principal, from client: ClientContext) async throws

    /// Options for a fresh proof.
    ///
    /// - Throws: ``IdentityError/noPasskey``.
    func reauthenticationOptions(for user: User.ID) async throws -> JSONValue

    /// Options for signing in without a password.
    ///
    /// - Throws: ``IdentityError/passkeysDisabled``.
    func signInOptions() async throws -> JSONValue

    /// Signs in by a passkey alone, which is both factors (ID-123).
    ///
    /// - Throws: ``IdentityError/mfaFailed``.
    func signIn(with assertion: JSONValue, from client: ClientContext) async throws -> SignInOutcome
}
