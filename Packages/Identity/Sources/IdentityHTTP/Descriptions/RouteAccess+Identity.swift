public import HTTPServer
public import Identity

extension RouteAccess {
    /// Whoever has good credentials: a session's token or an API key.
    public static var signedIn: RouteAccess {
        RouteAccess(
            "Whoever is signed in, by a session's token or by an API key. An API key of one graph reaches that graph alone.",
            schemes: [.bearer, .apiKey], refusals: credentials + [IdentityError.apiKeyInvalid, .scopeRequired(.userRead)], headers: org)
    }

    /// The same, with a scope that an API key must have.
    public static func signedIn(with scope: Scope) -> RouteAccess {
        var access = signedIn
        access.words += " An API key needs the scope `\(scope.rawValue)`."
        return access
    }

    /// Whoever is signed in by a session; an API key does not do.
    public static var session: RouteAccess {
        RouteAccess(
            "Whoever is signed in by a session; an API key does not do.", schemes: [.bearer],
            refusals: credentials + [IdentityError.apiKeyInvalid, .scopeRequired(.userRead), .sessionRequired], headers: org)
    }

    /// Whoever holds the token of a mailed link.
    public static var link: RouteAccess {
        RouteAccess("Whoever holds the token of the mailed link; no credential is asked for.", schemes: [], refusals: [])
    }

    private static var credentials: [IdentityError] {
        [
            .unauthorized, .tokenInvalid, .tokenExpired, .sessionRevoked, .sessionExpired, .accountDisabled, .notOrgMember, .orgConflict,
            .mfaEnrollmentRequired,
        ]
    }

    private static var org: [RouteDescription.Parameter] {
        [.header("X-Org-Id", .id("org"), "The org that the call is for, where neither the path nor the session says it.")]
    }
}

extension RouteDescription {
    /// With the refusals of a guess that may be one too many (SEC-012 to SEC-020).
    func guarded() -> RouteDescription {
        refuses(IdentityError.delayed(seconds: 2), IdentityError.blocked(seconds: 900), IdentityError.busy)
    }

    /// With a proof in the body: the present password, or a passkey's answer to the options for a fresh proof.
    func proven() -> RouteDescription {
        noting("The caller proves who they are once more, by the present password or by a passkey, and by one of them only.")
            .refuses(IdentityError.proofRequired, IdentityError.proofFailed, IdentityError.proofAmbiguous, IdentityError.busy)
    }
}
